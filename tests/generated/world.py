"""A populated API and its callers: two e-services with tokens, a person's token, nobody."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.encoding import escape_uri_path

from authentication.models import EService
from corpid.demonstration.services.establish_food_licence import establish_food_licence
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.ensure_key import ensure_key
from corpid.notices.services.tell_e_service import tell_e_service
from credentials.services.issue_credential import issue_credential
from prefill.services.give_consent import give_consent
from prefill.services.publish_form import publish_form
from prefill.services.receive_browser import receive_browser
from prefill.services.write_notice import write_notice
from prefill.shipped_forms import BANK_ACCOUNT_OPENING
from signatures.services.establish_pki import establish_pki
from tests.authentication.e_service import REDIRECT_URI, Relying, make_relying, sign_in_code
from tests.notices.conftest import SIGNED
from tests.prefill.world import RESUME_URI, PrefillWorld, make_prefill_world
from tests.signatures.conftest import House, make_house
from tests.signing_in import sign_in_as

SCOPES = [
    *("openid", "companies", "authority", "sign", "prefill", "credentials", "presentations"),
    "events",
]
_RENEWED_AFTER = 120.0  # seconds; tokens and nonces end after five minutes


@dataclass(slots=True)
class Caller:
    """Sends requests with a token and a fresh proof of its key; without a token for nobody."""

    relying: Relying | None
    token_of: Callable[[], str] | None = None
    scheme: str = "DPoP"
    token: str = ""
    renewed_at: float = 0.0

    def headers(self, method: str, path: str) -> dict[str, str]:
        if self.relying is None or self.token_of is None:
            return {}
        if time.monotonic() - self.renewed_at > _RENEWED_AFTER:
            self.relying.nonce = None
            self.relying.learn_nonce()
            self.token, self.renewed_at = self.token_of(), time.monotonic()
        plain = escape_uri_path(unquote(path))  # RFC 9449, section 4.3: compared normalised
        proof = self.relying.proof(method, plain, token=self.token)
        return {"Authorization": f"{self.scheme} {self.token}", "DPoP": proof}


@dataclass(slots=True)
class Ground:
    callers: dict[str, Caller]
    ubi: str
    live: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # by path and name

    def ids_for(self, path: str, name: str) -> list[str]:
        """Return ids that exist, for a parameter of a documented path."""
        found = [
            ids
            for (beginning, parameter), ids in self.live.items()
            if parameter == name and path.startswith(beginning)
        ]
        return found[0] if found else []


def own_token(relying: Relying) -> str:
    fields = {"grant_type": "client_credentials", "scope": " ".join(SCOPES[2:])}
    answer = relying.post(
        "/oauth/token",
        relying.credentials() | fields,
        proof=relying.proof("POST", "/oauth/token"),
    )
    token: str = answer.json()["access_token"]
    return token


def persons_token(relying: Relying, house: House) -> str:
    """Sign in for each token: the run may last longer than a session."""
    browser = Client()
    sign_in_as(browser, house.directors[0], company=house.company)
    code = sign_in_code(relying, browser, scope="openid companies authority sign prefill")
    token: str = relying.exchange(code).json()["access_token"]
    return token


def _sent(caller: Caller, path: str, body: Any) -> Any:
    answer = Client().post(
        path, body, content_type="application/json", headers=caller.headers("POST", path)
    )
    assert answer.status_code in {201, 202}, answer.content
    return answer.json()


def make_ground(pdf: bytes) -> Ground:
    """Make one of everything that the API hands out."""
    now = timezone.now()
    establish_pki(at=now - timedelta(days=1))
    ensure_key(purpose=Purpose.OUTAGE, algorithm=Algorithm.ES256, at=now)  # as `prepare` does
    house = make_house()
    house.company.enrolled_at = now - timedelta(days=1)
    house.company.save(update_fields=["enrolled_at"])
    prefill = make_prefill_world(now)
    bank, other = (
        make_relying(scopes=SCOPES, redirect_uris=[REDIRECT_URI, RESUME_URI]) for _ in range(2)
    )
    for relying in (bank, other):
        row = relying.row
        both: list[Any] = [row.jwks, prefill.bank.jwks]
        row.jwks = {"keys": [key for each in both for key in each["keys"]]}
        row.save(update_fields=["jwks"])
        publish_form(form=BANK_ACCOUNT_OPENING, e_service=row, at=now)
    callers = {
        "the bank": Caller(bank, lambda: own_token(bank)),
        "the other e-service": Caller(other, lambda: own_token(other)),
        "a person at the bank": Caller(bank, lambda: persons_token(bank, house)),
        "nobody": Caller(None),
    }
    ground = Ground(callers, house.company.ubi)
    ground.live = _one_of_each(ground, bank.row, house, prefill, pdf)
    return ground


def _one_of_each(
    ground: Ground, bank: EService, house: House, prefill: PrefillWorld, pdf: bytes
) -> dict[tuple[str, str], list[str]]:
    now = timezone.now()
    caller, other = ground.callers["the bank"], ground.callers["the other e-service"]
    ubi = house.company.ubi
    written = base64.b64encode(pdf).decode()
    signing = {
        "company": ubi,
        "title": "Supply agreement",
        "documents": [{"file_name": "agreement.pdf", "content": written}],
    }
    asking = {"form": BANK_ACCOUNT_OPENING.slug, "resume_uri": RESUME_URI}
    hook = {"url": "https://forms.example/events"}
    pushed = _sent(caller, "/api/v1/prefill/requests", asking)
    request = receive_browser(request_uri=pushed["request_uri"], at=now)
    consent = give_consent(
        request=request,
        acting=prefill.acting,
        granted=set(request.template_version.asked_items()),
        notice_sha256=write_notice(
            request=request, acting=prefill.acting, language="en"
        ).sha256,
        language="en",
        at=now,
    )
    licence = establish_food_licence(issuer=bank, at=now)
    credentials = [
        issue_credential(
            issuer=bank,
            credential_type=licence,
            ubi=ubi,
            claims={
                "licence_number": f"296180012{number}",
                "holder": {"ubi": ubi, "name_tc": "金穗貿易有限公司"},
                "premises": {"name": "陳記麵家", "address_en": "1 Temple Street"},
                "conditions": [],
            },
            premises={"name": "陳記麵家", "address_en": "1 Temple Street"},
            valid_from=now,
            expires_at=now + timedelta(days=365),
            at=now,
        ).id
        for number in range(3)
    ]
    payment = {
        "power": "corpid.sign_in",
        "amount": {"value": "20000.00", "currency": "HKD"},
        "reference": "payment-1",
    }
    query = {
        "credentials": [
            {
                "id": "licence",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [f"{settings.BASE_URL}/credential-types/food-licence"]},
                "claims": [{"path": ["licence_number"]}],
            }
        ]
    }
    asked = {"dcql_query": query, "purpose": "To open an account"}
    endpoints = [
        _sent(each, "/api/v1/webhook-endpoints", hook)["id"] for each in (caller, other)
    ]
    events = [
        tell_e_service(
            e_service_id=bank.id, type="signature_request.complete", data=SIGNED, at=now
        )
        for _ in range(3)
    ]
    deliveries = [each.reference for event in events for each in event.deliveries.all()]
    return {
        ("/api/v1/companies/", "ubi"): [ubi, prefill.company.ubi],
        ("/api/v1/signature-requests", "reference"): [
            _sent(each, "/api/v1/signature-requests", signing)["id"] for each in (caller, other)
        ],
        ("/api/v1/authority/reservations", "reference"): [
            _sent(
                ground.callers["a person at the bank"],
                "/api/v1/authority/reservations",
                payment,
            )["id"]
        ],
        ("/api/v1/signature-requests", "number"): ["1"],
        ("/api/v1/verifications", "reference"): [
            _sent(caller, "/api/v1/verifications", {"content": written})["id"]
        ],
        ("/api/v1/prefill/requests", "reference"): [
            pushed["id"],
            _sent(caller, "/api/v1/prefill/requests", asking)["id"],
        ],
        ("/api/v1/consents", "reference"): [consent.reference],
        ("/api/v1/credentials", "credential_id"): credentials,
        ("/api/v1/presentation-requests", "request_id"): [
            _sent(caller, "/api/v1/presentation-requests", asked)["id"]
        ],
        ("/api/v1/webhook-endpoints", "endpoint_id"): endpoints,
        ("/api/v1/webhook-endpoints", "reference"): deliveries,
        ("/api/v1/events", "since"): [event.id for event in events],
    }
