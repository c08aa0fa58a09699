"""The witness that ships, as another party runs it: one file, the log's public key, no more."""

import base64
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from pytest_django import Settings

from corpid.audit.models import REST_AFTER_FAILURE, Checkpoint, Follower
from corpid.audit.origin import published_verifier_keys
from corpid.audit.outside.folder import FolderPlace
from corpid.audit.services.publish_checkpoint import publish_checkpoint
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.audit.services.verify_log import LogVerdict, verify_log
from corpid.embedded.roles import ROOT
from corpid.protocols import checkpoint as c2sp
from corpid.protocols.checkpoint import VerifierKey, sign_note
from corpid.protocols.cosignature import CosignerKey, cosigned_at
from corpid.protocols.merkle import Frontier, consistency_proof, leaf_hash
from tests.audit.conftest import empty_log
from tests.protocols.test_merkle import read, vectors

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = VerifierKey("corpid.example/audit", LOG.public_key().public_bytes_raw())


@dataclass
class Running:
    url: str
    state: Path
    process: subprocess.Popen[bytes]
    errors: Path

    @property
    def key(self) -> CosignerKey:
        return CosignerKey.read((self.state / "witness.pub").read_text())

    def add(self, body: str) -> httpx2.Response:
        return httpx2.post(f"{self.url}/add-checkpoint", content=body.encode(), timeout=10)


@contextmanager
def witness_with(keys: list[VerifierKey], folder: Path) -> Iterator[Running]:
    """Run it without anything of Corp ID on its path."""
    log = folder / "log.pub"
    log.write_text("".join(f"{key}\n" for key in keys))
    errors = folder / "witness.log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    state = folder / "state"
    with errors.open("a") as written:
        process = subprocess.Popen(
            [
                *(sys.executable, "-I", str(ROOT / "examples/witness/witness.py")),
                *("--name", "witness.example/w1", "--log", str(log)),
                *("--state", str(state), "--port", str(port)),
            ],
            cwd=folder,
            env={"PATH": os.defpath},
            stdout=written,
            stderr=written,
        )
    try:
        began = time.monotonic()
        while "listens on" not in errors.read_text():
            assert process.poll() is None, errors.read_text()
            assert time.monotonic() < began + 30
            time.sleep(0.05)
        yield Running(f"http://127.0.0.1:{port}", state, process, errors)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Running]:
    with witness_with([LOG_KEY], tmp_path) as running:
        yield running


class Log:
    """A log of so many leaves; `mark` makes another past."""

    def __init__(self, size: int, mark: str = "") -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        frontier = Frontier()
        for index in range(size):
            leaf = leaf_hash(f"{index}{mark}".encode())
            self.nodes[0, index] = leaf
            for level, position, node in frontier.append(leaf):
                self.nodes[level, position] = node
        self.head = c2sp.Checkpoint(LOG_KEY.name, size, frontier.root())
        self.note = sign_note(self.head.text(), key=LOG_KEY, sign=LOG.sign)

    def request(self, old: int, *, proof: list[bytes] | None = None) -> str:
        size = self.head.size
        if proof is None:
            proof = consistency_proof(old, size, lambda level, index: self.nodes[level, index])
        lines = "".join(f"{base64.b64encode(step).decode()}\n" for step in proof)
        return f"old {old}\n{lines}\n{self.note}"


def test_a_log_that_grows_is_cosigned_each_time(witness: Running) -> None:
    for old, new in ((0, 3), (3, 8), (8, 8), (8, 21)):
        log = Log(new)

        answer = witness.add(log.request(old))

        assert answer.status_code == 200
        moment = cosigned_at(log.note + answer.text, key=witness.key)
        assert abs(moment - time.time()) < 60


def test_a_log_that_asks_from_elsewhere_is_told_the_size(witness: Running) -> None:
    witness.add(Log(5).request(0))

    for body in (Log(8).request(0), Log(8).request(3), Log(3).request(3)):
        answer = witness.add(body)
        assert (answer.status_code, answer.text) == (409, "5\n")
        assert answer.headers["content-type"] == "text/x.tlog.size"


