"""C2SP signed-note and tlog-checkpoint."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from corpid.protocols.checkpoint import (
    Checkpoint,
    NoteNotAuthentic,
    VerifierKey,
    read_checkpoint,
    sign_note,
    verify_note,
)

# The example in the documentation of Go's golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = (
    TEXT + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = VerifierKey("corpid.example/audit", PRIVATE.public_key().public_bytes_raw())
ROOT = bytes(range(32))
HEAD = Checkpoint(origin=KEY.name, size=7, root=ROOT)


def signed(head: Checkpoint = HEAD) -> str:
    return sign_note(head.text(), key=KEY, sign=PRIVATE.sign)


def test_the_published_example_verifies_with_its_published_key() -> None:
    assert verify_note(NOTE, key=VerifierKey.read(PETER)) == TEXT
    assert str(VerifierKey.read(PETER)) == PETER


@pytest.mark.parametrize("position", [0, 60, len(TEXT) - 2, len(NOTE) - 10])
def test_a_changed_letter_is_noticed(position: int) -> None:
    changed = NOTE[:position] + "X" + NOTE[position + 1 :]

    with pytest.raises(NoteNotAuthentic):
        verify_note(changed, key=VerifierKey.read(PETER))


def test_a_checkpoint_is_origin_size_and_root() -> None:
    note = signed()

    assert note.startswith(
        f"corpid.example/audit\n7\n{base64.b64encode(ROOT).decode()}\n\n— corpid.example/audit "
    )
    assert read_checkpoint(note, key=KEY) == HEAD


def test_lines_of_witnesses_are_passed_over() -> None:
    witness = Ed25519PrivateKey.generate()
    witness_key = VerifierKey("witness.example", witness.public_key().public_bytes_raw())
    line = sign_note(HEAD.text(), key=witness_key, sign=witness.sign).rpartition("\n\n")[2]

    both = signed() + line

    assert read_checkpoint(both, key=KEY) == HEAD
    assert verify_note(both, key=witness_key) == HEAD.text()


def test_another_key_of_the_same_name_is_not_ours() -> None:
    forger = Ed25519PrivateKey.generate()
    forged_key = VerifierKey(KEY.name, forger.public_key().public_bytes_raw())
    forged = sign_note(HEAD.text(), key=forged_key, sign=forger.sign)

    with pytest.raises(NoteNotAuthentic):
        read_checkpoint(forged, key=KEY)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    other = signed(Checkpoint(origin="other.example/log", size=7, root=ROOT))

    with pytest.raises(NoteNotAuthentic, match="another log"):
        read_checkpoint(other, key=KEY)


@pytest.mark.parametrize(
    "text",
    [
        f"{KEY.name}\n07\n{base64.b64encode(ROOT).decode()}\n",
        f"{KEY.name}\n-1\n{base64.b64encode(ROOT).decode()}\n",
        f"{KEY.name}\n7\nAAAA\n",
        f"{KEY.name}\n7\n!\n",
        f"{KEY.name}\n7\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    note = sign_note(text, key=KEY, sign=PRIVATE.sign)

    with pytest.raises(NoteNotAuthentic):
        read_checkpoint(note, key=KEY)


@pytest.mark.parametrize("note", ["", "\n", "x", "\n\n", NOTE[:-1], NOTE + "junk\n", TEXT])
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteNotAuthentic):
        verify_note(note, key=VerifierKey("other", bytes(32)))


@pytest.mark.parametrize("text", ["no newline", "two\n\nparts\n", "bell\x07\n"])
def test_a_text_that_could_be_read_differently_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="text of a note"):
        sign_note(text, key=KEY, sign=PRIVATE.sign)


@pytest.mark.parametrize(
    "text", ["", "a+b", "a+00000000+AAAA", PETER.replace("c74f20a3", "c74f20a4")]
)
def test_a_verifier_key_that_does_not_fit_itself_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        VerifierKey.read(text)
