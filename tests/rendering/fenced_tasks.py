"""Tasks that misbehave, for the fence to hold."""

import os
import signal
import socket
import time
from typing import Any, BinaryIO


def spin(_file: BinaryIO, _arguments: dict[str, Any]) -> bytes:
    while True:
        pass


def sleep(_file: BinaryIO, _arguments: dict[str, Any]) -> bytes:
    time.sleep(60)
    return b"never"


def hoard(_file: BinaryIO, arguments: dict[str, Any]) -> bytes:
    return str(len(bytearray(arguments["bytes"]))).encode()


def crash(_file: BinaryIO, _arguments: dict[str, Any]) -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    return b"never"


def answer_much(_file: BinaryIO, arguments: dict[str, Any]) -> bytes:
    return b"x" * int(arguments["bytes"])


def write_a_file(_file: BinaryIO, arguments: dict[str, Any]) -> bytes:
    with open(arguments["path"], "wb") as target:  # noqa: PTH123  what an attacker would call
        target.write(b"harm")
    return b"written"


def look_around(_file: BinaryIO, _arguments: dict[str, Any]) -> bytes:
    inherited = []
    for descriptor in range(3, 64):
        try:
            is_socket = socket.socket(fileno=os.dup(descriptor)).family
        except OSError:
            continue
        inherited.append(str(is_socket))
    return repr((sorted(os.environ), inherited)).encode()


def read_all(file: BinaryIO, _arguments: dict[str, Any]) -> bytes:
    return file.read()
