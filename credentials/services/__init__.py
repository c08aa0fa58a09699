"""What can happen in the wallet."""
