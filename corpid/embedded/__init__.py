"""Starts PostgreSQL, Valkey, workers and the web under one command."""
