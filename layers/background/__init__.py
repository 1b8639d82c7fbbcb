"""Base maps from files."""
