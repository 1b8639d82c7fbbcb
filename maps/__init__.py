"""Pictures: results in, a folium map and an offline page out. Reads no data files (its own js, css and html aside)."""
