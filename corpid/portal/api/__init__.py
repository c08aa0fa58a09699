"""The machine doors of the portal."""
