"""Serve the registers until SIGTERM or SIGINT."""

import argparse
import datetime as dt
import os
import signal
import sys
import threading
from pathlib import Path

from corpid.demonstration.registers.server import RegisterServer
from corpid.demonstration.registers.world import DEFAULT_DATA, WorldRefused, read_world

SANDBOX_TOKEN = "sandbox-registers"  # noqa: S105  the simulator guards nothing real


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m corpid.demonstration.registers")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, default=_seeded_data())
    parser.add_argument("--token", default=os.environ.get("REGISTERS_TOKEN") or SANDBOX_TOKEN)
    arguments = parser.parse_args()
    try:
        world = read_world(arguments.data, dt.datetime.now(tz=dt.UTC))
    except WorldRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    address = (arguments.host, arguments.port)
    with RegisterServer(address, world=world, token=arguments.token) as server:

        def stop(_signal: int, _frame: object) -> None:
            # shutdown() waits for the loop that this very thread runs, hence another thread.
            threading.Thread(target=server.shutdown).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        sys.stdout.write(f"registers: {len(world.companies)} companies on {address}\n")
        sys.stdout.flush()
        server.serve_forever(poll_interval=0.2)
    return 0


def _seeded_data() -> Path:
    """Find what the demonstration's seeding wrote into the state folder, if it has run."""
    seeded = Path(os.environ.get("CORPID_VAR", "")) / "registers.json"
    return seeded if seeded.is_file() else DEFAULT_DATA


if __name__ == "__main__":
    sys.exit(main())
