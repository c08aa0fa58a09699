"""The figures of a run, printed and kept in build/chaos/."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpid.embedded.roles import ROOT

FOLDER = ROOT / "build" / "chaos"


def figures(
    *,
    seed: int,
    seconds: float,
    acknowledged: Counter[str],
    lost: int,
    doubled: int,
    struck: Mapping[str, int],
    answers: Mapping[str, int],
    taken_up: Sequence[float],
    portal_back: Sequence[float],
) -> dict[str, Any]:
    return {
        "seed": seed,
        "minutes": round(seconds / 60, 1),
        "acknowledged": {"all": acknowledged.total(), **acknowledged},
        "lost": lost,
        "doubled": doubled,
        "blows": dict(struck),
        "sent_again_after": dict(answers),
        "taken_up_again_seconds": _spread(taken_up),
        "portal_back_seconds": _spread(portal_back),
    }


def _spread(seconds: Sequence[float]) -> dict[str, Any]:
    if not seconds:
        return {"count": 0}
    return {
        "count": len(seconds),
        "p50": round(percentile(seconds, 50), 1),
        "p99": round(percentile(seconds, 99), 1),
        "max": round(max(seconds), 1),
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the smallest value that so many percent do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def shortfalls(
    told: Mapping[str, Any],
    *,
    blows: Iterable[str],
    taken_up_within: float,
    portal_back_within: float,
) -> list[str]:
    """Say which bars are missed; one that nothing was measured for is."""
    missed = [f"never struck: {name}" for name in blows if not told["blows"].get(name)]
    for name, key, bar in (
        ("taken_up_again_seconds", "p99", taken_up_within),
        ("portal_back_seconds", "max", portal_back_within),
    ):
        if not told[name]["count"]:
            missed.append(f"never measured: {name}")
        elif told[name][key] > bar:
            missed.append(f"{name}: {key} is {told[name][key]}, not {bar}")
    return missed


def keep(told: Mapping[str, Any], name: str) -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    return path


def lines(told: Mapping[str, Any]) -> list[str]:
    """Say it for a person."""
    taken_up, back = told["taken_up_again_seconds"], told["portal_back_seconds"]
    blows = ", ".join(f"{name} {count}" for name, count in sorted(told["blows"].items()))
    return [
        f"chaos, seed {told['seed']}, {told['minutes']} min: {_kept(told)}",
        f"chaos: blows: {blows}",
        f"chaos: taken up again after a worker's death: {_said(taken_up)}",
        f"chaos: portal back after PostgreSQL's death: {_said(back)}",
    ]


def _kept(told: Mapping[str, Any]) -> str:
    acknowledged = told["acknowledged"]["all"]
    return f"{acknowledged} acknowledged, {told['lost']} lost, {told['doubled']} doubled"


def _said(spread: Mapping[str, Any]) -> str:
    if not spread["count"]:
        return "never needed"
    return (
        f"p50 {spread['p50']} s, p99 {spread['p99']} s, max {spread['max']} s"
        f" of {spread['count']}"
    )
