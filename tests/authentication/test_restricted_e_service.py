"""A restriction on an e-service: it gets nothing in what is stopped, and is not told why."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from authentication.models import Restriction
from authentication.powers import MANAGE_MEMBERS, SIGN_IN
from authentication.services.find_active_e_service import (
    EServiceNotActive,
    find_active_e_service,
)
from corpid.keys.bounded import forget_everything
from tests.authentication.e_service import Relying, make_relying
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def relying() -> Relying:
    return make_relying()


def stop(relying: Relying, **changes: Any) -> None:
    wishes = {
        "subject_kind": "e_service",
        "subject_id": relying.row.id,
        "kind": "court_order",
        "order_number": "HCMP 1/2026",
        "valid_from": timezone.now() - timedelta(days=1),
    }
    Restriction.objects.create(**wishes | changes)
    forget_everything()


@pytest.mark.parametrize("may_be_told", [True, False])
def test_a_stopped_client_is_not_authenticated(relying: Relying, *, may_be_told: bool) -> None:
    stop(relying, may_be_told=may_be_told)

    refused = relying.push()

    assert refused.status_code == 401
    assert refused.json()["error"] == "invalid_client"
    assert "restrict" not in refused.content.decode()
    assert "HCMP" not in refused.content.decode()


def test_a_restriction_that_ended_or_is_anothers_stops_no_client(relying: Relying) -> None:
    stop(relying, valid_until=timezone.now())
    stop(relying, subject_id=make_company().id)
    stop(relying, powers=[MANAGE_MEMBERS])

    assert relying.push().status_code == 201


def test_a_client_stopped_in_signing_in_opens_no_sign_in(
    relying: Relying, client: Client
) -> None:
    person, company = make_person(email="lee@harvest.example"), make_company()
    make_officer(company, person)
    sign_in_as(client, person, company=company)
    address = relying.address()
    assert client.get(address).status_code == 200

    stop(relying, powers=[SIGN_IN])

    assert client.get(address).status_code == 401


def test_a_call_is_refused_in_the_power_that_is_stopped_only(relying: Relying) -> None:
    now = timezone.now()
    stop(relying, powers=["corpid.sign"])

    found = find_active_e_service(e_service_id=relying.row.id, at=now, power="corpid.wallet")
    assert found == relying.row
    with pytest.raises(EServiceNotActive):
        find_active_e_service(e_service_id=relying.row.id, at=now, power="corpid.sign")
