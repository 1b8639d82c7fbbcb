"""Streets as a walking network."""
