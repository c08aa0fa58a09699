"""HAProxy with the file that production uses, in front of web servers of this machine."""

import re
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpid.embedded.ports import Ports
from corpid.embedded.processes import kill_group, spawn
from corpid.embedded.roles import ROOT


@dataclass(slots=True)
class Balancer:
    folder: Path  # short: a socket stands in it
    port: int
    backends: Sequence[int]  # ports of web servers, running or not
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        text = (ROOT / "haproxy.cfg").read_text()
        binds = [
            f"    bind {f'[{address}]' if ':' in address else address}:{self.port}"
            for address in Ports().addresses
        ]
        servers = [f"    server web{port} 127.0.0.1:{port}" for port in self.backends]
        text = re.sub(r"^    bind .*$", "\n".join(binds), text, flags=re.MULTILINE)
        text = re.sub(r"^    server-template .*$", "\n".join(servers), text, flags=re.MULTILINE)
        text = text.replace("global\n", f"global\n    stats socket {self._socket} mode 600\n")
        configuration = self.folder / "haproxy.cfg"
        configuration.write_text(text[: text.index("resolvers docker")])
        log = self.folder / "haproxy.log"
        log.touch()
        self.process = spawn(
            ["/usr/sbin/haproxy", "-f", str(configuration), "-db"],
            environment={},
            log=log,
            folder=self.folder,
            signal_at_parents_death=signal.SIGTERM,
        )
        deadline = time.monotonic() + 10
        while not self._socket.exists():
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            kill_group(self.process.pid)
            self.process.wait()

    def taking(self) -> set[int]:
        """Return the ports to which it sends requests now."""
        return {
            int(row["svname"].removeprefix("web"))
            for row in self._servers()
            if row["status"].startswith("UP")
        }

    def retries(self) -> int:
        """Count connections that had to be tried again, which a good release needs none of."""
        return sum(int(row["wretr"]) for row in self._servers())

    @property
    def _socket(self) -> Path:
        return self.folder / "haproxy.sock"

    def _servers(self) -> list[dict[str, str]]:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(str(self._socket))
            asked.sendall(b"show stat\n")
            said = b"".join(iter(lambda: asked.recv(65536), b"")).decode()
        head, *lines = said.removeprefix("# ").strip().splitlines()
        rows = [
            dict(zip(head.split(","), line.split(","), strict=False)) for line in lines if line
        ]
        return [row for row in rows if row["svname"].startswith("web")]
