"""Tell the e-services that know a company what became of it."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from authentication.models import Company, EService, Grant, SignInConsent
from corpid.notices.services.tell_e_service import tell_e_service


def tell_who_knows(
    *,
    company: Company,
    type: str,  # noqa: A002  the standard's word
    data: Mapping[str, object],
    at: datetime,
) -> None:
    """Know: somebody is signed in there for the company, or agreed to be, from time to time.

    A bank has to hear that its customer was struck off, whether or not anybody is signed in
    there today.
    """
    grants = Grant.objects.live().filter(
        session__e_service=OuterRef("pk"), session__company=company
    )
    consents = SignInConsent.objects.filter(e_service=OuterRef("pk"), company=company)
    knowing = EService.objects.active().filter(Q(Exists(grants)) | Q(Exists(consents)))
    for e_service_id in knowing.values_list("id", flat=True):
        tell_e_service(e_service_id=e_service_id, type=type, data=data, at=at)
