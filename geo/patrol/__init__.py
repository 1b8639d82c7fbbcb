"""Patrol plans over hot spots and focal points, and GPS recordings compared with them."""
