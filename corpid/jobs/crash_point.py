"""Places where a test may have this process killed or stopped, to see that nothing is lost.

A file named for the point in `<state folder>/crash-points/` arms it once, with `SIGKILL`, or
`SIGSTOP` for a worker that falls asleep and may be woken; the process leaves its id in
`<name>.reached`. Production has none of this.
"""

import os
import signal

from django.conf import settings


def reach_crash_point(name: str) -> None:
    if not settings.SANDBOX:
        return
    armed = settings.STATE_DIR / "crash-points" / name
    try:
        ordered = armed.read_text().strip()
        armed.unlink()
    except FileNotFoundError:
        return
    armed.with_name(f"{name}.reached").write_text(str(os.getpid()))
    os.kill(os.getpid(), signal.Signals[ordered])
