"""Runs the register simulator for a test: in this process for speed, over real HTTP."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from corpid.demonstration.registers.server import RegisterServer
from corpid.demonstration.registers.world import DEFAULT_DATA, read_world

TOKEN = "sandbox-registers"


@dataclass(frozen=True)
class RunningRegisters:
    base_url: str

    @property
    def addresses(self) -> dict[str, str]:
        """As settings.REGISTERS names them."""
        return {
            "companies_registry": f"{self.base_url}/cr",
            "companies_registry_officers": f"{self.base_url}/cr-officers",
            "business_registration": f"{self.base_url}/ird/business-registration",
        }

    def fault(self, register: str, kind: str, **more: Any) -> None:
        self._post("/faults", {"register": register, "fault": kind, **more})

    def happen(self, kind: str, ubi: str, **more: Any) -> None:
        self._post("/events", {"kind": kind, "ubi": ubi, **more})

    def mend(self) -> None:
        httpx2.delete(f"{self.base_url}/faults").raise_for_status()

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return httpx2.get(self.base_url + path, **more)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        httpx2.post(
            self.base_url + path,
            content=json.dumps(body),
            headers={"Content-Type": "application/json"},
        ).raise_for_status()


@contextmanager
def running_registers(data: Path = DEFAULT_DATA) -> Iterator[RunningRegisters]:
    """Serve a world (by default the small one) on a free port until the block ends."""
    world = read_world(data, dt.datetime.now(tz=dt.UTC))
    with RegisterServer(("127.0.0.1", 0), world=world, token=TOKEN) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield RunningRegisters(f"http://127.0.0.1:{server.server_address[1]}")
        finally:
            server.shutdown()
            thread.join()
