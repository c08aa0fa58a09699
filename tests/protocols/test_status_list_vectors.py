"""The examples that the status list draft publishes, byte for byte."""

import json
import os
import re
from pathlib import Path

import pytest

from corpid.protocols.status_list import compress_list, fill_list, inflate_list, status_at

pytestmark = pytest.mark.needs("vectors")

# Section "Test vectors for Status List encoding": 2^20 statuses, these not valid.
SIZE = 2**20
ONE_BIT = [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345]
TWO_BITS = {
    0: 1,
    1993: 2,
    25460: 1,
    159495: 3,
    495669: 1,
    554353: 1,
    645645: 2,
    723232: 1,
    854545: 1,
    934534: 2,
    1000345: 3,
}


def _published(name: str) -> str:
    text = (Path(os.environ["CORPID_VECTORS"]) / "status-list" / name).read_text()
    lst: str = json.loads(re.sub(r"\s+", "", text[text.index("{") :]))["lst"]
    return lst


@pytest.mark.parametrize(
    ("name", "bits", "statuses"),
    [
        ("status_list_encoding1_long_json.md", 1, dict.fromkeys(ONE_BIT, 1)),
        ("status_list_encoding2_long_json.md", 2, TWO_BITS),
    ],
)
def test_a_long_list_is_byte_equal(name: str, bits: int, statuses: dict[int, int]) -> None:
    content = fill_list(SIZE, statuses.items(), bits=bits)

    assert compress_list(content) == _published(name)


@pytest.mark.parametrize(("bits", "suffix"), [(4, "4"), (8, "8"), (2, "2_long"), (1, "1_long")])
def test_a_published_list_inflates_and_compresses_to_itself(bits: int, suffix: str) -> None:
    encoded = _published(f"status_list_encoding{suffix}_json.md")

    content = inflate_list(encoded)

    assert len(content) == SIZE * bits // 8
    assert compress_list(content) == encoded
    assert status_at(content, 0, bits=bits) in range(1 << bits)
