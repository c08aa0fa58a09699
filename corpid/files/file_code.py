"""The code that people compare to know one file from another."""


def file_code(digest_hex: str) -> str:
    """Give the first eight characters of its SHA-256: `7F3A-19C2`."""
    return f"{digest_hex[:4]}-{digest_hex[4:8]}".upper()
