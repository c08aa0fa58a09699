"""Machine doors of the sandbox."""
