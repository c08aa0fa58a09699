"""What makes the sandbox's world."""
