"""The migrations of `files` as a later release might have them: one more, alters a table."""
