"""A witness of Corp ID's audit log, for another party to run: this file and `cryptography`.

    python witness.py --name witness.example/w1 --log log.pub --state /var/lib/witness

It implements C2SP tlog-witness and tlog-cosignature: it cosigns a checkpoint only if the log
proves that it adds to the last one that this witness has cosigned. So a log that was rolled
back, or that shows different pasts to different people, gets no cosignature. All it has to know
is the log's public key (`log.pub`: the lines of `/audit/public-key`, copied when you first
trusted them; append a line when the log's operator tells you of a new key).

The checks are written here a second time, on purpose: a fault in Corp ID's own would otherwise
be this witness's fault too.
"""

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

SIGNED_NOTE, COSIGNATURE = b"\x01", b"\x04"  # signature types
KEY_BYTES = HASH_BYTES = 32
MOST_PROOF_LINES = 63
LARGEST_BODY = 64 * 1024
LARGEST_KEY_FILE = 64 * 1024
PATIENCE = 10.0  # seconds for a request to arrive
DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
PLAIN, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


class Refused(Exception):
    """What a log is told: a status of tlog-witness, and a body."""

    def __init__(self, status: int, body: str, content_type: str = PLAIN) -> None:
        super().__init__(body)
        self.status, self.body, self.content_type = status, f"{body}\n", content_type


