"""Whose quota a file counts towards: a company's, or the e-service's that asked to sign it."""

from dataclasses import asdict, dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Holder:
    """One of the two, as a plain id."""

    company_id: UUID | None = None
    e_service_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.company_id is None) == (self.e_service_id is None):
            raise ValueError("a file is held by a company or by an e-service")

    def __str__(self) -> str:
        if self.company_id is not None:
            return f"company {self.company_id}"
        return f"e-service {self.e_service_id}"

    def columns(self) -> dict[str, UUID | None]:
        """Give both columns of a row, and what such rows are found by."""
        return asdict(self)
