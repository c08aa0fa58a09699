"""What can happen to a key."""
