"""What every register does, and how one is asked over HTTP within a deadline.

Endpoints come from settings by id; no address from outside is ever asked.
"""

import re
import secrets
import time
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from corpid.api.parsers import JSONMalformed, read_json
from corpid.business_identifier import BusinessIdentifier
from corpid.meters.counted import CallPurpose
from corpid.outbound.client import (
    Answer,
    AnswerNotTaken,
    AnswerTooLarge,
    Bounds,
    GuardedClient,
    NotAnswering,
    TooSlow,
)
from corpid.outbound.destinations import DestinationRefused
from prefill.field_result import JSON, FieldReason, FieldResult, FieldStatus
from prefill.registers.breaker import Breaker, BreakerOpen

MAX_ANSWER_BYTES = 512 * 1024
MAX_TEXT_LENGTH = 1000
_RETRY_NEEDS_SECONDS = 0.4
_JITTER_SECONDS = 0.1
_HTTP_OK, _HTTP_NOT_FOUND, _HTTP_ERROR = 200, 404, 500
_REFUSED = frozenset({401, 403})


_NOTHING = object()  # a 404: the register is well and does not hold the company


class Register(Protocol):
    """`deadline` is a moment of `time.monotonic()`; `fetch` answers for every key, always."""

    @property
    def id(self) -> str: ...

    @property
    def items(self) -> frozenset[str]: ...

    def fetch(
        self, identifier: BusinessIdentifier, item_keys: Collection[str], deadline: float
    ) -> Mapping[str, FieldResult]: ...

    def check_configuration(self) -> list[str]:
        """Say what is missing, for the operator; nothing if it could work."""
        ...


class RegisterFailed(Exception):
    """The register gave nothing that can be used; the status and reason are its fields'."""

    def __init__(self, status: FieldStatus, reason: FieldReason, detail: str = "") -> None:
        super().__init__(f"{status}: {reason} {detail}")
        self.status = status
        self.reason = reason


class NotOnRegister(Exception):
    """The register answered: it does not hold this company."""


class _Unwell(Exception):
    """Counted by the breaker: the register, not the question, is at fault."""

    def __init__(self, failure: RegisterFailed) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One register's address, credentials and breaker."""

    base_url: str
    client: GuardedClient
    token: str = ""
    breaker: Breaker = field(default_factory=Breaker)

    def get_json(self, path: str, query: Mapping[str, str], deadline: float) -> Any:
        """Ask once, and once more if it failed quickly and the budget allows.

        Raises NotOnRegister for a 404, else RegisterFailed.
        """
        if not self.base_url:
            raise RegisterFailed(FieldStatus.UNAVAILABLE, FieldReason.NOT_CONFIGURED)
        url = self.base_url + path + (f"?{urlencode(query)}" if query else "")
        try:
            with self.breaker.guard(failures=(_Unwell,)):
                read = _read(self._answer(url, deadline))
        except BreakerOpen as error:
            raise RegisterFailed(FieldStatus.UNAVAILABLE, FieldReason.RESTING) from error
        except _Unwell as error:
            raise error.failure from error
        except DestinationRefused as error:
            raise RegisterFailed(
                FieldStatus.UNAVAILABLE, FieldReason.NOT_CONFIGURED, error.detail
            ) from error
        if read is _NOTHING:
            raise NotOnRegister
        return read

    def _answer(self, url: str, deadline: float) -> Answer:
        try:
            return self._ask(url, deadline)
        except _Unwell as error:
            if error.failure.status is FieldStatus.TIMEOUT:
                raise
            pause = _JITTER_SECONDS * secrets.randbelow(1000) / 1000
            if deadline - time.monotonic() < _RETRY_NEEDS_SECONDS + pause:
                raise
            time.sleep(pause)
            return self._ask(url, deadline)

    def _ask(self, url: str, deadline: float) -> Answer:
        left = deadline - time.monotonic()
        if left <= 0:  # we came too late, which is no fault of the register
            raise RegisterFailed(FieldStatus.TIMEOUT, FieldReason.TOO_SLOW)
        bounds = Bounds(seconds=left, max_bytes=MAX_ANSWER_BYTES)
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            answer = self.client.request(
                "GET", url, headers=headers, bounds=bounds, purpose=CallPurpose.REGISTER
            )
        except TooSlow as error:
            failure = RegisterFailed(FieldStatus.TIMEOUT, FieldReason.TOO_SLOW)
            raise _Unwell(failure) from error
        except (AnswerTooLarge, AnswerNotTaken) as error:
            raise _Unwell(_unreadable(error.code)) from error
        except NotAnswering as error:
            failure = RegisterFailed(FieldStatus.UNAVAILABLE, FieldReason.NOT_ANSWERING)
            raise _Unwell(failure) from error
        if answer.status >= _HTTP_ERROR:
            detail = str(answer.status)
            raise _Unwell(
                RegisterFailed(FieldStatus.UNAVAILABLE, FieldReason.NOT_ANSWERING, detail)
            )
        return answer


