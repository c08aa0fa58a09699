"""Protocols that two apps need, pure: bytes and dataclasses in, dataclasses out."""