def test_a_fork_is_refused_and_the_evidence_kept(witness: Running) -> None:
    witness.add(Log(5).request(0))
    forked = Log(8, mark="x")

    answers = [
        witness.add(forked.request(5)),
        witness.add(forked.request(5, proof=[])),
        witness.add(Log(5, mark="x").request(5)),  # another root at the same size
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 409]
    (first, _, third) = [
        json.loads(line.removeprefix("REFUSED: "))
        for line in witness.errors.read_text().splitlines()
        if line.startswith("REFUSED")
    ]
    assert first["signed"] == forked.head.text()
    assert Log(5).note.splitlines()[-1] in first["known"]
    assert third["what"] == "two roots for one size"
    assert witness.add(Log(8).request(5)).status_code == 200  # the true log goes on


def test_a_log_that_was_rolled_back_is_refused(witness: Running) -> None:
    witness.add(Log(8).request(0))

    answer = witness.add(Log(5).request(5))

    assert (answer.status_code, answer.text) == (409, "8\n")


def test_only_the_keys_of_known_logs_count(witness: Running) -> None:
    forger = Ed25519PrivateKey.generate()
    forged_key = VerifierKey(LOG_KEY.name, forger.public_key().public_bytes_raw())
    log, strange = Log(3), VerifierKey("other.example/log", LOG_KEY.public_key)
    other = c2sp.Checkpoint(strange.name, 3, log.head.root)
    forged = sign_note(log.head.text(), key=forged_key, sign=forger.sign)
    changed = log.note.replace("\n3\n", "\n4\n")

    statuses = [
        witness.add(f"old 0\n\n{note}").status_code
        for note in (forged, changed, sign_note(other.text(), key=strange, sign=LOG.sign))
    ]

    assert statuses == [403, 403, 404]
    assert witness.add(log.request(0)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("old 1", 400),
        (Log(3).request(0).replace("old 0", "old 00"), 400),
        (Log(3).request(0).replace("old 0", "old -1"), 400),
        (Log(3).request(0).replace("old 0", "new 0"), 400),
        (Log(3).request(0).replace("old 0", "old 4"), 400),  # larger than the checkpoint
        (Log(3).request(0, proof=[bytes(32)]), 422),
        (Log(3).request(0, proof=[bytes(31)]), 400),
        (Log(3).request(0, proof=[bytes(32)] * 64), 400),
        (Log(3).request(0) + "x" * 70_000, 413),
        (Log(3).request(0)[:-1], 400),
        (Log(3).request(0).replace("—", "—\0"), 403),
    ],
)
def test_what_is_no_request_is_refused(witness: Running, body: str, status: int) -> None:
    assert witness.add(body).status_code == status


def test_what_was_cosigned_is_remembered_after_a_kill(tmp_path: Path) -> None:
    with witness_with([LOG_KEY], tmp_path) as first:
        first.add(Log(8).request(0))
        key = first.key
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    (tmp_path / "witness.log").unlink()

    with witness_with([LOG_KEY], tmp_path) as second:
        rolled_back = second.add(Log(5).request(5))
        shown = httpx2.get(f"{second.url}/checkpoints").text

    assert second.key == key
    assert (rolled_back.status_code, rolled_back.text) == (409, "8\n")
    assert cosigned_at(shown, key=key) > 0


def test_of_two_forks_at_once_only_one_is_cosigned(witness: Running) -> None:
    witness.add(Log(5).request(0))
    start = threading.Barrier(8)

    def submit(mark: int) -> int:
        body = Log(5 + mark % 4 + 1).request(5)
        start.wait()
        return witness.add(body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(submit, range(8)))

    assert statuses.count(200) == 1
    assert set(statuses) == {200, 409}


def test_its_private_key_is_for_its_owner_alone(witness: Running) -> None:
    modes = {file.name: file.stat().st_mode & 0o777 for file in witness.state.iterdir()}

    assert modes["key"] == 0o600
    assert witness.state.stat().st_mode & 0o777 == 0o700


@pytest.mark.needs("vectors")
def test_its_own_check_judges_the_published_vectors_as_they_say() -> None:
    paths = vectors("consistency")
    extends = runpy.run_path(str(ROOT / "examples/witness/witness.py"))["extends"]

    assert len(paths) > 90
    for path in paths:
        vector = read(path)
        first, second = vector["size1"], vector["size2"]
        if first in {0, second}:
            continue  # the witness compares roots itself there, and takes no proof
        judged = extends(
            first=first,
            second=second,
            first_root=vector["root1"],
            second_root=vector["root2"],
            proof=vector["proof"],
        )
        assert judged is not vector["wantErr"], path


