"""GPS recordings."""
