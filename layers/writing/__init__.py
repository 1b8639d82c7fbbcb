"""Writing all or nothing, and the record of a run."""
