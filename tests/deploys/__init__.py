"""Releases one after another on a running system, under load."""
