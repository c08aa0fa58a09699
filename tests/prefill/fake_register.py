"""A register without HTTP; `test_registers.py` holds it to what the real ones do."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Barrier, BrokenBarrierError

from corpid.business_identifier import BusinessIdentifier
from prefill.field_result import JSON, FieldReason, FieldResult, FieldStatus


@dataclass
class FakeRegister:
    """Knows what it is told, by UBI and item; answers once all that it `meets` were asked."""

    id: str
    items: frozenset[str]
    known: dict[str, dict[str, JSON]]
    meets: Barrier | None = None
    answers: FieldStatus = FieldStatus.OK
    asked: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def check_configuration(self) -> list[str]:
        return []

    def fetch(
        self, identifier: BusinessIdentifier, item_keys: Collection[str], deadline: float
    ) -> Mapping[str, FieldResult]:
        self.asked.append((identifier.text, frozenset(item_keys)))
        is_met = self._meet(deadline - time.monotonic())
        now = datetime.now(tz=UTC)
        if not is_met:
            return self._all(item_keys, now, FieldStatus.TIMEOUT, FieldReason.TOO_SLOW)
        if self.answers is not FieldStatus.OK:
            return self._all(item_keys, now, self.answers, FieldReason.NOT_ANSWERING)
        values = self.known.get(identifier.text)
        if values is None:
            return self._all(item_keys, now, FieldStatus.EMPTY, FieldReason.NOT_ON_REGISTER)
        return {key: self._one(values.get(key), now) for key in item_keys}

    def _meet(self, seconds: float) -> bool:
        try:
            if self.meets is not None:
                self.meets.wait(max(0.0, seconds))
        except BrokenBarrierError:
            return False
        return seconds > 0

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
