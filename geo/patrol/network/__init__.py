"""Walking distances along streets, or straight lines."""
