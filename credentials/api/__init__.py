"""Machine doors."""
