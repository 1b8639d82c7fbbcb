"""The files of a patrol plan and of its check."""
