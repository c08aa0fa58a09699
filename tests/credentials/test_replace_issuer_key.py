"""An issuer's key in doubt: it signs nothing, is replaced, and old licences stay good."""

from datetime import timedelta

import pytest

from corpid.keys.key_pair import KeySuspended
from corpid.keys.models import SigningKey
from corpid.keys.store import key_store
from corpid.operations.models import Rekeying
from corpid.operations.services.begin_rekeying import begin_rekeying
from corpid.operations.services.confirm_rekeying import confirm_rekeying
from corpid.operations.services.rekey import rekey
from credentials.models import Credential, IssuerProfile, TrustAnchor
from credentials.sd_jwt_vc import verify_sd_jwt_vc
from credentials.services.find_trust import find_trust
from credentials.services.open_credential import open_credential
from credentials.services.replace_issuer_key import replace_issuer_key
from signatures.models import Certificate
from tests.credentials.conftest import AT, World

pytestmark = pytest.mark.django_db


def begin(*, is_compromised: bool = False) -> Rekeying:
    return begin_rekeying(
        purposes=["issuer", "status_list"],
        is_compromised=is_compromised,
        reason="a drill",
        actor="operator:one",
        at=AT,
    )


def replace(rekeying: Rekeying) -> None:
    confirm_rekeying(rekeying=rekeying, actor="operator:two", at=AT)
    rekeying.refresh_from_db()
    rekey(rekeying=rekeying, report=lambda *_: None, now=lambda: AT + timedelta(hours=1))
    key_store().forget()


def is_verified(credential: Credential) -> bool:
    later = AT + timedelta(hours=3)
    trust = find_trust(use=TrustAnchor.Use.ISSUER, at=later)
    token = open_credential(credential).token
    return verify_sd_jwt_vc(token, trust=trust, at=later).vct == credential.type.vct


def test_a_suspended_issuer_issues_nothing(world: World) -> None:
    world.issue()
    begin()
    key_store().forget()

    with pytest.raises(KeySuspended):
        world.issue()


def test_afterwards_another_key_signs_and_old_licences_stay_good(world: World) -> None:
    old = world.issue()
    before = set(IssuerProfile.objects.values_list("key_id", flat=True))

    replace(begin())

    new = world.issue(at=AT + timedelta(hours=2))
    in_use = IssuerProfile.objects.filter(retired_at=None)
    assert {profile.use for profile in in_use} == {"issuer", "status_list"}
    assert before.isdisjoint(in_use.values_list("key_id", flat=True))
    assert is_verified(old)
    assert is_verified(new)
    assert not Certificate.objects.filter(revoked_at__isnull=False).exists()


def test_a_compromised_issuers_certificate_is_revoked_since_the_suspension(
    world: World,
) -> None:
    world.issue()

    replace(begin(is_compromised=True))

    revoked = Certificate.objects.filter(revoked_at__isnull=False)
    assert {(each.profile, each.revocation_reason, each.revoked_at) for each in revoked} == {
        ("e_service", "keyCompromise", AT)
    }


def test_replacing_it_again_changes_nothing(world: World) -> None:
    world.issue()
    key = SigningKey.objects.get(purpose="issuer")
    for _ in range(2):
        replace_issuer_key(key=key, is_compromised=False, actor="operator:one", at=AT)

    assert SigningKey.objects.filter(purpose="issuer").count() == 2
