"""Faults that can be switched on: per register, for one company or all, at times or always."""

import threading
from dataclasses import dataclass, field
from typing import Any

REGISTERS = (
    "companies_registry",
    "companies_registry_officers",
    "business_registration",
    "licensing",
)
KINDS = ("slow", "500", "garbage", "wrong_company", "truncated", "huge")


class FaultRefused(Exception):
    """The fault does not make sense; the message says why."""


@dataclass
class Fault:
    register: str
    ubi: str  # or "*"
    fault: str
    seconds: float
    times: int | None  # how often it strikes; None: until it is removed


@dataclass
class Faults:
    standing: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, asked: dict[str, Any]) -> Fault:
        """Switch a fault on. Raises FaultRefused."""
        if asked.get("register") not in (*REGISTERS, "*"):
            raise FaultRefused(f"register is * or one of {', '.join(REGISTERS)}")
        if asked.get("fault") not in KINDS:
            raise FaultRefused(f"fault is one of {', '.join(KINDS)}")
        seconds, times = asked.get("seconds", 10), asked.get("times")
        if not isinstance(seconds, int | float) or not isinstance(times, int | None):
            raise FaultRefused("seconds is a number, times a whole number or null")
        fault = Fault(
            asked["register"], str(asked.get("ubi", "*")), asked["fault"], seconds, times
        )
        with self.lock:
            self.standing.append(fault)
        return fault

    def clear(self) -> None:
        with self.lock:
            self.standing.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self.lock:
            return [vars(fault).copy() for fault in self.standing]

    def strike(self, register: str, ubi: str) -> Fault | None:
        """Give the newest fault that applies to this call, and count it."""
        with self.lock:
            for fault in reversed(self.standing):
                if fault.register in {register, "*"} and fault.ubi in {ubi, "*"}:
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times <= 0:
                            self.standing.remove(fault)
                    return fault
        return None
