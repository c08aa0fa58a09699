"""A key is published, then signs, then is retired; verifiers always know what they need."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from joserfc import jwk, jwt
from pytest_django import Settings

from corpid.audit.models import Event
from corpid.keys.bounded import forget_everything
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.active_key import active_key
from corpid.keys.services.create_key import create_key
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.keys.store import key_store
from corpid.operations.services.publish_next_key import NotRotatedThisWay, publish_next_key
from corpid.operations.services.rotate_keys import rotate_keys

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KNOWN = timedelta(minutes=10)  # twice the five minutes of a cache
LIFE = timedelta(days=90)
SECOND = timedelta(seconds=1)


@pytest.fixture
def first() -> SigningKey:
    return create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)


def kids(at: datetime) -> list[str]:
    return [key["kid"] for key in publish_jwks([Purpose.OP], at=at)["keys"]]


def signing() -> str:
    forget_everything()
    return active_key(Purpose.OP).kid


def test_the_next_key_is_published_in_good_time_and_not_before(first: SigningKey) -> None:
    due = NOW + LIFE - KNOWN

    rotate_keys(at=due - SECOND)
    before = kids(due)
    rotate_keys(at=due)

    assert before == [first.kid]
    assert len(kids(due)) == 2
    assert signing() == first.kid


def test_it_signs_once_every_cache_knows_it_and_not_before(first: SigningKey) -> None:
    due = NOW + LIFE - KNOWN
    rotate_keys(at=due)

    too_early = rotate_keys(at=due + KNOWN - SECOND)
    begun = rotate_keys(at=due + KNOWN)

    assert too_early == []
    assert [key.kid for key in begun] == [signing()]
    assert signing() != first.kid
    assert first.kid in kids(due + KNOWN)


def test_running_it_often_makes_one_key_and_one_turn(first: SigningKey) -> None:
    at = NOW + LIFE - KNOWN
    for _ in range(5):
        rotate_keys(at=at)
    for _ in range(5):
        rotate_keys(at=at + KNOWN)

    assert list(SigningKey.objects.order_by("created_at").values_list("state", flat=True)) == [
        "retired",
        "active",
    ]


def test_on_command_the_next_key_waits_as_long_as_on_schedule(first: SigningKey) -> None:
    asked = publish_next_key(purpose=Purpose.OP, at=NOW + SECOND, actor="operator")
    again = publish_next_key(purpose=Purpose.OP, at=NOW + 2 * SECOND, actor="operator")

    rotate_keys(at=NOW + KNOWN)
    waiting = signing()
    rotate_keys(at=NOW + SECOND + KNOWN)

    assert asked.id == again.id
    assert (waiting, signing()) == (first.kid, asked.kid)
    assert list(Event.objects.order_by("recorded_at").values_list("kind", "actor")) == [
        ("operations.key.published", "operator"),
        ("operations.key.activated", "system"),
    ]


@pytest.mark.parametrize("purpose", [Purpose.AUDIT, Purpose.SEAL, Purpose.CA_ISSUING])
def test_keys_that_are_pinned_or_certified_are_not_rotated_this_way(purpose: Purpose) -> None:
    create_key(purpose=purpose, algorithm=Algorithm.ES256, at=NOW)

    rotate_keys(at=NOW + timedelta(days=4000))
    with pytest.raises(NotRotatedThisWay):
        publish_next_key(purpose=purpose, at=NOW, actor="operator")

    assert SigningKey.objects.count() == 1


def test_each_scope_turns_by_itself() -> None:
    for scope in ("a", "b"):
        create_key(purpose=Purpose.RELEASE, algorithm=Algorithm.ES256, at=NOW, scope_id=scope)
    publish_next_key(purpose=Purpose.RELEASE, at=NOW, actor="operator", scope_id="a")

    begun = rotate_keys(at=NOW + KNOWN)

    assert [key.scope_id for key in begun] == ["a"]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_has_not_heard_of_the_turn_signs_with_the_new_key() -> None:
    """It remembers which key was active longer than it remembers the key itself."""
    first = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    following = create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=NOW)
    claims = {"exp": int(NOW.timestamp()) + 300}
    assert active_key(Purpose.OP).id == first.id
    SigningKey.objects.filter(id=first.id).update(state="retired", retired_at=NOW)
    SigningKey.objects.filter(id=following.id).update(state="active", activated_at=NOW)
    key_store().forget()

    token = sign_jwt(purpose=Purpose.OP, header={"typ": "at+jwt"}, claims=claims, at=NOW)

    keys = jwk.KeySet.import_key_set(json.loads(json.dumps(publish_jwks([Purpose.OP], at=NOW))))
    assert jwt.decode(token, keys, algorithms=["ES256"]).header["kid"] == following.kid


def test_a_shorter_cache_makes_a_shorter_wait(first: SigningKey, settings: Settings) -> None:
    settings.JWKS_CACHE_SECONDS = 2
    publish_next_key(purpose=Purpose.OP, at=NOW, actor="operator")

    assert rotate_keys(at=NOW + timedelta(seconds=3)) == []
    assert len(rotate_keys(at=NOW + timedelta(seconds=4))) == 1


def test_the_operators_command_says_when_the_key_begins_to_sign(first: SigningKey) -> None:
    said = StringIO()

    call_command("rotate_key", "op", stdout=said)

    waiting = SigningKey.objects.get(state="next")
    assert said.getvalue().startswith(f"{waiting.kid} is next; it signs from ")
