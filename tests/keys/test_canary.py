"""Nothing private in logs, dumps, Valkey, files or tracebacks; and a leak would be found.

Every key is used in every way first, with logs at their most talkative and failures in the
innermost places.
"""

import base64
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings

from corpid.audit.services.publish_checkpoint import publish_checkpoint
from corpid.audit.services.seal_events import seal_events
from corpid.jobs import registry
from corpid.jobs.models import Job
from corpid.jobs.registry import Execution, Queue, job
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.jobs.services.run_job import run_job
from corpid.keys import envelope, software
from corpid.keys.bounded import forget_everything
from corpid.keys.envelope import SealBroken, Secret
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.create_key import create_key
from corpid.keys.services.open_record import open_record
from corpid.keys.services.seal_record import SealedRecord, seal_record
from corpid.keys.store import key_store
from corpid.keys.token import Token, TokenAway
from corpid.operations.services.publish_next_key import publish_next_key
from corpid.operations.services.rewrap_keys import rewrap_keys
from corpid.operations.services.rotate_keys import rotate_keys
from signatures.services.establish_pki import establish_pki
from tests.keys.canary import (
    database_dump,
    drawn_keys_noted,
    everything_logged,
    files_below,
    leaks,
    report_of,
    secrets_of_keys,
    valkey_content,
)
from tests.signatures.conftest import make_house
from tests.signatures.signed_documents import write_agreement
from tests.soft_token import PIN, keys_in_token

pytestmark = pytest.mark.django_db(transaction=True)
DATA_KEY = b"canary: the data key of a record"
ROOT = b"canary: a new root of all keys.."
BODY = "canary: 茶餐廳 profit and loss".encode()


@pytest.fixture(autouse=True)
def _own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path / "state"
    settings.FILES_DIR = tmp_path / "state" / "files"


def use_every_key(tmp_path: Path, settings: Settings) -> dict[str, bytes]:
    """Sign documents, tokens and checkpoints; seal, rotate, re-wrap. Give what is private."""
    at = timezone.now()
    establish_pki(at=at)
    house = make_house()
    house.signed(write_agreement(tmp_path, pages=1).read_bytes())
    for algorithm in Algorithm:
        key = create_key(
            purpose=Purpose.E_SERVICE, algorithm=algorithm, at=at, scope_id=algorithm
        )
        key_store().sign(key.id, bytes(32))
    create_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=at)
    exp = int((at + timedelta(minutes=5)).timestamp())
    sign_jwt(purpose=Purpose.OP, header={}, claims={"exp": exp}, at=at)
    publish_next_key(purpose=Purpose.OP, at=at, actor="operator")
    rotate_keys(at=at + timedelta(hours=1))
    seal_events()
    publish_checkpoint(at=at)
    seal_record(purpose="canary", scope_id="c", record="r", plaintext=BODY)
    before = secrets_of_keys()
    settings.PREVIOUS_KEY_ENCRYPTION_KEYS = [settings.KEY_ENCRYPTION_KEY]
    settings.KEY_ENCRYPTION_KEY = base64.urlsafe_b64encode(
        b"canary: a new root of all keys.."
    ).decode()
    key_store().forget()
    rewrap_keys(report=lambda *_: None)
    return before | secrets_of_keys() | {"data key": DATA_KEY, "body": BODY}


class Broken(Exception):
    """Something went wrong in the middle of it all."""


def fail(*_: Any, **__: Any) -> NoReturn:
    raise Broken


class BrokenCipher:
    def __init__(self, _key: bytes) -> None: ...

    encrypt = decrypt = fail


def failures(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseException]:
    """Fail in the innermost places, with everything private in the frames above."""
    key = create_key(
        purpose=Purpose.E_SERVICE, algorithm=Algorithm.ES256, at=timezone.now(), scope_id="f"
    )
    sealed = seal_record(purpose="canary", scope_id="c", record="r", plaintext=BODY)
    store = key_store()
    acts: list[tuple[Any, str, Callable[[], object]]] = [
        (envelope, "AESGCM", lambda: store.wrap("canary", "c", DATA_KEY)),
        (envelope, "AESGCM", lambda: store.sign(key.id, bytes(32))),
        (envelope, "AESGCM", lambda: _reseal(sealed)),
        (software, "load_der_private_key", lambda: store.sign(key.id, bytes(32))),
        (software, "seal", lambda: _create("g")),
        (envelope, "_associated_data", lambda: _create("h")),
        (envelope, "_associated_data", lambda: store.wrap("canary", "c", DATA_KEY)),
        (envelope, "_associated_data", _seal_body),
        (Secret, "fingerprint", lambda: store.wrap("canary", "new", DATA_KEY)),
        (Secret, "draw", _seal_body),
    ]
    for module, name, act in acts:
        forget_everything()
        store.forget()
        with monkeypatch.context() as patch:
            patch.setattr(module, name, BrokenCipher if name == "AESGCM" else fail)
            try:
                act()
            except Broken as error:
                yield error
            else:
                pytest.fail(f"{name} was not met")
    try:
        store.wrap("canary", "c" * 101, DATA_KEY)  # longer than its column
    except Exception as error:  # noqa: BLE001  whatever it is
        yield error
    try:
        open_record(
            purpose="canary",
            scope_id="c",
            record="r",
            sealed=SealedRecord(sealed.wrapped_data_key, bytes(40)),
        )
    except SealBroken as error:
        yield error


