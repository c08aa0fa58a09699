"""Records events at a steady rate: a process of the soak test, on the running product's log.

    python -m tests.audit.writers <events a second> <seconds> <file>

Writes a line for each: its id, and the moment when its transaction had committed.
"""

import sys
import time
from pathlib import Path

import django


def main(rate: float, seconds: float, file: Path) -> None:
    django.setup()
    from django.utils import timezone  # noqa: PLC0415  after setup

    from corpid.audit.services.record_event import record_event  # noqa: PLC0415

    began, number, lines = time.monotonic(), 0, []
    while (elapsed := time.monotonic() - began) < seconds:
        if number / rate > elapsed:
            time.sleep(number / rate - elapsed)
        event = record_event(
            kind="soak.recorded",
            at=timezone.now(),
            actor="system",
            subject=f"soak:{number}",
            facts={"number": number},
        )
        lines.append(f"{event.id} {time.time()}\n")
        number += 1
    file.write_text("".join(lines))


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
