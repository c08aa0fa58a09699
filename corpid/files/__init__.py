"""Content-addressed storage for documents: named by SHA-256, never rewritten."""
