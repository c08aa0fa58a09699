"""An empty view of the API beside an empty view of a bare Django, on the same web server.

What lies between is what every call of the API pays: middleware, routing, headers.
"""

import atexit
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.measuring import Case, NotMeasured
from benchmarks.over_http import Connection, OverHttp, Request
from benchmarks.processes import cpu_seconds
from benchmarks.product import ROOT, Product
from corpid.web_server import BACKLOG, THREADS, WORKERS

TITLE = "An empty view of the API"
BAR = 1 / 0.9  # nine tenths of a bare Django's answers from the same processor time
_STARTS_WITHIN = 30.0
_ASK = Request("GET", "/api/v1/empty")


@dataclass(frozen=True, slots=True)
class Server:
    """The product's web server with another application in it."""

    base_url: str
    pid: int
    product: Product

    def cpu_of(self, *_roles: str) -> float:
        return cpu_seconds([self.pid])

    def cpu_of_servers(self) -> Mapping[str, float]:
        return self.product.cpu_of_servers()


def prepare(product: Product) -> Case:
    return Case(
        name="empty_view",
        title=TITLE,
        subject=_side("an empty view of the API", "benchmarks.servers.product", product),
        comparison=_side("an empty view of a bare Django", "benchmarks.servers.bare", product),
        bar=BAR,
    )


def _side(name: str, module: str, product: Product) -> OverHttp:
    def ask(connection: Connection, _turn: int) -> None:
        connection.send_well(_ASK)

    return OverHttp(name=name, product=_start(module, product), operation=ask)


def _start(module: str, product: Product) -> Server:
    port = _free_port()
    base_url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", f"{module}:application"),
            *("--workers", f"{WORKERS}", "--blocking-threads", f"{THREADS}", "--no-ws"),
            *(
                "--backlog",
                f"{BACKLOG}",
                "--host",
                "127.0.0.1",
                "--port",
                f"{port}",
                "--no-log",
            ),
        ],
        cwd=ROOT,
        env=os.environ | product.environment | {"BASE_URL": base_url},
        stdout=subprocess.DEVNULL,
    )
    atexit.register(_stop, process)
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            Connection(base_url).send_well(_ASK)
        except OSError:
            time.sleep(0.2)
        else:
            return Server(base_url, process.pid, product)
    raise NotMeasured(f"{module} did not start")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
