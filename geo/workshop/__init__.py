"""What a workshop is shown, and what comes back: cells of counts, and felt-unsafe places beside recorded hot spots."""
