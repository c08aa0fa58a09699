"""A register without HTTP; `test_registers.py` holds it to what the real ones do."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from corpid.business_identifier import BusinessIdentifier
from prefill.field_result import JSON, FieldReason, FieldResult, FieldStatus


@dataclass
class FakeRegister:
    """Knows what it is told: values by UBI and item; `takes` seconds for each answer."""

    id: str
    items: frozenset[str]
    known: dict[str, dict[str, JSON]]
    takes: float = 0.0
    answers: FieldStatus = FieldStatus.OK
    asked: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def check_configuration(self) -> list[str]:
        return []

    def fetch(
        self, identifier: BusinessIdentifier, item_keys: Collection[str], deadline: float
    ) -> Mapping[str, FieldResult]:
        self.asked.append((identifier.text, frozenset(item_keys)))
        left = deadline - time.monotonic()
        time.sleep(max(0.0, min(self.takes, left)))
        now = datetime.now(tz=UTC)
        if self.takes > left:
            return self._all(item_keys, now, FieldStatus.TIMEOUT, FieldReason.TOO_SLOW)
        if self.answers is not FieldStatus.OK:
            return self._all(item_keys, now, self.answers, FieldReason.NOT_ANSWERING)
        values = self.known.get(identifier.text)
        if values is None:
            return self._all(item_keys, now, FieldStatus.EMPTY, FieldReason.NOT_ON_REGISTER)
        return {key: self._one(values.get(key), now) for key in item_keys}

    def _one(self, value: JSON, now: datetime) -> FieldResult:
        if value is None:
            reason = FieldReason.NOT_RECORDED
            return FieldResult(FieldStatus.EMPTY, self.id, now, reason=reason)
        return FieldResult(FieldStatus.OK, self.id, now, value)

    def _all(
        self,
        item_keys: Collection[str],
        now: datetime,
        status: FieldStatus,
        reason: FieldReason,
    ) -> dict[str, FieldResult]:
        return {key: FieldResult(status, self.id, now, reason=reason) for key in item_keys}
