"""The machine doors: what an e-service may ask, and what it is told when it may not."""

from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from joserfc.jwk import ECKey
from rest_framework.test import APIClient

from authentication.models import EService
from corpid.api.caller import Caller
from corpid.identifiers import outside_id, uuid7
from corpid.keys.bounded import forget_everything
from prefill.catalogue import ITEMS
from prefill.models import Consent, PrefillRequest, Release
from tests.api.lists import read_to_the_end
from tests.makers import make_e_service
from tests.prefill.world import RESUME_URI, PrefillWorld


def client_of(world: PrefillWorld, **more: Any) -> APIClient:
    caller = Caller(
        **{
            "client_id": world.bank.client_id,
            "e_service_id": world.bank.id,
            "scopes": frozenset({"prefill"}),
            **more,
        }
    )
    client = APIClient()
    client.force_authenticate(user=caller)  # type: ignore[arg-type]  # our users are callers
    return client


def push(client: APIClient, **more: Any) -> Any:
    body = {"form": "business-account-opening", "resume_uri": RESUME_URI, **more}
    return client.post("/api/v1/prefill/requests", body, format="json")


def test_the_catalogue_is_public(db: None) -> None:
    answer = APIClient().get("/api/v1/data-items")

    assert answer.status_code == 200
    assert {item["key"] for item in answer.json()["results"]} == {item.key for item in ITEMS}
    assert answer.json()["next"] is None


@pytest.mark.parametrize(
    "path", ["/api/v1/prefill/requests", "/api/v1/prefill/requests/x/outcome"]
)
def test_without_a_token_there_is_nothing(world: PrefillWorld, path: str) -> None:
    assert APIClient().post(path, {}, format="json").status_code == 401
    other = client_of(world, scopes=frozenset({"openid"}))
    assert other.post(path, {}, format="json").json()["code"] == "scope_missing"


def test_a_pushed_request_tells_where_to_send_the_browser(world: PrefillWorld) -> None:
    answer = push(client_of(world))

    assert answer.status_code == 201
    body = answer.json()
    assert body["request_uri"].startswith("urn:corpid:prefill:")
    assert body["expires_in"] == 600
    assert body["consent_url"].startswith("http://testserver/consents/new?request_uri=urn%3A")
    assert answer["Location"] == f"/api/v1/prefill/requests/{body['id']}"


def test_the_same_key_pushes_once(world: PrefillWorld) -> None:
    client = client_of(world)
    headers = {"Idempotency-Key": "form-42"}
    body = {"form": "business-account-opening", "resume_uri": RESUME_URI}

    first = client.post("/api/v1/prefill/requests", body, format="json", headers=headers)
    second = client.post("/api/v1/prefill/requests", body, format="json", headers=headers)

    assert first.json() == second.json()
    assert PrefillRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"form": "no-such-form"}, 404, "form_not_found"),
        ({"resume_uri": "https://evil.example/"}, 422, "resume_uri_not_registered"),
        (
            {"resume_uri": "https://bank.example@evil.example/"},
            422,
            "resume_uri_not_registered",
        ),
        ({"resume_uri": "https://bank.example:444/"}, 422, "resume_uri_not_registered"),
        ({"resume_uri": "http://bank.example/"}, 422, "resume_uri_not_registered"),
        (
            {"resume_uri": "https://bank.example\\@evil.example"},
            422,
            "resume_uri_not_registered",
        ),
        ({"resume_uri": "javascript:alert(1)"}, 422, "resume_uri_not_registered"),
        ({"resume_uri": "https://[bank.example/"}, 422, "resume_uri_not_registered"),
        ({"company": "99999999"}, 422, "company_not_known"),
        ({"company": "12"}, 422, "company_not_known"),
        ({"company": "nonsense"}, 422, "business_identifier_malformed"),
        ({"scope": "everything"}, 422, "input_invalid"),
        ({"form": 7}, 404, "form_not_found"),
        ({"form": None}, 422, "input_invalid"),
    ],
)
def test_what_is_wrong_with_a_push_is_said_at_once(
    world: PrefillWorld, more: dict[str, Any], status: int, code: str
) -> None:
    answer = push(client_of(world), **more)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert PrefillRequest.objects.count() == 0