# -- Corp ID's log and its witness -------------------------------------------------------------


@dataclass
class Witnessed:
    running: Running

    @property
    def follower(self) -> Follower:
        return Follower.objects.get(name=f"{self.running.url}/")


@pytest.fixture
def witnessed(log: None, settings: Settings, tmp_path: Path) -> Iterator[Witnessed]:
    """Give Corp ID's own log a witness that trusts its key."""
    settings.AUDIT_WITNESSES = []
    grow(1)  # the log's key is made with its first checkpoint
    with witness_with(published_verifier_keys(at=NOW), tmp_path) as running:
        settings.AUDIT_WITNESSES = [f"{running.url}/#{running.state / 'witness.pub'}"]
        yield Witnessed(running)


def grow(events: int, *, at: datetime = NOW) -> None:
    for number in range(events):
        record_event(kind="k", at=at, actor="system", subject=f"s:{number}")
    seal_events()
    publish_checkpoint(at=at)


def verify(witnesses: list[CosignerKey], settings: Settings) -> LogVerdict:
    return verify_log(
        keys=published_verifier_keys(at=NOW),
        notes=FolderPlace(settings.AUDIT_CHECKPOINT_DIR).notes(),
        witnesses=witnesses,
    )


def test_every_head_is_cosigned_and_verified_so(
    witnessed: Witnessed, settings: Settings
) -> None:
    grow(3)
    grow(6)

    newest = Checkpoint.objects.order_by("-size")[0]
    assert cosigned_at(newest.note, key=witnessed.running.key) > 0
    assert (witnessed.follower.size, witnessed.follower.failure) == (10, "")
    verdict = verify([witnessed.running.key], settings)
    assert verdict.is_intact
    assert verdict.witnessed == 10


def test_a_log_rewritten_by_its_owner_gets_no_cosignature(
    witnessed: Witnessed, settings: Settings
) -> None:
    grow(3)
    empty_log()

    grow(9)  # longer, and another past

    newest = Checkpoint.objects.get()
    assert "witness" not in newest.note
    assert witnessed.follower.failure == "HTTP 422"
    assert "root_differs" in {finding.code for finding in verify([], settings).findings}


def test_a_log_restored_from_an_old_backup_is_told_so(witnessed: Witnessed) -> None:
    grow(9)
    empty_log()

    grow(2)

    assert witnessed.follower.failure == "it has cosigned 10 events, this log has 2"


def test_a_witness_that_is_away_delays_no_checkpoint(
    witnessed: Witnessed, settings: Settings
) -> None:
    witnessed.running.process.kill()
    witnessed.running.process.wait()

    grow(3)

    newest = Checkpoint.objects.order_by("-size")[0]
    assert newest.published_at == NOW
    assert witnessed.follower.failure == "ConnectError"
    assert verify([], settings).is_intact
    findings = verify([witnessed.running.key], settings).findings
    assert {finding.code for finding in findings} == {"not_witnessed"}


def test_a_witness_that_comes_back_catches_up(witnessed: Witnessed, settings: Settings) -> None:
    grow(2)
    address = settings.AUDIT_WITNESSES
    settings.AUDIT_WITNESSES = ["http://127.0.0.1:1/#" + str(witnessed.running.key)]
    grow(3)
    settings.AUDIT_WITNESSES = address

    grow(4, at=NOW + REST_AFTER_FAILURE + timedelta(seconds=1))

    assert verify([witnessed.running.key], settings).witnessed == 10


def test_a_cosignature_by_another_key_is_not_taken(
    witnessed: Witnessed, settings: Settings
) -> None:
    other = CosignerKey("witness.example/w1", bytes(32))
    settings.AUDIT_WITNESSES = [f"{witnessed.running.url}/#{other}"]

    grow(2)

    assert witnessed.follower.failure == "not cosigned by witness.example/w1"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.checkpoint WHERE note LIKE '%%witness%%'")
        assert cursor.fetchone() == (0,)
