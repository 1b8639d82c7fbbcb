"""One module a group of questions on the engagement log."""
