"""What a company holds: cards by premises, and how long each is still in force."""

from dataclasses import dataclass
from datetime import datetime

from authentication.models import Company, Person
from authentication.services.check_power import check_power
from credentials.models import Credential
from credentials.powers import VIEW_WALLET
from credentials.services.find_standing import Standing, find_standing


@dataclass(frozen=True, slots=True)
class Card:
    credential: Credential
    standing: Standing


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
    cards = [Card(credential, find_standing(credential, at=at)) for credential in credentials]
    return sorted(
        cards,
        key=lambda card: (str(card.credential.premises or ""), card.credential.expires_at),
    )
