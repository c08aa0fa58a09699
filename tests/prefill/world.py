"""A company, its director, a bank with a published form, and the steps between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet

from authentication.models import Company, EService, Person
from authentication.services.find_acting_for import find_acting_for
from authentication.services.list_ways import Acting
from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from prefill.models import Consent, PrefillRequest
from prefill.sealed_result import ALGORITHM, ENCRYPTION
from prefill.services.give_consent import give_consent
from prefill.services.publish_form import publish_form
from prefill.services.push_request import PushedRequest, push_request
from prefill.services.receive_browser import receive_browser
from prefill.services.release_result import SealedRelease, release_result
from prefill.services.retrieve_fields import retrieve_fields
from prefill.services.write_notice import write_notice
from prefill.shipped_forms import BANK_ACCOUNT_OPENING, ShippedForm
from tests.makers import make_company, make_e_service, make_officer, make_person

GOLDEN_HARVEST = "71234567"
RESUME_URI = "https://bank.example/forms/42"
IDENTITY = "cr.officers[].identity_number"


@dataclass
class PrefillWorld:
    """`now` is the time that the steps take as theirs."""

    now: datetime
    company: Company
    director: Person
    bank: EService
    bank_key: ECKey

    @property
    def acting(self) -> Acting:
        return find_acting_for(person=self.director, company_id=self.company.id, at=self.now)

    def pass_by(self, time: timedelta) -> None:
        self.now += time

    def push(self, **more: Any) -> PushedRequest:
        return push_request(
            e_service=self.bank,
            **{
                "form": BANK_ACCOUNT_OPENING.slug,
                "resume_uri": RESUME_URI,
                "at": self.now,
                **more,
            },
        )

    def arrived(self) -> PrefillRequest:
        return receive_browser(request_uri=self.push().request_uri, at=self.now)

    def agree(self, request: PrefillRequest, *refused: str, **more: Any) -> Consent:
        """Say yes to everything but what is named."""
        return give_consent(
            **{
                "request": request,
                "acting": self.acting,
                "granted": set(request.template_version.asked_items()) - set(refused),
                "notice_sha256": write_notice(
                    request=request, acting=self.acting, language="en"
                ).sha256,
                "language": "en",
                "at": self.now,
                **more,
            }
        )

    def fetch(self, request: PrefillRequest, **more: Any) -> PrefillRequest:
        retrieve_fields(
            **{
                "request_id": request.id,
                "completing": completing,
                "clock": lambda: self.now,
                **more,
            }
        )
        return PrefillRequest.objects.described().get(pk=request.pk)

    def fetched(self) -> PrefillRequest:
        request = self.arrived()
        self.agree(request)
        return self.fetch(request)

    def consent_of(self, request: PrefillRequest) -> Consent:
        return Consent.objects.get(request=request)

    def collect(self, request: PrefillRequest, **more: Any) -> SealedRelease:
        return release_result(
            **{
                "reference": request.reference,
                "e_service_id": self.bank.id,
                "at": self.now,
                **more,
            }
        )

    def open(self, sealed: SealedRelease) -> dict[str, Any]:
        """Do what the e-service does: decrypt with its key, verify with ours."""
        inner = jwe.decrypt_compact(
            sealed.jwe, self.bank_key, algorithms=[ALGORITHM, ENCRYPTION]
        )
        assert inner.plaintext is not None
        keys = KeySet.import_key_set(publish_jwks([Purpose.RELEASE], at=self.now))  # type: ignore[arg-type]  # a JWK set
        token = jwt.decode(inner.plaintext.decode(), keys, algorithms=["ES256"])
        assert token.header["typ"] == "prefill-result+jwt"
        return dict(token.claims)


@contextmanager
def completing() -> Iterator[None]:
    with transaction.atomic():
        yield


def make_prefill_world(
    now: datetime, *, form: ShippedForm = BANK_ACCOUNT_OPENING
) -> PrefillWorld:
    company = make_company()
    company.ubi = GOLDEN_HARVEST
    company.enrolled_at = now
    company.save(update_fields=["ubi", "enrolled_at"])
    director = make_person("Lee Siu Ming", email="lee@harvest.example")
    make_officer(company, director)
    key = ECKey.generate_key("P-256", {"use": "enc", "alg": ALGORITHM, "kid": "bank-enc-1"})
    bank = make_e_service(scopes=("prefill",))
    bank.jwks = {"keys": [key.as_dict(private=False)]}
    bank.save(update_fields=["jwks"])
    publish_form(form=form, e_service=bank, at=now)
    return PrefillWorld(now, company, director, bank, key)
