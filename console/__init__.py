"""The terminal: options, what a run says, tables. Imports nothing heavy before it is needed."""
