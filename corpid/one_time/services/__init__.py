"""What can happen to a single-use token."""
