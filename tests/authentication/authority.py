"""An e-service that asks about authority, and somebody who let it ask."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from authentication.models import Company, Person
from tests.authentication.e_service import Relying, read_claims, sign_in_code
from tests.signing_in import sign_in_as

SCOPE = "openid authority"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the e-service keeps of a sign-in."""

    relying: Relying
    token: str
    sub: str

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        return self.relying.send(self.token, path, body, **headers)

    def check(self, power: str, **body: Any) -> Any:
        return self.post("/api/v1/authority/checks", {"power": power, **body})


def sign_in_at(
    relying: Relying, person: Person, company: Company, *, scope: str = SCOPE
) -> SignedIn:
    browser = Client()
    sign_in_as(browser, person, company=company)
    answer = relying.exchange(sign_in_code(relying, browser, scope=scope)).json()
    return SignedIn(relying, answer["access_token"], read_claims(answer["id_token"])["sub"])