def test_a_token_for_a_company_asks_for_that_one_only(world: PrefillWorld) -> None:
    client = client_of(world, company_id=world.company.id)

    reference = push(client).json()["id"]
    other = push(client, company="12345678")

    assert PrefillRequest.objects.get(reference=reference).company == world.company
    assert (other.status_code, other.json()["code"]) == (403, "another_company")


def test_a_request_is_described_without_values(world: PrefillWorld) -> None:
    request = world.fetched()

    answer = client_of(world).get(f"/api/v1/prefill/requests/{request.reference}")

    assert answer.json()["status"] == "partial"
    assert answer.json()["company"] == "71234567"
    assert len(answer.json()["fields"]) == 14
    assert "GOLDEN" not in answer.content.decode()


def test_the_result_comes_sealed_and_its_repeat_is_identical(world: PrefillWorld) -> None:
    request = world.fetched()
    client = client_of(world)
    path = f"/api/v1/prefill/requests/{request.reference}/result"

    first, second = client.get(path), client.get(path)

    assert first.status_code == 200
    assert first.json() == second.json()
    assert first["Cache-Control"] == "no-store"
    assert Release.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/v1/prefill/requests/{request}"),
        ("get", "/api/v1/prefill/requests/{request}/result"),
        ("post", "/api/v1/prefill/requests/{request}/outcome"),
        ("get", "/api/v1/consents/{consent}/receipt"),
        ("post", "/api/v1/consents/{consent}/revoke"),
    ],
)
def test_anothers_request_is_nothing(world: PrefillWorld, method: str, path: str) -> None:
    request = world.fetched()
    other = make_e_service("other-bank", scopes=("prefill",))
    filled = path.format(request=request.reference, consent=request.consent.reference)
    body = {
        "outcome": "filed",
        "reference": "1",
        "accepted_at": world.now.isoformat(),
    }

    client = client_of(world, e_service_id=other.id, client_id=other.client_id)
    answer = getattr(client, method)(filled, body if "outcome" in path else None, format="json")

    assert answer.status_code == 404
    assert Release.objects.count() == 0
    assert not world.consent_of(request).revoked_at


def test_an_outcome_is_told_once_and_only_after_a_release(world: PrefillWorld) -> None:
    request = world.fetched()
    client = client_of(world)
    path = f"/api/v1/prefill/requests/{request.reference}/outcome"
    filed = {
        "outcome": "filed",
        "reference": "IRD-1",
        "accepted_at": "2026-03-03T14:07:31+08:00",
    }

    too_early = client.post(path, filed, format="json")
    world.collect(request)
    rejected = client.post(path, {**filed, "outcome": "rejected"}, format="json")
    told = client.post(path, filed, format="json")
    again = client.post(path, filed, format="json")
    other = client.post(path, {**filed, "reference": "IRD-2"}, format="json")

    assert (too_early.status_code, too_early.json()["code"]) == (409, "outcome_too_early")
    assert rejected.json()["outcome"]["outcome"] == "rejected"
    assert told.json()["outcome"]["reference"] == "IRD-1"
    assert again.status_code == 200
    assert (other.status_code, other.json()["code"]) == (409, "outcome_final")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"outcome": "lost", "reference": "1", "accepted_at": "2026-03-03T14:07:31+08:00"},
        {"outcome": "filed", "reference": "1", "accepted_at": "yesterday"},
        {
            "outcome": "filed",
            "reference": "x" * 101,
            "accepted_at": "2026-03-03T14:07:31+08:00",
        },
        {"outcome": "filed", "reference": "1", "accepted_at": "2126-03-03T14:07:31+08:00"},
    ],
)
def test_a_malformed_outcome_is_refused(world: PrefillWorld, body: dict[str, str]) -> None:
    request = world.fetched()
    world.collect(request)

    answer = client_of(world).post(
        f"/api/v1/prefill/requests/{request.reference}/outcome", body, format="json"
    )

    assert answer.status_code == 422
    assert PrefillRequest.objects.get(pk=request.pk).outcome == ""


def test_the_receipt_is_the_same_for_both_sides(world: PrefillWorld) -> None:
    request = world.fetched()

    answer = client_of(world).get(f"/api/v1/consents/{request.consent.reference}/receipt")

    assert answer.json()["receipt"] == request.consent.receipt.jws


