"""Licences are looked at again, by rules of their own; each fault is found."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from authentication.models import Company
from corpid.keys.models import SigningKey
from corpid.status.models import StatusEntry, StatusList, StatusListVersion
from corpid.status.services.publish_status_list import publish_status_list
from credentials.models import Credential, CredentialState, CredentialType, CredentialVersion
from credentials.services.change_status import Change, change_status
from credentials.services.open_version import open_version
from credentials.services.recheck_credentials import recheck_credentials
from credentials.services.seal_version import seal_version
from signatures.models import Certificate
from tests.credentials.conftest import AT, EXPIRY, World
from tests.makers import make_e_service

NOW = AT + timedelta(minutes=10)


def codes() -> set[tuple[str, str]]:
    found = recheck_credentials(after="", at_most=100, at=NOW)
    assert len(found.subjects) == CredentialVersion.objects.filter(superseded_at=None).count()
    return {(each.code, each.detail) for each in found.mismatches}


@pytest.fixture
def licence(world: World) -> Credential:
    licence = world.issue()
    publish_status_list(list_id=licence.status_list_id, at=NOW - timedelta(minutes=1))
    return licence


def publish(licence: Credential) -> None:
    publish_status_list(list_id=licence.status_list_id, at=NOW)


def change(licence: Credential, wanted: Change, world: World) -> None:
    change_status(
        issuer=world.department, credential_id=licence.id, change=wanted, reason="x", at=NOW
    )


def test_a_licence_rightly_issued_is_found_so(licence: Credential) -> None:
    assert codes() == set()


@pytest.mark.parametrize("wanted", [Change.SUSPEND, Change.REVOKE])
def test_a_status_rightly_changed_is_found_so_before_and_after_it_is_published(
    licence: Credential, world: World, wanted: Change
) -> None:
    change(licence, wanted, world)
    assert codes() == set()

    publish(licence)

    assert codes() == set()


def test_a_licence_that_waits_for_its_company_is_found_so(world: World) -> None:
    world.issue(ubi="12345672", claims={**world.claims(), "holder": {"ubi": "12345672"}})

    assert codes() == set()


def _flip_a_byte(licence: Credential) -> None:
    version = licence.versions.get()
    body = bytearray(version.body)
    body[len(body) // 2] ^= 1
    CredentialVersion.objects.filter(pk=version.pk).update(body=bytes(body))


def _seal_another_text(licence: Credential) -> None:
    version = licence.versions.get()
    token = open_version(version).decode()
    head, rest = token.split(".", 1)
    version.delete()
    seal_version(
        credential=licence,
        body=f"{head}.{'A' if rest[0] != 'A' else 'B'}{rest[1:]}".encode(),
        seal_scope=version.seal_scope,
        at=version.made_at,
    )


def _prolong(licence: Credential) -> None:
    Credential.objects.update(expires_at=EXPIRY + timedelta(days=365))


def _swap_the_holders_key(licence: Credential) -> None:
    other = SigningKey.objects.exclude(purpose="holder").filter(algorithm="ES256")
    Credential.objects.update(holder_key_id=other.values("id")[:1])


def _approve_the_type_later(licence: Credential) -> None:
    CredentialType.objects.update(approved_at=NOW)


def _give_the_type_to_another(licence: Credential) -> None:
    CredentialType.objects.update(issuer=make_e_service("another"))


def _revoke_the_row_alone(licence: Credential) -> None:
    Credential.objects.update(state=CredentialState.REVOKED)


def _suspend_in_the_list_alone(licence: Credential) -> None:
    assert licence.status_index is not None
    StatusEntry.objects.create(
        status_list_id=licence.status_list_id,
        index=licence.status_index,
        status=2,
        changed_at=NOW,
    )


def _issue_it_by_hand(licence: Credential) -> None:
    CredentialVersion.objects.update(made_at=AT + timedelta(seconds=1))


def _revoke_the_issuers_certificate(licence: Credential) -> None:
    Certificate.objects.filter(profile="e_service").update(
        revoked_at=AT, revocation_reason="keyCompromise"
    )


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (_flip_a_byte, {("credential_body_changed", "version 1")}),
        (_prolong, {("credential_says_otherwise", "exp")}),
        (_swap_the_holders_key, {("credential_says_otherwise", "cnf")}),
        (_approve_the_type_later, {("credential_of_unapproved_type", "food-licence")}),
        (_revoke_the_row_alone, {("status_differs", "revoked, listed VALID")}),
        (_suspend_in_the_list_alone, {("status_differs", "valid, listed SUSPENDED")}),
        (_issue_it_by_hand, {("credential_without_its_event", "2026-03-03 06:02:01+00:00")}),
    ],
)
def test_a_planted_mismatch_is_found(
    licence: Credential,
    plant: Callable[[Credential], None],
    found: set[tuple[str, str]],
) -> None:
    plant(licence)

    assert codes() == found


@pytest.mark.parametrize("plant", [_seal_another_text, _revoke_the_issuers_certificate])
def test_a_text_that_its_issuer_does_not_stand_for_is_found(
    licence: Credential, plant: Callable[[Credential], None]
) -> None:
    plant(licence)

    assert "credential_does_not_verify" in {code for code, _ in codes()}


def test_a_licence_of_anothers_type_is_found(licence: Credential) -> None:
    _give_the_type_to_another(licence)

    assert "credential_of_anothers_type" in {code for code, _ in codes()}


def test_a_list_that_was_published_otherwise_is_found(
    licence: Credential, world: World
) -> None:
    before = StatusListVersion.objects.earliest("issued_at")
    change(licence, Change.REVOKE, world)
    publish(licence)
    StatusListVersion.objects.exclude(pk=before.pk).delete()
    StatusList.objects.update(changed_at=None)

    assert codes() == {("published_status_differs", "revoked, published in_force")}


def test_a_body_of_another_company_opens_for_nobody(
    licence: Credential, world: World, other_company: Company
) -> None:
    CredentialVersion.objects.update(seal_scope=str(other_company.id))

    assert codes() == {("credential_body_changed", "version 1")}
