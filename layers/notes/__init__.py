"""Files of workshop notes."""
