"""The one guarded HTTP client for addresses that somebody else chose."""
