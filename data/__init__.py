"""Ashview, a fictional town in the North Sea: the sample every command runs on. See ``data/ashview/README.md``."""
