"""The caseworker who may approves a described type; nobody else does."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from authentication.models import Account, Caseworker
from corpid.audit.models import Event
from corpid.demonstration.services.establish_food_licence import METADATA
from credentials.models import CredentialType
from credentials.services.define_credential_type import define_credential_type
from tests.credentials.conftest import AT, World
from tests.signing_in import PASSWORD, code_of, give_device

pytestmark = pytest.mark.django_db

EMAIL = "caseworker@agency.example"


@pytest.fixture
def account(client: Client) -> Account:
    """Sign a caseworker in who may only look."""
    account = Account.objects.create_account(email=EMAIL, password=PASSWORD, is_staff=True)
    Caseworker.objects.create(account=account, name="Ng Caseworker")
    client.post(
        "/sign-in",
        {"email": EMAIL, "password": PASSWORD, "code": code_of(give_device(account))},
    )
    return account


@pytest.fixture
def submitted(world: World) -> CredentialType:
    return define_credential_type(
        issuer=world.department,
        slug="bakery-licence",
        metadata=METADATA,
        schema=None,
        sensitivity=CredentialType.Sensitivity.LICENCE,
        is_per_premises=True,
        at=AT,
    )


def grant(account: Account, codename: str) -> None:
    account.user_permissions.add(Permission.objects.get(codename=codename))


def approve(client: Client, credential_type: CredentialType) -> str:
    answer = client.post(
        "/admin/credentials/credentialtype/",
        {"action": "approve", "_selected_action": [str(credential_type.id)]},
        follow=True,
    )
    credential_type.refresh_from_db()
    return answer.content.decode()


def test_a_caseworker_who_may_approves_a_submitted_type(
    client: Client, account: Account, submitted: CredentialType
) -> None:
    grant(account, "approve_credentialtype")
    assert client.get("/credential-types/bakery-licence").status_code == 404
    assert (
        'value="approve"' in client.get("/admin/credentials/credentialtype/").content.decode()
    )

    approve(client, submitted)

    assert client.get("/credential-types/bakery-licence").status_code == 200
    event = Event.objects.get(
        kind="credentials.type.approved", subject="credential-type:bakery-licence"
    )
    assert event.actor == f"caseworker:{account.pk}"


@pytest.mark.parametrize("codename", ["view_credentialtype", "change_credentialtype"])
def test_a_caseworker_without_that_right_approves_nothing(
    client: Client, account: Account, submitted: CredentialType, codename: str
) -> None:
    grant(account, codename)

    page = approve(client, submitted)

    assert submitted.status == CredentialType.Status.SUBMITTED
    assert 'value="approve"' not in page
    assert not Event.objects.filter(
        kind="credentials.type.approved", subject="credential-type:bakery-licence"
    ).exists()


def test_why_a_type_cannot_be_approved_is_said_in_the_readers_language(
    client: Client, account: Account, world: World
) -> None:
    grant(account, "approve_credentialtype")
    client.cookies["language"] = "zh-hant"

    page = approve(client, world.licence)

    assert "只有已提交的證照類別才可批准" in page


def test_no_claim_and_no_secret_is_on_the_shelves(
    world: World, client: Client, account: Account
) -> None:
    credential = world.issue()

    page = client.get(f"/admin/credentials/credential/{credential.id}/change/")

    assert page.status_code == 200
    assert "2961800123" not in page.content.decode()
