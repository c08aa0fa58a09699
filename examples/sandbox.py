"""Where the samples find Corp ID and their own keys: the sandbox's handle.

In production these come from your own configuration and your own key store.
"""

import argparse
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corp_id import CorpID

_WAITS = 60  # seconds for a sandbox that is just starting


@dataclass(frozen=True)
class Place:
    """What a sample was started with."""

    port: int
    address: str
    handle: dict[str, Any]

    def e_service(self, slug: str) -> dict[str, Any]:
        (found,) = [each for each in self.handle["e_services"] if each["slug"] == slug]
        return dict(found)

    def client(self, slug: str) -> CorpID:
        own = self.e_service(slug)
        return CorpID(self.handle["issuer"], own["client_id"], own["private_jwks"])


def read_place(name: str) -> Place:
    """Read `--port` and `--sandbox`, or NAME_PORT and CORPID_VAR from the environment."""
    parser = argparse.ArgumentParser()
    variable = f"{name.upper()}_PORT"
    parser.add_argument("--port", type=int, default=int(os.environ.get(variable, "0")) or None)
    parser.add_argument("--sandbox", type=Path, default=default_handle())
    arguments = parser.parse_args()
    if arguments.port is None:
        parser.error(f"give --port or set {variable}")
    address = f"http://127.0.0.1:{arguments.port}"
    return Place(arguments.port, address, read_handle(arguments.sandbox))


def default_handle() -> Path:
    return Path(os.environ.get("CORPID_VAR", "var")) / "sandbox.json"


def read_handle(path: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _WAITS
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    handle: dict[str, Any] = json.loads(path.read_text())
    return handle
