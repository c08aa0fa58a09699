"""What can happen to forms, requests, consents and releases."""
