"""What a file would disclose."""