def _unreadable(detail: str = "") -> RegisterFailed:
    return RegisterFailed(FieldStatus.UNAVAILABLE, FieldReason.UNREADABLE, detail)


def _read(answer: Answer) -> Any:
    if answer.status == _HTTP_NOT_FOUND:
        return _NOTHING
    if answer.status in _REFUSED:
        raise _Unwell(RegisterFailed(FieldStatus.UNAVAILABLE, FieldReason.REFUSED_US))
    if answer.status != _HTTP_OK:
        raise _Unwell(_unreadable(str(answer.status)))
    try:
        return read_json(answer.content)
    except JSONMalformed as error:
        raise _Unwell(_unreadable(error.detail)) from error


def refuse_wrong_company(told: object, identifier: BusinessIdentifier) -> None:
    """Take no answer about somebody else: it is worse than none. Raises RegisterFailed."""
    if told != identifier.text:
        raise RegisterFailed(FieldStatus.UNAVAILABLE, FieldReason.WRONG_COMPANY)


class Found(Protocol):
    """What one register's parser gives: the values of the wanted keys, None where empty."""

    def __call__(
        self, identifier: BusinessIdentifier, item_keys: Collection[str], deadline: float
    ) -> tuple[Mapping[str, JSON], datetime | None]: ...


def results_of(
    found: Found,
    source: str,
    identifier: BusinessIdentifier,
    item_keys: Collection[str],
    deadline: float,
) -> dict[str, FieldResult]:
    """Turn what a parser found, or why it could not, into one result for every key."""
    try:
        values, updated_at = found(identifier, item_keys, deadline)
    except NotOnRegister:
        return _all(item_keys, source, FieldStatus.EMPTY, FieldReason.NOT_ON_REGISTER)
    except RegisterFailed as failure:
        return _all(item_keys, source, failure.status, failure.reason)
    now = datetime.now(tz=UTC)
    return {key: _result(values[key], source, now, updated_at) for key in item_keys}


def _result(
    value: JSON, source: str, now: datetime, updated_at: datetime | None
) -> FieldResult:
    if value is None:
        return FieldResult(
            FieldStatus.EMPTY,
            source,
            now,
            reason=FieldReason.NOT_RECORDED,
            source_updated_at=updated_at,
        )
    return FieldResult(FieldStatus.OK, source, now, value, source_updated_at=updated_at)


def _all(
    item_keys: Collection[str], source: str, status: FieldStatus, reason: FieldReason
) -> dict[str, FieldResult]:
    now = datetime.now(tz=UTC)
    return {key: FieldResult(status, source, now, reason=reason) for key in item_keys}


def read_text(value: object) -> str | None:
    """Read a text strictly; "NULL", nothing and blanks are None. Raises RegisterFailed.

    Control characters and bidirectional overrides are not data of any register.
    """
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT_LENGTH:
        raise _unreadable("text")
    text = unicodedata.normalize("NFC", value).strip()
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in text):
        raise _unreadable("control character")
    return None if text in {"", "NULL"} else text


def read_date(value: object, *, pattern: str) -> str | None:
    """Read a date of strptime's `pattern`; gives YYYY-MM-DD. Raises RegisterFailed."""
    text = read_text(value)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{2,4}-[0-9]{2}-[0-9]{2,4}", text):
        raise _unreadable("date")
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC).date().isoformat()
    except ValueError as error:
        raise _unreadable("date") from error


def read_iso_date(value: object) -> str | None:
    text = read_text(value)
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _unreadable("date") from error


def read_moment(value: object) -> datetime | None:
    text = read_text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _unreadable("moment") from error
    if moment.tzinfo is None:
        raise _unreadable("moment without a zone")
    return moment


def read_object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _unreadable("not an object")
    return value


def read_list(value: object, *, at_most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > at_most:
        raise _unreadable("not a list, or too long")
    return value


def read_choice(value: object, choices: Collection[str]) -> str:
    if not isinstance(value, str) or value.lower() not in choices:
        raise _unreadable("not one of the known codes")
    return value.lower()


def member(told: Mapping[str, Any], name: str) -> Any:
    """Take a member that must be there: a register that dropped one has changed its format."""
    if name not in told:
        raise _unreadable(f"{name} is missing")
    return told[name]
