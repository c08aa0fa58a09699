"""C2SP tlog-cosignature."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from corpid.protocols.checkpoint import NoteNotAuthentic, VerifierKey
from corpid.protocols.cosignature import (
    CosignerKey,
    cosignature_line,
    cosigned_at,
    find_cosignature,
)

# The example of the standard ("Format"): its time is 1679315147.
TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
EXAMPLE = (
    f"{TEXT}\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4UR"
    "YN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJs"
    "X3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = CosignerKey("witness.example/w1", PRIVATE.public_key().public_bytes_raw())
SECONDS = 1_774_000_000


def line(text: str = TEXT, seconds: int = SECONDS) -> str:
    return cosignature_line(text, key=KEY, seconds=seconds, sign=PRIVATE.sign)


def test_a_cosignature_states_its_moment() -> None:
    note = f"{EXAMPLE}{line()}\n"

    assert cosigned_at(note, key=KEY) == SECONDS


def test_a_line_has_the_shape_of_the_standards_example() -> None:
    (theirs,) = [each for each in EXAMPLE.splitlines() if "witness" in each]

    assert len(line().rpartition(" ")[2]) == len(theirs.rpartition(" ")[2])


def test_a_cosigners_key_is_not_a_logs_key() -> None:
    log = VerifierKey(KEY.name, KEY.public_key)

    assert log.key_id != KEY.key_id
    assert CosignerKey.read(str(KEY)) == KEY
    with pytest.raises(ValueError, match="of this type"):
        CosignerKey.read(str(log))
    with pytest.raises(ValueError, match="of this type"):
        VerifierKey.read(str(KEY))


def test_lines_of_other_witnesses_are_passed_over() -> None:
    with pytest.raises(NoteNotAuthentic, match="not cosigned"):
        cosigned_at(EXAMPLE, key=KEY)

    answer = EXAMPLE.splitlines()[-1] + f"\n{line()}\n"
    assert find_cosignature(TEXT, answer, key=KEY) == line()


@pytest.mark.parametrize(
    "wrong",
    [
        line(TEXT.replace("20852163", "20852164")),  # of another head
        line()[:-6] + "AAAA==",
        line().replace("— ", "- "),
        line()[:-20],
    ],
)
def test_a_cosignature_that_does_not_sign_this_head_is_refused(wrong: str) -> None:
    with pytest.raises(NoteNotAuthentic):
        find_cosignature(TEXT, wrong, key=KEY)


def test_a_moment_is_part_of_what_is_signed() -> None:
    first, second = line(), line(seconds=SECONDS + 1)

    assert first != second
    assert cosigned_at(f"{TEXT}\n{second}\n", key=KEY) == SECONDS + 1
