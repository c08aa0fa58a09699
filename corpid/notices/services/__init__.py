"""What can happen to a notice."""
