"""Tables of a database as layers: PostgreSQL with PostGIS, SQLite and DuckDB, read and never written."""
