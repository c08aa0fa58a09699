"""Find what a person showed for their company, to say it again."""

from authentication.models import Company, Person
from credentials.models import Presentation


def find_sent(*, presentation_id: str, company: Company, person: Person) -> Presentation | None:
    """None for another's, or one that never was."""
    return (
        Presentation.objects.filter(id=presentation_id, company=company, person=person)
        .select_related("credential")
        .first()
    )
