"""What can happen to a status list."""
