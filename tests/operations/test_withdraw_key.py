"""A stolen key is out of use and out of the key set at once, whatever that costs."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from corpid.audit.models import Event
from corpid.keys.jws import sign_jwt
from corpid.keys.key_pair import KeyNotUsable
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.active_key import NoActiveKey
from corpid.keys.services.create_key import create_key
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.keys.store import key_store
from corpid.operations.services.publish_next_key import NotRotatedThisWay, publish_next_key
from corpid.operations.services.withdraw_key import withdraw_key

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def withdraw(purpose: Purpose = Purpose.OP) -> SigningKey:
    return withdraw_key(purpose=purpose, reason="stolen", at=NOW, actor="operator:one")


def token() -> str:
    claims = {"exp": int((NOW + timedelta(minutes=5)).timestamp())}
    return sign_jwt(purpose=Purpose.OP, header={}, claims=claims, at=NOW)


def is_accepted(signed: str) -> bool:
    published = json.loads(json.dumps(publish_jwks([Purpose.OP], at=NOW)))
    try:
        jwt.decode(signed, jwk.KeySet.import_key_set(published), algorithms=["ES256"])
    except (JoseError, ValueError):
        return False
    return True


def test_what_it_signed_is_rejected_and_the_new_keys_tokens_are_accepted() -> None:
    stolen = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    before = token()
    assert is_accepted(before)

    withdraw()

    assert not is_accepted(before)
    assert is_accepted(token())
    with pytest.raises(KeyNotUsable):
        key_store().sign(stolen.id, bytes(32))


def test_a_key_that_waits_takes_its_place() -> None:
    create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    waiting = publish_next_key(purpose=Purpose.OP, at=NOW, actor="operator:one")

    following = withdraw()

    assert following.id == waiting.id
    assert SigningKey.objects.count() == 2


def test_it_is_written_down_who_did_it_and_why() -> None:
    stolen = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)

    following = withdraw()

    event = Event.objects.get(subject=f"key:{stolen.kid}", kind="operations.key.withdrawn")
    assert (event.actor, event.facts) == (
        "operator:one",
        {"purpose": "op", "reason": "stolen", "followed_by": following.kid},
    )


def test_keys_with_certificates_are_revoked_instead() -> None:
    create_key(purpose=Purpose.TSA, algorithm=Algorithm.ES256, at=NOW)

    with pytest.raises(NotRotatedThisWay):
        withdraw(Purpose.TSA)


def test_where_there_is_no_key_nothing_is_withdrawn() -> None:
    with pytest.raises(NoActiveKey):
        withdraw()

    assert not SigningKey.objects.exists()


def test_the_operators_command_names_the_key_that_signs_now() -> None:
    create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    said = StringIO()

    call_command("withdraw_key", "op", "--reason", "stolen", "--by", "one", stdout=said)

    assert said.getvalue() == f"{SigningKey.objects.get(state='active').kid} signs now\n"