def _create(scope: str) -> object:
    return create_key(
        purpose=Purpose.E_SERVICE,
        algorithm=Algorithm.ES256,
        at=timezone.now(),
        scope_id=scope,
    )


def _seal_body() -> object:
    return seal_record(purpose="canary", scope_id="c", record="r", plaintext=BODY)


def _reseal(sealed: SealedRecord) -> object:
    return open_record(purpose="canary", scope_id="c", record="r", sealed=sealed)


def test_nothing_private_is_found_anywhere(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with everything_logged() as logged, drawn_keys_noted() as drawn:
        secrets = use_every_key(tmp_path, settings)
        reports = []
        for error in failures(monkeypatch):
            logging.getLogger("corpid").error("failed", exc_info=error)
            structlog.get_logger("corpid").error("failed", exc_info=error)
            reports.append(report_of(error))
        _fail_in_a_job(monkeypatch)
    secrets |= secrets_of_keys() | drawn

    places = {
        "the logs": logged.getvalue().encode(),
        "a dump of the database": database_dump(),
        "Valkey": valkey_content(),
        "files": files_below(settings.STATE_DIR),
        **{f"traceback {number}": report for number, report in enumerate(reports)},
    }
    assert len(secrets) > 30
    assert len(reports) == 12
    assert all(len(content) > 500 for content in places.values()), {
        place: len(content) for place, content in places.items()
    }
    assert leaks(secrets, places) == []


def _fail_in_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(_execution: Execution) -> None:
        key_store().forget()
        with monkeypatch.context() as patch:
            patch.setattr(envelope, "AESGCM", BrokenCipher)
            key_store().wrap("canary", "c", DATA_KEY)

    job("tests.canary", queue=Queue.NOTIFY)(work)
    try:
        asked = enqueue_job(kind="tests.canary", arguments={}, at=timezone.now())
        run_job(job_id=asked.id)
    finally:
        del registry._kinds["tests.canary"]  # noqa: SLF001  a kind is for ever elsewhere
    asked.refresh_from_db()
    assert asked.error_code == "unexpected_error"


SHAPES: dict[str, Callable[[bytes], str]] = {
    "hex": lambda secret: secret.hex(),
    "HEX": lambda secret: secret.hex().upper(),
    "base64": lambda secret: base64.b64encode(secret).decode(),
    "base64 amid others": lambda secret: base64.b64encode(b"PKCS8" + secret + b"!").decode(),
    "base64url": lambda secret: base64.urlsafe_b64encode(b"x" + secret).decode().rstrip("="),
    "repr": repr,
    "number": lambda secret: str(int.from_bytes(secret, "big")),
    "list": lambda secret: str(list(secret)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("place", ["logs", "database", "Valkey", "files", "traceback"])
def test_a_leak_would_be_found(place: str, shape: str, settings: Settings) -> None:
    secret = Secret.draw().reveal()
    written = SHAPES[shape](secret)

    content = _leak(place, written, settings)

    assert leaks({"planted": secret}, {place: content}) == [f"planted in {place}"]
    assert leaks({"other": Secret.draw().reveal()}, {place: content}) == []


def _leak(place: str, written: str, settings: Settings) -> bytes:
    if place == "logs":
        with everything_logged() as logged:
            structlog.get_logger("corpid").debug("made", wrapped=written)
        return logged.getvalue().encode()
    if place == "database":
        Job.objects.create(
            kind="x",
            queue="notify",
            created_at=timezone.now(),
            run_after=timezone.now(),
            errors=[f"it failed: {written}"],
        )
        return database_dump()
    if place == "Valkey":
        cache.set("planted", {"key": written}, timeout=60)
        return valkey_content()
    if place == "files":
        settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
        (settings.STATE_DIR / "planted").write_text(written)
        return files_below(settings.STATE_DIR)
    try:
        _carries(written)
    except Broken as error:
        return report_of(error)
    raise AssertionError


def _carries(private: str) -> None:
    if private:
        raise Broken


def test_raw_bytes_in_valkey_would_be_found() -> None:
    secret = Secret.draw().reveal()
    cache.set("planted", secret, timeout=60)

    assert leaks({"planted": secret}, {"Valkey": valkey_content()})


@pytest.mark.needs("softhsm")
def test_the_pin_of_a_token_is_told_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with everything_logged() as logged, keys_in_token(tmp_path / "token") as token:
        store = key_store()
        shown = [repr(store), repr(vars(store)["_token"])]
        monkeypatch.setattr(Token, "_find_token", fail)
        with pytest.raises(Broken) as broken:
            _create("f")
        monkeypatch.undo()
        token.take_away()
        with pytest.raises(TokenAway) as away:
            _create("g")
        shown += [repr(broken.value), repr(away.value)]
        reports = report_of(broken.value) + report_of(away.value)

    places = {
        "the logs": logged.getvalue().encode(),
        "reprs": "".join(shown).encode(),
        "tracebacks": reports,
        "the database": database_dump(),
        "Valkey": valkey_content(),
    }
    assert leaks({"PIN": PIN.encode()}, places) == []
