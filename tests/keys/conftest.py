"""Key stores of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.soft_token import SoftToken, keys_in_token


@pytest.fixture
def token(tmp_path: Path) -> Iterator[SoftToken]:
    with keys_in_token(tmp_path / "token") as token:
        yield token
