"""Inside the fence: the server that forks a limited child for each task.

Run as `python -m corpid.rendering.fenced` by corpid/rendering/fence.py, with the control
socket as standard input and an empty environment.
"""

import contextlib
import importlib
import json
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from corpid.rendering.fence import DONE, RAISED

MOST_MESSAGE_BYTES = 128 * 1024


def _limit(message: dict[str, Any]) -> None:
    cpu = message["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_DATA, (message["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (4 * message["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # nothing is written to any file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(message["wall_seconds"])


def _write_all(pipe: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(pipe, view) :]


def _answer(pipe: int, kind: bytes, payload: bytes) -> None:
    _write_all(pipe, kind + len(payload).to_bytes(8, "big"))
    _write_all(pipe, payload)


def _run(
    work: Callable[[BinaryIO, dict[str, Any]], bytes],
    message: dict[str, Any],
    file: int,
    pipe: int,
) -> None:
    with os.fdopen(file, "rb") as opened:
        opened.seek(0)
        try:
            payload = work(opened, message["arguments"])
        except Exception as error:  # noqa: BLE001  readers of hostile files raise anything; the caller is told
            _answer(pipe, RAISED, _place_of(error).encode())
        else:
            _answer(pipe, DONE, payload)


def _place_of(error: Exception) -> str:
    """Say what was raised where, and not its text: that may quote the document."""
    [*_, where] = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"


def _reap(*_: object) -> None:
    """Wait for children that have ended, so that what they used is counted as ours."""
    with contextlib.suppress(ChildProcessError):  # none is left
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def serve(control: socket.socket) -> None:
    """Fork one child per message until the other side closes."""
    signal.signal(signal.SIGCHLD, _reap)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is our owner's to handle
    while True:
        content, descriptors, _, _ = socket.recv_fds(control, MOST_MESSAGE_BYTES, 2)
        if not content:
            return
        message = json.loads(content)
        module, _, function = message["task"].partition(":")
        # Our own code, imported before the fork so that each child finds it ready.
        work = getattr(importlib.import_module(module), function)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            file, pipe = descriptors
            _limit(message)
            _run(work, message, file, pipe)
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)


if __name__ == "__main__":
    with socket.socket(fileno=sys.stdin.fileno()) as stdin_socket:
        serve(stdin_socket)
