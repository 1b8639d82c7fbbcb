"""GPS recordings compared with the planned stops."""
