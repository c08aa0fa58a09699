"""A server that speaks S3, for tests: moto's, in a thread of the tests' own process.

What it holds outlives its stop: it is away for a while, and then there again.
"""

import logging
import socket
from collections.abc import Iterator
from typing import Any

import boto3
import httpx2
import pytest
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "writer",
    "AWS_SECRET_ACCESS_KEY": "not a secret",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class ObjectStore:
    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._server: ThreadedMotoServer | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        assert self._server is not None
        self._server.stop()

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.address,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Run a server that speaks S3 on a port of its own; give its address."""
    store = ObjectStore()
    store.start()
    yield store.address
    store.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def empty_s3(s3: str, credentials: None) -> Any:
    """Empty the server; give the owner's client."""
    httpx2.post(f"{s3}/moto-api/reset").raise_for_status()
    return boto3.client("s3", endpoint_url=s3, region_name=REGION)
