"""Places where a test may have this process killed, to see that nothing is lost or doubled.

A file named for the point in `<state folder>/crash-points/` arms it once. Production has none.
"""

import os
import signal

from django.conf import settings


def reach_crash_point(name: str) -> None:
    if not settings.SANDBOX:
        return
    armed = settings.STATE_DIR / "crash-points" / name
    try:
        armed.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
