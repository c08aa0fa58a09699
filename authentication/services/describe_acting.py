"""Say in which capacity somebody acts: for the company bar and consent screens."""

from authentication.services.describe_ways import describe_ways
from authentication.services.list_ways import Acting


def describe_acting(*, acting: Acting, language: str) -> str:
    """Give `director`, `member of staff`, `company secretary, through ABC Secretaries`."""
    return describe_ways(ways=[acting], language=language)[acting.company.id]
