"""Token status lists and their publisher."""
