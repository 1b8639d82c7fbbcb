"""Analysis: tables in, tables out. Knows no paths, no click, no folium. Empty: ``import geo.errors`` is free."""
