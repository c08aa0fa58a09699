"""A server that speaks S3, for tests: moto's, in a thread of the test."""

import socket
from collections.abc import Iterator
from typing import Any

import boto3
import httpx2
import pytest
from moto.server import ThreadedMotoServer

REGION = "us-east-1"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Run a server that speaks S3 on a port of its own; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "writer")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not a secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def empty_s3(s3: str, credentials: None) -> Any:
    """Empty the server; give the owner's client."""
    httpx2.post(f"{s3}/moto-api/reset").raise_for_status()
    return boto3.client("s3", endpoint_url=s3, region_name=REGION)
