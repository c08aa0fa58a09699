"""The simulated facts, the events that change them, and the feed that tells of changes."""

import copy
import datetime as dt
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Company = dict[str, Any]
Event = dict[str, Any]

DEFAULT_DATA = Path(__file__).with_name("default.json")
_REGISTERS = frozenset({"local", "foreign", "business"})
_ABSENT: Company = {
    "status": "live",
    "name_en": None,
    "name_tc": None,
    "company_type": None,
    "incorporated_on": None,
    "place_of_incorporation": None,
    "redomiciled_on": None,
    "registered_office": None,
    "officers": [],
    "share_capital": None,
    "members": [],
    "charges": [],
    "business_registration": None,
    "licences": [],
}


class WorldRefused(Exception):
    """The data file or an event does not make sense; the message says why."""


@dataclass
class World:
    """All companies by UBI. Every access goes through the lock; copies leave."""

    companies: dict[str, Company] = field(default_factory=dict)
    changes: list[Event] = field(default_factory=list)
    updated_at: dict[str, dt.datetime] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def find(self, ubi: str) -> Company | None:
        with self.lock:
            return copy.deepcopy(self.companies.get(ubi))

    def other_than(self, ubi: str, *, register: str | None = None) -> Company | None:
        """Any other company, for the fault "wrong company"."""
        with self.lock:
            for company in self.companies.values():
                if company["ubi"] != ubi and register in {None, company["register"]}:
                    return copy.deepcopy(company)
        return None

    def named(self, register: str, matches: Callable[[Company], bool]) -> list[Company]:
        with self.lock:
            return [
                copy.deepcopy(company)
                for company in self.companies.values()
                if company["register"] == register
                and company["status"] == "live"
                and matches(company)
            ]

    def changes_since(self, sequence: int) -> list[Event]:
        with self.lock:
            return [change for change in self.changes if change["sequence"] > sequence]

    def happen(self, event: Event, at: dt.datetime) -> Event:
        """Apply an event and append it to the feed. Raises WorldRefused."""
        apply = EVENTS.get(str(event.get("kind")))
        if apply is None:
            raise WorldRefused(f"kind is one of {', '.join(sorted(EVENTS))}")
        with self.lock:
            company = self.companies.get(str(event.get("ubi")))
            if company is None:
                raise WorldRefused("no company has this ubi")
            apply(self, company, event, at.date())
            self.updated_at[company["ubi"]] = at
            change = {**event, "sequence": len(self.changes) + 1, "at": at.isoformat()}
            self.changes.append(change)
            return change


def read_world(path: Path, at: dt.datetime) -> World:
    """Read a data file. Raises WorldRefused with the place of the first mistake."""
    try:
        document = json.loads(path.read_bytes())
        listed = document["companies"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorldRefused(f"{path}: not a world: {error!r}") from error
    world = World()
    for number, given in enumerate(listed):
        if not isinstance(given, dict) or given.get("register") not in _REGISTERS:
            raise WorldRefused(f"{path}: company {number}: register is one of {_REGISTERS}")
        ubi = given.get("ubi")
        if not isinstance(ubi, str) or ubi in world.companies:
            raise WorldRefused(f"{path}: company {number}: ubi missing or twice: {ubi!r}")
        world.companies[ubi] = {**copy.deepcopy(_ABSENT), **given}
        world.updated_at[ubi] = at
    return world


def _officer(company: Company, event: Event) -> dict[str, Any]:
    for officer in company["officers"]:
        if officer.get("ceased_on") is None and event.get("officer") in {
            officer.get("name_en"),
            officer.get("name_tc"),
            officer.get("identity_number"),
            officer.get("ubi"),
        } - {None}:
            return officer  # type: ignore[no-any-return]  # from JSON
    raise WorldRefused("officer: no present officer has this name or number")


def _death(_world: World, company: Company, event: Event, on: dt.date) -> None:
    officer = _officer(company, event)
    officer["ceased_on"], officer["ceased_by"] = on.isoformat(), "death"


def _rename(_world: World, company: Company, event: Event, _on: dt.date) -> None:
    names: dict[str, Any] = {key: event[key] for key in ("name_en", "name_tc") if key in event}
    if not names:
        raise WorldRefused("name_en or name_tc: the new name")
    company.update(names)
    if company["business_registration"]:
        company["business_registration"].update(names)


def _officer_change(_world: World, company: Company, event: Event, on: dt.date) -> None:
    appointed = event.get("appoint")
    if "officer" not in event and not isinstance(appointed, dict):
        raise WorldRefused("officer: who leaves, or appoint: who comes")
    if "officer" in event:
        _officer(company, event)["ceased_on"] = on.isoformat()
    if isinstance(appointed, dict):
        company["officers"].append(
            {"kind": "person", "appointed_on": on.isoformat(), "ceased_on": None, **appointed}
        )


def _becomes(status: str) -> Callable[[World, Company, Event, dt.date], None]:
    def apply(_world: World, company: Company, _event: Event, _on: dt.date) -> None:
        company["status"] = status

    return apply


def _amalgamate(world: World, company: Company, event: Event, _on: dt.date) -> None:
    into = str(event.get("into"))
    if into not in world.companies or into == company["ubi"]:
        raise WorldRefused("into: the ubi of the company that goes on")
    company["status"], company["successor"] = "amalgamated", into


def _liquidator(world: World, company: Company, event: Event, on: dt.date) -> None:
    name = event.get("name_en")
    if not isinstance(name, str):
        raise WorldRefused("name_en: the liquidator's name")
    capacity = event.get("capacity", "liquidator")
    _officer_change(world, company, {"appoint": {"name_en": name, "capacity": capacity}}, on)
    company["status"] = "winding_up"


def _br_expiry(_world: World, company: Company, event: Event, on: dt.date) -> None:
    registration = company["business_registration"]
    if registration is None:
        raise WorldRefused("this company has no business registration")
    expires_on = event.get("expires_on", (on - dt.timedelta(days=1)).isoformat())
    for branch in registration["branches"]:
        branch["expires_on"] = expires_on


EVENTS: dict[str, Callable[[World, Company, Event, dt.date], None]] = {
    "death": _death,
    "rename": _rename,
    "officer_change": _officer_change,
    "strike_off": _becomes("struck_off"),
    "restore": _becomes("live"),
    "amalgamate": _amalgamate,
    "liquidator": _liquidator,
    "br_expiry": _br_expiry,
}
