"""After quiet: every act that was answered is there once, with one effect and one event."""

import base64
import json
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from os import environ
from pathlib import Path
from typing import Any

import httpx2

from corpid.embedded.roles import ROOT
from corpid.protocols.status_list import Status
from tests.chaos.acts import Cast, Done
from tests.chaos.blows import query
from tests.chaos.faults import faults_told
from tests.chaos.patience import Software
from tests.journeys.test_signing import verify
from tests.running import Product

QUIET_WITHIN = 120.0
SERVED_WITHIN = 75.0  # a status list, promised within a minute
PEOPLE_AND_SEAL = 2  # the sole director's signature, the company's seal
_LOOKING = 6  # threads

_OPEN_JOBS = """
SELECT count(*) FROM jobs_job
 WHERE created_at >= %s AND state IN ('queued', 'leased') AND kind != ALL(%s)
"""
# A webhook waits for a receiver, for up to a day; mails above a person's cap wait for the hour.
_MAY_WAIT = ["notices.deliver_webhook", "notices.send_mail"]
_BAD_JOBS = "SELECT kind, state, error_code, errors FROM jobs_job WHERE created_at >= %s AND {}"


def compare(found: Iterable[str], wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Name what was answered and is not there, and what is there more than once."""
    counts = Counter(found)
    names = list(wanted)
    missing = [name for name in names if not counts[name]]
    return missing, [name for name in names if counts[name] > 1]


@dataclass
class Reckoning:
    product: Product
    cast: Cast
    began_at: datetime
    public_key: Path  # of the audit log, as it was before
    judged: int  # of the signed documents; the others' signatures are only counted
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # anything else

    def reckon(self) -> None:
        self._await_quiet()
        self.look_up_acts()
        self._jobs()
        self._audit()
        self._faults()

    def look_up_acts(self) -> None:
        self._signings()
        self._consents()
        self._issuings()
        self._revokings()

    def _query(self, sql: str, *values: Any) -> list[Any]:
        return query(self.product, sql, list(values))

    def _await_quiet(self) -> None:
        deadline = time.monotonic() + QUIET_WITHIN
        while (
            self._query(_OPEN_JOBS, self.began_at, _MAY_WAIT)[0][0]
            and time.monotonic() < deadline
        ):
            time.sleep(0.5)

    def _count(self, what: str, found: Iterable[str], wanted: Iterable[str]) -> None:
        missing, repeated = compare(found, wanted)
        self.lost += [f"{what}: {name}" for name in missing]
        self.doubled += [f"{what}: {name}" for name in repeated]

    def _signings(self) -> None:
        done = self.cast.ledger.of("signing")
        ids = [each.id for each in done]
        self._count("signature request", self._titles(), [each.key for each in done])
        rows = self._query(
            "SELECT r.reference, d.signed_digest FROM signatures_document d"
            " JOIN signatures_signaturerequest r ON r.id = d.request_id"
            " WHERE r.state = 'complete' AND d.signed_digest != '' AND r.created_at >= %s",
            self.began_at,
        )
        self._count("signed document", (reference for reference, _ in rows), ids)
        votes = self._query(
            "SELECT r.reference FROM authentication_vote v"
            " JOIN signatures_signaturerequest r ON r.approval_id = v.approval_id"
            " WHERE v.choice = 'yes' AND r.created_at >= %s",
            self.began_at,
        )
        self._count("approval", (reference for (reference,) in votes), ids)
        subjects = [f"signature-request:{reference}" for reference in ids]
        self._events("authentication.stepped_up", subjects)
        self._events("signatures.request.complete", subjects)
        jobs = self._query(
            "SELECT arguments ->> 'request' FROM jobs_job"
            " WHERE kind = 'signatures.seal' AND state = 'done' AND created_at >= %s",
            self.began_at,
        )
        self._count("job", (reference for (reference,) in jobs), ids)
        self._each("harbour-bank", done, self._look_at_document)
        if self.judged:
            for each in done[:: max(1, len(done) // self.judged)]:
                self._judge_document(each)

    def _titles(self) -> list[str]:
        rows = self._query(
            "SELECT title FROM signatures_signaturerequest WHERE created_at >= %s",
            self.began_at,
        )
        return [title for (title,) in rows]

    def _look_at_document(self, bank: Software, each: Done) -> None:
        address = f"{self.cast.base_url}/api/v1/signature-requests/{each.id}"
        told = bank.ask("sign", "GET", address).json()
        if told.get("status") != "complete":
            self.lost.append(f"signing: {each.id} is {told}")
            return
        content = bank.ask("sign", "GET", f"{address}/documents/1").content
        if sha256(content).hexdigest() != told["documents"][0]["signed_sha256"]:
            self.wrong.append(f"signing: the file of {each.id} is another")
        signatures = content.count(b"/ByteRange") - 1  # the archive time-stamp apart
        if signatures != PEOPLE_AND_SEAL:
            where = self.doubled if signatures > PEOPLE_AND_SEAL else self.lost
            where.append(f"signing: {each.id} has {signatures} signatures")

    def _judge_document(self, each: Done) -> None:
        bank = self.cast.software("harbour-bank")
        address = f"{self.cast.base_url}/api/v1/signature-requests/{each.id}/documents/1"
        verdict = verify(self.cast.base_url, bank.ask("sign", "GET", address).content)
        bank.http.close()
        if verdict["level"] != "green" or len(verdict["signatures"]) != PEOPLE_AND_SEAL:
            self.wrong.append(f"signing: {each.id} is judged {verdict['sentence']}")

    def _consents(self) -> None:
        done = self.cast.ledger.of("consent")
        rows = self._query(
            "SELECT r.reference, c.decision,"
            " (SELECT count(*) FROM prefill_release e WHERE e.consent_id = c.id), c.uses"
            " FROM prefill_consent c JOIN prefill_prefillrequest r ON r.id = c.request_id"
            " WHERE c.decided_at >= %s",
            self.began_at,
        )
        given = [row for row in rows if row[1] == "given"]
        self._count("consent", (row[0] for row in given), [each.id for each in done])
        for request, _, releases, uses in given:
            if releases > 1 or uses > 1:
                self.doubled.append(f"release: {request} {releases} times, {uses} uses")
            if not releases:
                self.lost.append(f"release: {request}")
        ids = [each.id for each in done]
        self._events("prefill.consent.given", ids, by="facts ->> 'request'")
        self._events("prefill.result.released", ids, by="facts ->> 'request'")
        self._events("prefill.fields.retrieved", ids, by="split_part(subject, ':', 2)")
        self._each("harbour-bank", done, self._look_at_consent)

    def _look_at_consent(self, bank: Software, each: Done) -> None:
        address = f"{self.cast.base_url}/api/v1/prefill/requests/{each.id}"
        told = bank.ask("prefill", "GET", address).json()
        if told.get("status") != "released":
            self.lost.append(f"consent: {each.id} is {told.get('status', told)}")

    def _issuings(self) -> None:
        done = self.cast.ledger.of("issuing")
        rows = self._query(
            "SELECT external_ref, id, status_list_id, status_index FROM credentials_credential"
            " WHERE created_at >= %s",
            self.began_at,
        )
        self._count("credential", (row[0] for row in rows), [each.key for each in done])
        indices = Counter((row[2], row[3]) for row in rows)
        self.doubled += [f"index: {each}" for each, count in indices.items() if count > 1]
        self._events("credentials.credential.issued", [f"credential:{e.id}" for e in done])
        self._each("food-licensing", done, self._look_at_credential)

    def _look_at_credential(self, department: Software, each: Done) -> None:
        address = f"{self.cast.base_url}/api/v1/credentials/{each.id}"
        told = department.ask("credentials", "GET", address).json()
        is_revoked = each.key in self.cast.ledger.asked["revoking"]
        if told.get("external_ref") != each.key:
            self.lost.append(f"credential: {each.id}")
        elif told["state"] != "valid" and not is_revoked:
            self.wrong.append(f"credential: {each.id} is {told['state']}")

    def _revokings(self) -> None:
        done = self.cast.ledger.of("revoking")
        rows = self._query(
            "SELECT l.credential_id FROM credentials_accesslog l"
            " WHERE l.kind = 'revoked' AND l.at >= %s",
            self.began_at,
        )
        ids = [each.id for each in done]
        self._count("revocation", (identifier for (identifier,) in rows), ids)
        self._events("credentials.credential.revoked", [f"credential:{each}" for each in ids])
        entries = self._query(
            "SELECT c.id, c.status_list_id, c.status_index FROM credentials_credential c"
            " JOIN status_statusentry s"
            "   ON s.status_list_id = c.status_list_id AND s.index = c.status_index"
            " WHERE c.state = 'revoked' AND s.status = 1 AND c.created_at >= %s",
            self.began_at,
        )
        self._count("status", (row[0] for row in entries), ids)
        wanted = set(ids)
        places = [(row[1], row[2]) for row in entries if row[0] in wanted]
        self._served(places)

    def _served(self, places: Sequence[tuple[str, int]]) -> None:
        """Everybody reads it in the published lists."""
        deadline = time.monotonic() + SERVED_WITHIN
        missing = list(places)
        while missing and time.monotonic() < deadline:
            lists = {name: self._fetch_list(name) for name in {name for name, _ in missing}}
            missing = [
                (name, index)
                for name, index in missing
                if (lists[name][index // 4] >> 2 * (index % 4)) & 3 != Status.INVALID
            ]
            if missing:
                time.sleep(2)
        self.lost += [f"published status: {name}[{index}]" for name, index in missing]

    def _fetch_list(self, name: str) -> bytes:
        token = httpx2.get(f"{self.cast.base_url}/status-lists/{name}", timeout=30).text
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        packed = claims["status_list"]["lst"]
        return zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))

    def _events(self, kind: str, wanted: Sequence[str], *, by: str = "subject") -> None:
        rows = self._query(
            f"SELECT {by} FROM audit.event WHERE kind = %s AND recorded_at >= %s",  # noqa: S608  ours
            kind,
            self.began_at,
        )
        self._count(f"event {kind}", (name for (name,) in rows), wanted)

    def _each(self, slug: str, done: Sequence[Done], look: Any) -> None:
        def some(part: Sequence[Done]) -> None:
            software = self.cast.software(slug)
            for each in part:
                look(software, each)
            software.http.close()

        parts = [done[number::_LOOKING] for number in range(_LOOKING)]
        with ThreadPoolExecutor(_LOOKING) as threads:
            list(threads.map(some, parts))

    def _jobs(self) -> None:
        for kind, state, code, errors in self._query(
            _BAD_JOBS.format("state NOT IN ('done', 'cancelled')"), self.began_at
        ):
            if kind in _MAY_WAIT and state == "queued":
                continue
            self.wrong.append(f"job: {kind} is {state} {code} {errors}")

    def _audit(self) -> None:
        command = [sys.executable, "-m", "corpid.embedded", "manage", "verify_audit"]
        ran = subprocess.run(
            [*command, "--public-key", str(self.public_key)],
            check=False,
            cwd=ROOT,
            env={**environ, "CORPID_VAR": str(self.product.state)},
            capture_output=True,
            text=True,
            timeout=600,
        )
        if ran.returncode or "The audit log is intact." not in ran.stdout:
            self.wrong.append(f"audit log: {ran.stdout[-1000:]}{ran.stderr[-1000:]}")

    def _faults(self) -> None:
        for log in sorted((self.product.state / "logs").glob("web.log*")):
            with log.open(errors="replace") as lines:
                self.wrong += faults_told(lines, since=self.began_at)
