"""Who calls the API, as a value: the ground knows no models of the services above it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of an access token; person and company are absent for a client on its own."""

    client_id: str
    e_service_id: UUID
    scopes: frozenset[str]
    person_id: UUID | None = None
    company_id: UUID | None = None

    @property
    def is_authenticated(self) -> bool:
        """Django's word for "this is a caller": always true of one that exists."""
        return True
