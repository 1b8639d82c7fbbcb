"""The engagement log: its columns, its places, timetables, and adding to it."""
