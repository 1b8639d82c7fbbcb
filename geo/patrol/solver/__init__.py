"""Orienteering with time windows and several teams: an insertion heuristic, a bound, CP-SAT."""
