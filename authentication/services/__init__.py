"""What can happen to persons, companies and their authority."""
