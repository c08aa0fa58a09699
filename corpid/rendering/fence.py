"""The fence: code that reads files from strangers runs in a child that can do little harm.

A small server process is started once per process of ours, without our environment, secrets,
database connections or open files. For each task it forks a child with limits on CPU, memory,
time, output and no right to write files; the file comes in as a descriptor, the answer goes
out through a pipe. Whatever happens to the child, the caller gets an answer or FileUnreadable.
"""

import atexit
import json
import logging
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from corpid.errors import Invalid, NotAvailable, gettext_noop

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent.parent
JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]

# The first byte of an answer.
DONE, RAISED = b"\x00", b"\x01"


class FileUnreadable(Invalid):
    code = "file_unreadable"
    title = gettext_noop("We could not read this file.")
    remedy = gettext_noop("Open it in a PDF reader, save it again as a PDF and send that.")


class FenceBusy(NotAvailable):
    code = "fence_busy"
    title = gettext_noop("We are reading too many files at the moment.")
    remedy = gettext_noop("Try again in a few seconds.")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one task may use; a child that wants more is killed."""

    cpu_seconds: int = 10
    wall_seconds: int = 20
    memory_bytes: int = 512 * 1024 * 1024
    answer_bytes: int = 32 * 1024 * 1024


@dataclass(slots=True)
class _Server:
    process: subprocess.Popen[bytes]
    control: socket.socket
    owner_pid: int

    @property
    def is_mine_and_alive(self) -> bool:
        return self.owner_pid == os.getpid() and self.process.poll() is None

    def has_died(self) -> bool:
        """Its descriptors close a moment before it can be waited for."""
        try:
            self.process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        self.control.close()
        if self.owner_pid == os.getpid():
            self.process.wait(timeout=5)


_lock = threading.Lock()
_places = threading.BoundedSemaphore(4)
_server: _Server | None = None


def _start_server() -> _Server:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-s", "-m", "corpid.rendering.fenced"],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
            env={"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
            close_fds=True,
        )
    return _Server(process, ours, os.getpid())


def _send(message: bytes, descriptors: list[int]) -> _Server:
    """Hand the task to the server; one that died meanwhile is replaced once."""
    global _server  # noqa: PLW0603  one per process, started lazily, remade after a fork
    with _lock:
        server = _server = _living(_server)
        try:
            socket.send_fds(server.control, [message], descriptors)
        except (BrokenPipeError, ConnectionResetError):
            server.control.close()
            server = _server = _start_server()
            socket.send_fds(server.control, [message], descriptors)
        return server


def _living(server: _Server | None) -> _Server:
    if server is None:
        atexit.register(stop)
        return _start_server()
    if server.is_mine_and_alive:
        return server
    server.control.close()
    return _start_server()


def stop() -> None:
    """End the server of this process; the next task starts another."""
    global _server  # noqa: PLW0603  see _send
    with _lock:
        if _server is not None:
            _server.stop()
            _server = None


def _read_answer(pipe: int, limits: Limits) -> bytes:
    deadline = time.monotonic() + limits.wall_seconds + 1
    answer = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(pipe, selectors.EVENT_READ)
        while True:
            if not ready.select(deadline - time.monotonic()):
                raise FileUnreadable("the fenced task ran out of time")
            chunk = os.read(pipe, 1 << 20)
            if not chunk:
                return bytes(answer)
            answer += chunk
            if len(answer) > limits.answer_bytes:
                raise FileUnreadable("the fenced task answered too much")


def _asked(message: bytes, file: BinaryIO, limits: Limits) -> tuple[bytes, _Server]:
    readable, writable = os.pipe()
    try:
        try:
            server = _send(message, [file.fileno(), writable])
        finally:
            os.close(writable)
        return _read_answer(readable, limits), server
    finally:
        os.close(readable)


def run_fenced(
    *,
    task: str,
    file: BinaryIO,
    arguments: Mapping[str, JSON] | None = None,
    limits: Limits | None = None,
) -> bytes:
    """Run `package.module:function` on a file behind the fence; give back the bytes it returns.

    The function takes a binary file and a dict of JSON values. Raises FileUnreadable when it
    raised, crashed or exceeded its limits, FenceBusy when no place became free in time.
    """
    allowed = limits or Limits()
    message = json.dumps(
        {
            "task": task,
            "arguments": dict(arguments or {}),
            "cpu_seconds": allowed.cpu_seconds,
            "wall_seconds": allowed.wall_seconds,
            "memory_bytes": allowed.memory_bytes,
        }
    ).encode()
    if not _places.acquire(timeout=allowed.wall_seconds):
        raise FenceBusy
    try:
        answer, server = _asked(message, file, allowed)
        if not answer and server.has_died():  # the file did not do that: once more
            answer, _ = _asked(message, file, allowed)
    finally:
        _places.release()
    return _opened(answer, task)


def _opened(answer: bytes, task: str) -> bytes:
    """Check the frame: kind, length, payload. A child that was killed leaves none or half."""
    kind, length, payload = answer[:1], answer[1:9], answer[9:]
    if len(length) < 8 or int.from_bytes(length, "big") != len(payload):  # noqa: PLR2004  a 64-bit length
        raise FileUnreadable(f"{task} was stopped at its limits or crashed")
    if kind == RAISED:
        raise FileUnreadable(f"{task} raised: {payload.decode(errors='replace')}")
    return payload
