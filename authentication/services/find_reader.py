"""Where a person reads e-mail, and in which language."""

from uuid import UUID

from authentication.models import Person
from corpid.notices.recipients import Reader


def find_reader(*, person_id: UUID) -> Reader | None:
    """Give None unless the address was proven, the account works and the person may act."""
    account = (
        Person.objects.filter(
            pk=person_id,
            status=Person.Status.ACTIVE,
            account__is_active=True,
            account__email_verified_at__isnull=False,
        )
        .values_list("account__email", "account__language")
        .first()
    )
    return None if account is None else Reader(*account)
