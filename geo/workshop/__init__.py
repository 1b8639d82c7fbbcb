"""Cells of counts for a workshop page, and the notes of a workshop beside hot spots."""