@dataclass(frozen=True)
class Key:
    """A verifier key of signed-note: `name+hash+base64(type || public key)`."""

    name: str
    kind: bytes
    public: bytes

    @property
    def key_id(self) -> bytes:
        named = self.name.encode() + b"\n" + self.kind + self.public
        return hashlib.sha256(named).digest()[:4]

    def __str__(self) -> str:
        encoded = base64.b64encode(self.kind + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def read(cls, text: str) -> "Key":
        name, hashed, encoded = text.strip().split("+", 2)
        decoded = base64.b64decode(encoded, validate=True)
        key = cls(name, decoded[:1], decoded[1:])
        if (
            key.kind != SIGNED_NOTE
            or len(key.public) != KEY_BYTES
            or key.key_id.hex() != hashed
        ):
            raise ValueError(f"not an Ed25519 verifier key: {text.strip()}")
        return key


@dataclass(frozen=True)
class Head:
    """The last checkpoint of a log that was cosigned."""

    size: int = 0
    root: str = ""
    note: str = ""


@dataclass(frozen=True)
class Submission:
    """The body of add-checkpoint, taken apart; nothing is verified yet."""

    old_size: int
    proof: list[bytes]
    text: str
    signature_lines: list[str]
    origin: str
    size: int
    root: str


class Witness:
    def __init__(self, *, name: str, state: Path, log_keys: Path, first_keys_from: str) -> None:
        self._state, self._log_keys, self._first = state, log_keys, first_keys_from
        self._lock = threading.Lock()  # check and record are one step, or a log could roll back
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._private = _own_key(state / "key")
        public = self._private.public_key().public_bytes_raw()
        self.key = Key(name, COSIGNATURE, public)
        _replace(state / "witness.pub", f"{self.key}\n".encode())

    def add_checkpoint(self, body: bytes) -> str:
        """Cosign, or raise Refused."""
        asked = read_submission(body)
        self._check_signature(asked)
        if asked.old_size > asked.size:
            raise Refused(400, "the old size is larger than the new one")
        with self._lock:
            known = self.head(asked.origin)
            if asked.old_size != known.size:
                raise Refused(409, str(known.size), SIZE)
            self._check_growth(asked, known)
            line = self._cosign(asked.text)
            note = f"{asked.text}\n" + "".join(f"{each}\n" for each in asked.signature_lines)
            head = {"size": asked.size, "root": asked.root, "note": f"{note}{line}\n"}
            _replace(self._file(asked.origin), json.dumps(head).encode())
        return f"{line}\n"

    def head(self, origin: str) -> Head:
        try:
            return Head(**json.loads(self._file(origin).read_text()))
        except FileNotFoundError:
            return Head()

    def keys_of_logs(self) -> list[Key]:
        """Read the trusted keys afresh, so that a new line counts at once."""
        if not self._log_keys.exists() and self._first:
            with urllib.request.urlopen(self._first, timeout=5) as answer:  # noqa: S310
                first = answer.read(LARGEST_KEY_FILE)
            [Key.read(line) for line in first.decode().splitlines()]
            _replace(self._log_keys, first)  # trusted on first use, and from now on only these
        return [Key.read(line) for line in self._log_keys.read_text().splitlines() if line]

    def _check_signature(self, asked: Submission) -> None:
        keys = [key for key in self.keys_of_logs() if key.name == asked.origin]
        if not keys:
            raise Refused(404, "this witness does not know the log")
        if not any(_signs(key, asked) for key in keys):
            raise Refused(403, "not signed by a key of the log that this witness knows")

    def _check_growth(self, asked: Submission, known: Head) -> None:
        if asked.old_size in (0, asked.size) and asked.proof:
            raise Refused(422, "a proof where none belongs")
        if asked.size == 0 and base64.b64decode(asked.root) != hashlib.sha256().digest():
            raise Refused(422, "an empty log has one root only")
        if asked.old_size == asked.size and known.size and asked.root != known.root:
            self._complain("two roots for one size", asked, known)
            raise Refused(409, "another root was cosigned at this size")
        if 0 < asked.old_size < asked.size and not extends(
            first=known.size,
            second=asked.size,
            first_root=base64.b64decode(known.root),
            second_root=base64.b64decode(asked.root),
            proof=asked.proof,
        ):
            self._complain("the log does not extend what was cosigned", asked, known)
            raise Refused(422, "the consistency proof does not hold")

    def _cosign(self, text: str) -> str:
        now = int(time.time())
        signature = self._private.sign(f"cosignature/v1\ntime {now}\n{text}".encode())
        content = self.key.key_id + now.to_bytes(8, "big") + signature
        return f"— {self.key.name} {base64.b64encode(content).decode()}"

    def _complain(self, what: str, asked: Submission, known: Head) -> None:
        """Keep what the log has signed: it may prove that the log misbehaved."""
        evidence = {"what": what, "known": known.note, "signed": asked.text}
        evidence["signatures"] = "\n".join(asked.signature_lines)
        print(
            f"REFUSED: {json.dumps(evidence, ensure_ascii=False)}", file=sys.stderr, flush=True
        )

    def _file(self, origin: str) -> Path:
        return self._state / f"log-{hashlib.sha256(origin.encode()).hexdigest()[:32]}.json"


def read_submission(body: bytes) -> Submission:
    try:
        head, text, signatures = body.decode().split("\n\n", 2)
        old, *lines = head.split("\n")
        origin, size, root = text.split("\n")[:3]
        proof = [base64.b64decode(line, validate=True) for line in lines]
        decoded_root = base64.b64decode(root, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Refused(400, "not a request of tlog-witness") from error
    word, _, old_size = old.partition(" ")
    well_formed = (
        word == "old"
        and DECIMAL.fullmatch(old_size)
        and DECIMAL.fullmatch(size)
        and len(decoded_root) == HASH_BYTES
        and len(proof) <= MOST_PROOF_LINES
        and all(len(each) == HASH_BYTES for each in proof)
        and signatures.endswith("\n")
    )
    if not well_formed:
        raise Refused(400, "not a request of tlog-witness")
    return Submission(
        old_size=int(old_size),
        proof=proof,
        text=f"{text}\n",
        signature_lines=signatures[:-1].split("\n"),
        origin=origin,
        size=int(size),
        root=root,
    )


def _signs(key: Key, asked: Submission) -> bool:
    for line in asked.signature_lines:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        try:
            content = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise Refused(400, "a malformed signature line") from error
        if dash != "—" or name != key.name or content[:4] != key.key_id:
            continue
        try:
            public = Ed25519PublicKey.from_public_bytes(key.public)
            public.verify(content[4:], asked.text.encode())
        except InvalidSignature:
            continue
        return True
    return False


def extends(
    *, first: int, second: int, first_root: bytes, second_root: bytes, proof: list[bytes]
) -> bool:
    """Check a consistency proof, step by step as RFC 9162, section 2.1.4.2, tells it."""
    if not 0 < first < second or not proof:  # step 1
        return False
    path = list(proof)
    if first & (first - 1) == 0:  # step 2: a power of two
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1  # step 3
    while fn & 1:  # step 4
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]  # step 5
    for each in path[1:]:  # step 6
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _node(each, fr), _node(each, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = _node(sr, each)
        fn, sn = fn >> 1, sn >> 1
    return fr == first_root and sr == second_root and sn == 0  # step 7


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _own_key(file: Path) -> Ed25519PrivateKey:
    if not file.exists():
        _replace(file, Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(file.read_bytes())


def _replace(file: Path, content: bytes) -> None:
    """Write a file whole and onto the disk, or not at all; for its owner alone."""
    part = file.with_name(f"{file.name}.part")
    opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    part.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    witness: Witness

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._answer(413, "a request has a length, of 64 KB at most\n")
            return
        body = self.rfile.read(int(length))
        if self.path.rstrip("/") != "/add-checkpoint":
            self._answer(404, "only /add-checkpoint\n")
            return
        try:
            self._answer(200, self.witness.add_checkpoint(body))
        except Refused as refusal:
            self._answer(refusal.status, refusal.body, refusal.content_type)
        except (
            OSError,
            ValueError,
        ) as failure:  # its disk, its file of keys, the first address
            print(f"not cosigned: {failure}", file=sys.stderr, flush=True)
            self._answer(503, "the witness can't record or read what it has to\n")

    def do_GET(self) -> None:
        """Show the witness's own key, and what it has seen last of each log."""
        if self.path == "/public-key":
            self._answer(200, f"{self.witness.key}\n")
            return
        if self.path == "/checkpoints":
            try:
                names = dict.fromkeys(key.name for key in self.witness.keys_of_logs())
            except (OSError, ValueError):
                self._answer(503, "no keys of logs\n")
                return
            self._answer(200, "\n".join(self.witness.head(name).note for name in names))
            return
        self._answer(404, "only /public-key and /checkpoints\n")

    def _answer(self, status: int, body: str, content_type: str = PLAIN) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing of requests that were answered."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument(
        "--name", required=True, help="this witness's name, as in witness.example/w1"
    )
    parser.add_argument(
        "--state", type=Path, required=True, help="folder of its key and record"
    )
    parser.add_argument("--log", type=Path, help="file of the log's verifier keys, one a line")
    parser.add_argument("--first-keys-from", default="", help="address to take them from, once")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    given = parser.parse_args()
    if given.log is None and not given.first_keys_from:
        parser.error("--log or --first-keys-from is needed")
    witness = Witness(
        name=given.name,
        state=given.state,
        log_keys=given.log or given.state / "log.pub",
        first_keys_from=given.first_keys_from,
    )
    door = type("DoorOfThisWitness", (Door,), {"witness": witness})
    with ThreadingHTTPServer((given.host, given.port), door) as server:
        print(f"{witness.key} listens on {given.host}:{given.port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
