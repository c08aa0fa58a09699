"""What can happen to the installation as a whole."""
