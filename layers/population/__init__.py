"""Residents by community and ward, from census tables."""
