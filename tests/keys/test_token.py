"""A token is taken away, comes back, refuses its PIN, is forked and shared by threads."""

import logging
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from corpid.keys import token as token_module
from corpid.keys.key_pair import KeyNotUsable
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.create_key import create_key
from corpid.keys.store import key_store
from corpid.keys.token import Token, TokenAway
from tests.needs import softhsm_module
from tests.soft_token import LABEL, PIN, SoftToken, keys_in_token

pytestmark = [pytest.mark.django_db, pytest.mark.needs("softhsm")]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DIGEST = sha256(b"to be signed").digest()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_module, "PAUSE", 0.2)


def make(purpose: Purpose = Purpose.SEAL) -> SigningKey:
    return create_key(purpose=purpose, algorithm=Algorithm.ES256, at=NOW, scope_id=str(uuid4()))


def is_signed(key: SigningKey) -> bool:
    public = key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signature = key_store().sign(key.id, DIGEST)
    public.verify(signature, b"to be signed", ec.ECDSA(hashes.SHA256()))
    return True


@pytest.mark.needs("pkcs11-tool")
def test_another_program_sees_that_the_key_can_never_be_taken_out(token: SoftToken) -> None:
    key = make()

    said = subprocess.run(
        [
            *("pkcs11-tool", "--module", softhsm_module(), "--token-label", LABEL),
            *("--login", "--pin", PIN, "--list-objects", "--type", "privkey"),
        ],
        env={**os.environ, "SOFTHSM2_CONF": str(token.configuration)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert key.id.hex in said
    assert "sensitive, always sensitive, never extractable, local" in said
    assert "decrypt" not in said
    row = SigningKey.objects.get(id=key.id)
    assert (row.backend, row.sealed_private_key, row.wrapped_data_key) == ("pkcs11", None, None)


def test_a_token_taken_away_is_said_to_be_away_and_comes_back_by_itself(
    token: SoftToken, caplog: pytest.LogCaptureFixture
) -> None:
    key = make()
    assert is_signed(key)
    token.take_away()

    for _ in range(3):
        with pytest.raises(TokenAway):
            key_store().sign(key.id, DIGEST)
        with pytest.raises(TokenAway):
            key_store().check()
        with pytest.raises(TokenAway):
            make()
        time.sleep(0.1)

    assert SigningKey.objects.count() == 1
    token.put_back()
    time.sleep(0.25)
    assert is_signed(key)
    key_store().check()
    said = [(each.levelno, str(each.msg)) for each in caplog.records]
    assert len([1 for level, text in said if level == logging.ERROR and "away" in text]) == 1
    assert len([1 for _, text in said if "key token is back" in text]) == 1


def test_a_token_that_lost_one_key_still_signs_with_the_others(token: SoftToken) -> None:
    lost, kept = make(), make()
    library = pkcs11.lib(softhsm_module())
    key_store().forget()
    library.reinitialize()
    session = library.get_token(token_label=LABEL).open(user_pin=PIN, rw=True)
    for found in session.get_objects({pkcs11.Attribute.ID: lost.id.bytes}):
        found.destroy()

    with pytest.raises(KeyNotUsable, match="not in the token"):
        key_store().sign(lost.id, DIGEST)

    assert is_signed(kept)


def test_nobody_asks_an_absent_token_more_than_once_a_pause(
    token: SoftToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make()
    token.take_away()
    with pytest.raises(TokenAway):
        key_store().sign(key.id, DIGEST)
    monkeypatch.setattr(Token, "_log_in", lambda _: pytest.fail("asked again at once"))

    with pytest.raises(TokenAway):
        key_store().sign(key.id, DIGEST)


def test_a_refused_pin_is_tried_once_since_a_token_locks_after_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keys_in_token(tmp_path / "token", PKCS11_TOKEN_PIN="wrong-0000"):
        tries: list[Token] = []
        log_in = Token._log_in  # noqa: SLF001  counted, not replaced

        def counted(self: Token) -> pkcs11.Session:
            tries.append(self)
            return log_in(self)

        monkeypatch.setattr(Token, "_log_in", counted)

        for _ in range(3):
            with pytest.raises(TokenAway, match="PIN is refused"):
                make()
            time.sleep(0.25)

        assert len(tries) == 1


def test_a_module_that_is_not_there_is_a_token_away(tmp_path: Path) -> None:
    absent = {"PKCS11_MODULE": "/nonexistent/module.so"}
    with keys_in_token(tmp_path / "token", **absent), pytest.raises(TokenAway):
        make()


def test_a_forked_child_signs_in_a_session_of_its_own_and_so_does_its_parent(
    token: SoftToken,
) -> None:
    key = make()
    assert is_signed(key)
    store = key_store()

    child = os.fork()
    if child == 0:
        connection.inc_thread_sharing()
        try:
            store._usable.put(key.id, key)  # type: ignore[attr-defined]  # noqa: SLF001  no database in a fork
            fresh = store._token._session is None  # type: ignore[attr-defined]  # noqa: SLF001
            signed = bool(store.sign(key.id, DIGEST))
            os._exit(0 if fresh and signed else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert is_signed(key)


def test_threads_take_turns_and_each_gets_its_own_signature(token: SoftToken) -> None:
    keys = [make() for _ in range(4)]
    store = key_store()
    for key in keys:
        store._usable.put(key.id, key)  # type: ignore[attr-defined]  # noqa: SLF001  one connection a test
    wanted = [(key, f"{number}".encode()) for number in range(100) for key in keys]

    with ThreadPoolExecutor(8) as pool:
        signatures = list(
            pool.map(lambda pair: store.sign(pair[0].id, sha256(pair[1]).digest()), wanted)
        )

    for (key, message), signature in zip(wanted, signatures, strict=True):
        public = key.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        public.verify(signature, message, ec.ECDSA(hashes.SHA256()))


def test_a_caller_does_not_wait_for_ever_for_its_turn(
    token: SoftToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make()
    monkeypatch.setattr(token_module, "LONGEST_TURN", 0.05)
    lock = key_store()._token._lock  # type: ignore[attr-defined]  # noqa: SLF001

    with lock, pytest.raises(TokenAway, match="no turn"):
        key_store().sign(key.id, DIGEST)


def test_only_named_purposes_go_to_the_token(tmp_path: Path) -> None:
    with keys_in_token(tmp_path / "token", PKCS11_PURPOSES=["seal"]):
        seal, person = make(Purpose.SEAL), make(Purpose.PERSON)

        assert (seal.backend, person.backend) == ("pkcs11", "software")
        assert is_signed(seal)
        assert is_signed(person)


def test_a_purpose_that_does_not_exist_stops_the_store(tmp_path: Path) -> None:
    misspelt = {"PKCS11_PURPOSES": ["seals"]}
    with (
        keys_in_token(tmp_path / "token", **misspelt),
        pytest.raises(ImproperlyConfigured, match="seals"),
    ):
        key_store()


def test_keys_from_before_the_token_go_on_signing(tmp_path: Path) -> None:
    before = make()

    with keys_in_token(tmp_path / "token"):
        after = make()

        assert (before.backend, after.backend) == ("software", "pkcs11")
        assert is_signed(before)


def test_without_its_token_a_key_of_the_token_is_not_usable(
    token: SoftToken, settings: Settings
) -> None:
    key = make()
    settings.PKCS11_MODULE = ""
    key_store.cache_clear()

    with pytest.raises(KeyNotUsable, match="kept by pkcs11"):
        key_store().sign(key.id, DIGEST)


def test_a_leftover_of_a_failed_attempt_is_replaced(token: SoftToken) -> None:
    key = make()
    store = key_store()

    made = store.generate(
        key_id=key.id,
        purpose=Purpose.SEAL,
        algorithm=Algorithm.ES256,
        wrapping_scope="",
    )

    SigningKey.objects.filter(id=key.id).update(public_key_der=made.public_key_der)
    assert is_signed(SigningKey.objects.get(id=key.id))
