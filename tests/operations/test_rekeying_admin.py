"""Caseworkers see how far a re-keying is; confirming it takes a right and a second person."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authentication.models import Account, Caseworker
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.create_key import create_key
from corpid.operations.models import RekeyedKey, Rekeying
from corpid.operations.services.begin_rekeying import begin_rekeying
from tests.signing_in import PASSWORD, code_of, give_device

pytestmark = pytest.mark.django_db
EMAIL = "caseworker@agency.example"


@pytest.fixture
def caseworker(client: Client) -> Account:
    account = Account.objects.create_account(email=EMAIL, password=PASSWORD, is_staff=True)
    Caseworker.objects.create(account=account, name="Ng Caseworker")
    client.post(
        "/sign-in",
        {"email": EMAIL, "password": PASSWORD, "code": code_of(give_device(account))},
    )
    return account


def begin(scope: str, actor: str) -> Rekeying:
    at = timezone.now()
    create_key(purpose=Purpose.SEAL, algorithm=Algorithm.ES256, at=at, scope_id=scope)
    return begin_rekeying(is_compromised=False, reason="a drill", actor=actor, at=at)


def confirm(client: Client, rekeying: Rekeying) -> str:
    answer = client.post(
        "/admin/operations/rekeying/",
        {"action": "confirm", "_selected_action": [str(rekeying.id)]},
        follow=True,
    )
    rekeying.refresh_from_db()
    return answer.content.decode()


def test_how_far_it_is_stands_in_the_list(client: Client, caseworker: Account) -> None:
    rekeying = begin("c1", "operator:one")
    key = create_key(
        purpose=Purpose.SEAL, algorithm=Algorithm.ES256, at=timezone.now(), scope_id="c2"
    )
    RekeyedKey.objects.create(rekeying=rekeying, key=key, rank=1, state="replaced")

    page = client.get("/admin/operations/rekeying/").content.decode()

    assert "1 / 2 (0)" in page
    assert "Confirm: replace the keys" not in page


def test_a_caseworker_with_the_right_confirms(client: Client, caseworker: Account) -> None:
    caseworker.user_permissions.add(Permission.objects.get(codename="change_rekeying"))
    rekeying = begin("c1", "operator:one")

    confirm(client, rekeying)

    assert (rekeying.state, rekeying.confirmed_by) == (
        "running",
        f"caseworker:{caseworker.pk}",
    )


def test_a_caseworker_without_the_right_confirms_nothing(
    client: Client, caseworker: Account
) -> None:
    rekeying = begin("c1", "operator:one")

    confirm(client, rekeying)

    assert rekeying.state == "asked"


def test_whoever_asked_is_told_that_a_second_person_is_needed(
    client: Client, caseworker: Account
) -> None:
    caseworker.user_permissions.add(Permission.objects.get(codename="change_rekeying"))
    rekeying = begin("c1", f"caseworker:{caseworker.pk}")

    page = confirm(client, rekeying)

    assert rekeying.state == "asked"
    assert "Ask a second person to confirm it within 24 hours." in page


@pytest.mark.parametrize("path", ["rekeying", "rekeyedkey"])
def test_three_rows_cost_as_many_queries_as_one(
    client: Client, caseworker: Account, path: str
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(f"/admin/operations/{path}/").status_code == 200
        return len(counted)

    begin("c1", "operator:one")
    for_one = queries()
    begin("c2", "operator:one")
    begin("c3", "operator:one")

    assert queries() == for_one