def test_a_refusal_has_no_receipt(world: PrefillWorld) -> None:
    request = world.arrived()
    consent = world.agree(request, "cr.company.number")

    answer = client_of(world).get(f"/api/v1/consents/{consent.reference}/receipt")

    assert (answer.status_code, answer.json()["code"]) == (404, "receipt_not_found")


def test_giving_a_consent_up_twice_says_the_same(world: PrefillWorld) -> None:
    request = world.fetched()
    client = client_of(world)
    path = f"/api/v1/consents/{request.consent.reference}/revoke"

    first, second = client.post(path), client.post(path)

    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    result = client.get(f"/api/v1/prefill/requests/{request.reference}/result")
    assert (result.status_code, result.json()["code"]) == (410, "consent_ended")


def test_a_bank_without_an_encryption_key_is_told_and_loses_no_use(world: PrefillWorld) -> None:
    request = world.fetched()
    key = ECKey.generate_key("P-256", {"use": "sig", "kid": "sig-1"})
    world.bank.jwks = {"keys": [key.as_dict(private=False)]}
    world.bank.save(update_fields=["jwks"])

    answer = client_of(world).get(f"/api/v1/prefill/requests/{request.reference}/result")

    assert (answer.status_code, answer.json()["code"]) == (409, "encryption_key_missing")
    assert world.consent_of(request).uses == 0


def test_the_keys_that_prove_results_are_published(world: PrefillWorld) -> None:
    world.collect(world.fetched())

    (key,) = APIClient().get("/api/v1/prefill/jwks").json()["keys"]

    assert (key["alg"], key["use"]) == ("ES256", "sig")
    assert "d" not in key


def test_a_switched_off_e_service_pushes_nothing(world: PrefillWorld) -> None:
    world.bank.status = world.bank.Status.SUSPENDED
    world.bank.save(update_fields=["status"])

    answer = push(client_of(world))

    assert (answer.status_code, answer.json()["code"]) == (403, "e_service_not_active")
    assert timezone.now() - world.now < timedelta(minutes=1)


def test_an_e_service_lists_the_answers_it_got_and_no_others(world: PrefillWorld) -> None:
    given = world.fetched().consent
    refused = world.agree(world.arrived(), "cr.company.number")
    other = make_e_service("other-bank", scopes=("prefill",))

    first = client_of(world).get("/api/v1/consents?limit=1").json()
    second = client_of(world).get(f"/api/v1/consents?limit=1&cursor={first['next']}").json()
    others = client_of(world, e_service_id=other.id).get("/api/v1/consents").json()

    assert [one["id"] for one in first["results"]] == [given.reference]
    assert [(one["id"], one["decision"]) for one in second["results"]] == [
        (refused.reference, "refused")
    ]
    assert second["next"] is None
    assert others == {"results": [], "next": None}


def test_the_list_asks_the_database_as_often_for_three_as_for_one(world: PrefillWorld) -> None:
    client = client_of(world)

    def queries() -> int:
        forget_everything()  # what a process asks once a second is asked each time
        with CaptureQueriesContext(connection) as captured:
            client.get("/api/v1/consents")
        return len(captured)

    world.fetched()
    for_one = queries()
    world.fetched()
    world.fetched()

    assert queries() == for_one


def _repeated(consent: Consent, *, times: int, e_service: EService) -> None:
    """Copy a consent, with the request that it answers."""
    requests = PrefillRequest.objects.bulk_create(
        PrefillRequest(
            e_service=e_service,
            template_version=consent.request.template_version,
            resume_uri=RESUME_URI,
            created_at=consent.decided_at,
            expires_at=consent.expires_at,
        )
        for _ in range(times)
    )
    copies = []
    for request in requests:
        made = copy(consent)
        made.pk, made.reference = uuid7(), outside_id("con")
        made.request, made.e_service = request, e_service
        copies.append(made)
    Consent.objects.bulk_create(copies)


def test_the_last_page_of_consents_is_found_by_its_index(world: PrefillWorld) -> None:
    consent = world.agree(world.arrived())
    _repeated(consent, times=250, e_service=world.bank)
    _repeated(consent, times=2000, e_service=make_e_service("other-bank"))

    found = read_to_the_end(client_of(world), "/api/v1/consents", table="prefill_consent")

    assert len({row["id"] for row in found.rows}) == len(found.rows) == 251
    assert "consents_by_e_service" in found.indexes
    assert ("Sort" in found.node_types, found.thrown_away) == (False, 0)
