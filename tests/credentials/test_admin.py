"""The caseworker approves a described type; an issuer can't do it himself."""

import pytest
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
def caseworker(client: Client) -> Client:
    account = Account.objects.create_account(email=EMAIL, password=PASSWORD, is_staff=True)
    Caseworker.objects.create(account=account, name="Ng Caseworker")
    client.post(
        "/sign-in",
        {"email": EMAIL, "password": PASSWORD, "code": code_of(give_device(account))},
    )
    return client


def test_a_caseworker_approves_a_submitted_type(world: World, caseworker: Client) -> None:
    submitted = define_credential_type(
        issuer=world.department,
        slug="bakery-licence",
        metadata=METADATA,
        schema=None,
        sensitivity=CredentialType.Sensitivity.LICENCE,
        is_per_premises=True,
        at=AT,
    )
    assert caseworker.get("/credential-types/bakery-licence").status_code == 404

    caseworker.post(
        "/admin/credentials/credentialtype/",
        {"action": "approve", "_selected_action": [str(submitted.id)]},
    )

    assert caseworker.get("/credential-types/bakery-licence").status_code == 200
    event = Event.objects.get(
        kind="credentials.type.approved", subject="credential-type:bakery-licence"
    )
    assert event.actor.startswith("caseworker:")


def test_no_claim_and_no_secret_is_on_the_shelves(world: World, caseworker: Client) -> None:
    credential = world.issue()

    page = caseworker.get(f"/admin/credentials/credential/{credential.id}/change/")

    assert page.status_code == 200
    assert "2961800123" not in page.content.decode()
