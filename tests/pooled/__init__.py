"""The journeys once more, with PgBouncer between Corp ID and PostgreSQL."""
