"""What the web server said of its 500s: absent parts are answered 503, so each is our fault."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any


def faults_told(lines: Iterable[str], *, since: datetime) -> list[str]:
    """Give for each request that was answered 500 the end of what was logged of it."""
    told = defaultdict(list)
    broken = []
    for said in _since(lines, since):
        trace_id = said.get("trace_id", "")
        if said.get("status") == 500:
            broken.append((trace_id, said.get("route")))
        elif said.get("level") in {"warning", "error", "critical"}:
            told[trace_id].append(str(said.get("exception") or said.get("event"))[-1500:])
    return [f"500 of {route}: {' | '.join(told[trace_id])}" for trace_id, route in broken]


def _since(lines: Iterable[str], moment: datetime) -> Iterable[dict[str, Any]]:
    for line in lines:
        if line.startswith("{") and line.endswith("}\n"):  # not one cut off by a kill
            said: dict[str, Any] = json.loads(line)
            if datetime.fromisoformat(said["timestamp"]) >= moment:
                yield said
