"""From the ask to the handing-over, service by service, with the registers over real HTTP."""

import time
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from corpid.audit.models import Event
from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from prefill.models import FieldRecord, PrefillRequest
from prefill.services.fetch_items import SECONDS_OVERALL
from prefill.services.refuse_expired import RequestExpired
from tests.prefill.world import PrefillWorld


def test_a_bank_receives_what_the_company_agreed_to_and_where_it_comes_from(
    world: PrefillWorld,
) -> None:
    request = world.fetched()

    claims = world.open(world.collect(request))

    assert claims["aud"] == world.bank.client_id
    assert claims["company"] == {"ubi": "71234567"}
    assert claims["filled"] == {
        "company": {
            "number": "71234567",
            "name_en": "GOLDEN HARVEST TRADING LIMITED",
            "name_tc": "金穗貿易有限公司",
            "type": "Private company limited by shares",
            "incorporated_on": "2019-03-04",
            "place_of_incorporation": "HONG KONG",
            "registered_office": (
                "FLAT B 12/F GOLDEN COURT, 188 SHANGHAI ST, YAU MA TEI, KLN"
                " 九龍油麻地上海街188號金苑12樓B室"
            ),
            "issued_capital": {"amount": "10000.00", "currency": "HKD"},
        },
        "officers": [
            {"name_en": "LEE SIU MING", "name_tc": "李小明", "capacity": "director"},
            {"name_en": "CHAN KA YAN", "name_tc": "陳家欣", "capacity": "director"},
            {
                "name_en": "ABC SECRETARIES LIMITED",
                "name_tc": "甲乙丙秘書有限公司",
                "capacity": "secretary",
            },
        ],
        "business": {
            "nature": "IMPORT AND EXPORT OF DRIED SEAFOOD 海味進出口",
            "certificate_number": "71234567-000-03-26-4",
        },
    }
    withheld = claims["fields"]["/officers/*/identity_number"]
    assert (withheld["status"], withheld["reason"]) == ("withheld", "no_personal_consent")
    name = claims["fields"]["/company/name_en"]
    assert (name["status"], name["source"], name["editable"]) == (
        "ok",
        "companies_registry",
        False,
    )


def test_seventy_percent_of_every_shipped_form_is_filled(world: PrefillWorld) -> None:
    request = world.fetched()

    fields = world.open(world.collect(request))["fields"]

    filled = sum(field["status"] == "ok" for field in fields.values())
    typed_by_hand = 3
    assert filled / (len(fields) + typed_by_hand) >= 0.7


def test_every_step_leaves_its_event_and_no_value_in_it(world: PrefillWorld) -> None:
    request = world.fetched()
    world.collect(request)

    events = list(
        Event.objects.filter(kind__startswith="prefill.").exclude(kind="prefill.form.published")
    )
    assert {event.kind for event in events} == {
        "prefill.request.pushed",
        "prefill.request.arrived",
        "prefill.consent.given",
        "prefill.fields.retrieved",
        "prefill.result.released",
    }
    assert "GOLDEN HARVEST" not in "".join(str(event.facts) for event in events)


def test_the_receipt_is_verifiable_with_our_published_keys(world: PrefillWorld) -> None:
    request = world.arrived()
    consent = world.agree(request, "cr.capital.issued")

    keys = KeySet.import_key_set(publish_jwks([Purpose.RELEASE], at=world.now))  # type: ignore[arg-type]  # a JWK set
    token = jwt.decode(consent.receipt.jws, keys, algorithms=["ES256"])

    assert token.header["typ"] == "consent-receipt+jwt"
    assert token.claims["jti"] == consent.reference
    information = token.claims["pii_processing"]["pii_information"]
    assert {one["item"]: one["granted"] for one in information}["cr.capital.issued"] is False


def test_what_was_not_ticked_is_skipped_and_never_asked_of_a_register(
    world: PrefillWorld,
) -> None:
    request = world.arrived()
    world.agree(request, "cr.capital.issued")

    world.fetch(request)

    record = FieldRecord.objects.get(request=request, item_key="cr.capital.issued")
    assert (record.status, record.digest) == ("skipped", "")


def test_values_rest_sealed_and_only_digests_lie_open(world: PrefillWorld) -> None:
    request = world.fetched()

    assert request.sealed_values is not None
    assert b"GOLDEN" not in bytes(request.sealed_values)
    assert set(FieldRecord.objects.filter(status="ok").values_list("digest", flat=True)) != {""}


def test_the_fan_out_keeps_the_time_that_it_promises(world: PrefillWorld) -> None:
    request = world.arrived()
    world.agree(request)

    began = time.monotonic()
    request = world.fetch(request)
    took = time.monotonic() - began

    assert request.state == PrefillRequest.State.PARTIAL  # the identity numbers are withheld
    assert took < 2 * SECONDS_OVERALL


def test_a_request_that_expires_unanswered_is_told_so(world: PrefillWorld) -> None:
    request = world.arrived()
    world.pass_by(timedelta(days=7, seconds=1))

    with pytest.raises(RequestExpired):
        world.agree(request)
