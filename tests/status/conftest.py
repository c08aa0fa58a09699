"""Owners of status lists that exist for these tests only."""

from collections.abc import Iterator

import pytest

from corpid.status import signing
from tests.protocols.certificates import Certification, EndEntity


@pytest.fixture(scope="session")
def certification() -> Certification:
    return Certification()


@pytest.fixture
def owner(certification: Certification) -> Iterator[EndEntity]:
    """Sign the lists of every owner `test:…`."""
    entity = certification.end_entity("Department")
    signer = signing.ListSigner(entity.x5c, entity.sign)
    signing.sign_lists_of("test", lambda **_: signer)
    yield entity
    del signing._signers["test"]  # noqa: SLF001  an owner is for ever elsewhere
