"""What can happen to a request for signature, a certificate or a verification."""
