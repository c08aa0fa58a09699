"""One card of the wallet, opened: its claims, its log, to whom it was shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from authentication.models import Company, Person
from authentication.services.check_power import check_power
from corpid.errors import NotFound, gettext_noop
from credentials.models import AccessLog, Credential, Presentation
from credentials.powers import VIEW_WALLET
from credentials.services.find_standing import find_standing
from credentials.services.find_wallet import Card
from credentials.services.open_credential import open_credential

LOG_LENGTH = 100


class CardNotFound(NotFound):
    code = "card_not_found"
    title = gettext_noop("There is no such licence in this wallet.")
    remedy = gettext_noop("Check the company that you act for.")


@dataclass(frozen=True, slots=True)
class OpenCard:
    card: Card
    status_uri: str
    claims: dict[str, Any]
    log: list[AccessLog]
    presentations: list[Presentation]


def find_card(
    *, person: Person, company: Company, credential_id: str, at: datetime
) -> OpenCard:
    """Raise what check_power raises, and CardNotFound for another company's."""
    check_power(person=person, company=company, power=VIEW_WALLET, at=at)
    credential = (
        Credential.objects.in_wallet()
        .filter(id=credential_id, company=company)
        .select_related("type", "issuer", "premises")
        .first()
    )
    if credential is None:
        raise CardNotFound(credential_id)
    return OpenCard(
        card=Card(credential, find_standing(credential, at=at)),
        status_uri=f"{settings.BASE_URL}/status-lists/{credential.status_list_id}",
        claims=open_credential(credential).claims,
        log=list(
            credential.log.select_related("credential__issuer").order_by("-at")[:LOG_LENGTH]
        ),
        presentations=list(
            credential.presentations.select_related("person").order_by("-presented_at")[
                :LOG_LENGTH
            ]
        ),
    )
