"""Where to walk tonight, and whether it was walked."""
