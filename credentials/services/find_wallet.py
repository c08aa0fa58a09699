"""What a company holds: cards by premises, and how long each is still in force."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings

from authentication.models import Company, Person
from authentication.services.check_power import check_power
from corpid.errors import NotFound, gettext_noop
from credentials.models import AccessLog, Credential, CredentialState, Presentation
from credentials.powers import VIEW_WALLET
from credentials.services.open_credential import open_credential

SOON = timedelta(days=90)
LOG_LENGTH = 100


class CardNotFound(NotFound):
    code = "card_not_found"
    title = gettext_noop("There is no such licence in this wallet.")
    remedy = gettext_noop("Check the company that you act for.")


class Standing(StrEnum):
    """What a card says of itself; the worst of its states wins."""

    IN_FORCE = "in_force"
    ENDS_SOON = "ends_soon"
    NOT_YET = "not_yet"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Card:
    credential: Credential
    standing: Standing


@dataclass(frozen=True, slots=True)
class OpenCard:
    card: Card
    status_uri: str
    claims: dict[str, Any]
    log: list[AccessLog]
    presentations: list[Presentation]


def standing_of(credential: Credential, *, at: datetime) -> Standing:
    if credential.state == CredentialState.REVOKED:
        return Standing.REVOKED
    if credential.is_expired(at=at):
        return Standing.EXPIRED
    if credential.state == CredentialState.SUSPENDED:
        return Standing.SUSPENDED
    if at < credential.valid_from:
        return Standing.NOT_YET
    return Standing.ENDS_SOON if credential.expires_at - at <= SOON else Standing.IN_FORCE


def find_wallet(*, person: Person, company: Company, at: datetime) -> list[Card]:
    """List the cards, the company's own first, then by premises, then by expiry.

    Raises what check_power raises.
    """
    check_power(person=person, company=company, power=VIEW_WALLET, at=at)
    credentials = (
        Credential.objects.in_wallet()
        .filter(company=company)
        .select_related("type", "issuer", "premises")
    )
    cards = [Card(credential, standing_of(credential, at=at)) for credential in credentials]
    return sorted(
        cards,
        key=lambda card: (str(card.credential.premises or ""), card.credential.expires_at),
    )


def find_card(
    *, person: Person, company: Company, credential_id: str, at: datetime
) -> OpenCard:
    """Open one card with its claims and its log. Raises CardNotFound for another company's."""
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
        card=Card(credential, standing_of(credential, at=at)),
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
