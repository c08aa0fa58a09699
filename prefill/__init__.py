"""Pre-filled forms: data from the registers, by consent, sealed for one e-service."""
