import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from corpid.protocols.x5c import (
    CertificatesMalformed,
    SignerNotTrusted,
    header_chain,
    trusted_signer,
)
from tests.protocols.certificates import Authority, Certification, certify
from tests.protocols.keys import new_key

AT = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
PKI = Certification()
BANK = PKI.end_entity("Harbour Bank", dns="bank.example", uri="https://bank.example/issuer")


def test_a_chain_to_our_anchor_names_its_signer() -> None:
    signer = trusted_signer({"x5c": BANK.x5c}, anchors=[PKI.root.certificate], at=AT)

    assert signer.name == "Harbour Bank"
    assert signer.dns_names == {"bank.example"}
    assert signer.uris == {"https://bank.example/issuer"}
    assert signer.key == BANK.key.public_key()
    assert len(signer.key_identifiers) == 2


def _without_issuing() -> list[str]:
    return BANK.x5c[:1]


def _with_anchor() -> list[str]:
    return BANK.x5c + header_chain([PKI.root.certificate])


def _self_signed() -> list[str]:
    key = new_key()
    return header_chain([certify("Nobody", key, issuer=None)])


def _of_another_authority() -> list[str]:
    return Certification("Test").end_entity("Harbour Bank").x5c


def _authority_as_leaf() -> list[str]:
    return header_chain([PKI.issuing.certificate])


def _leaf_certified_by_a_leaf() -> list[str]:
    below = certify("Below", new_key(), issuer=Authority(BANK.certificate, BANK.key))
    return header_chain([below]) + BANK.x5c


def _deeper_than_allowed() -> list[str]:
    key = new_key()
    middle = certify("Middle", key, issuer=PKI.issuing, is_authority=True)
    leaf = certify("Leaf", new_key(), issuer=Authority(middle, key))
    return header_chain([leaf, middle, PKI.issuing.certificate])


def _of_another_curve() -> list[str]:
    key = ec.generate_private_key(ec.SECP384R1())
    return header_chain([certify("Big", key, issuer=PKI.issuing), PKI.issuing.certificate])


@pytest.mark.parametrize(
    "chain",
    [
        _without_issuing,
        _with_anchor,
        _self_signed,
        _of_another_authority,
        _authority_as_leaf,
        _leaf_certified_by_a_leaf,
        _deeper_than_allowed,
        _of_another_curve,
    ],
)
def test_what_does_not_lead_to_our_anchor_is_not_trusted(
    chain: Callable[[], list[str]],
) -> None:
    with pytest.raises(SignerNotTrusted):
        trusted_signer({"x5c": chain()}, anchors=[PKI.root.certificate], at=AT)


@pytest.mark.parametrize(
    ("until", "is_trusted"),
    [(AT + timedelta(seconds=1), True), (AT - timedelta(seconds=1), False)],
)
def test_a_certificate_counts_until_it_expires(until: datetime, *, is_trusted: bool) -> None:
    header = {"x5c": PKI.end_entity("Short", until=until).x5c}

    if is_trusted:
        trusted_signer(header, anchors=[PKI.root.certificate], at=AT)
    else:
        with pytest.raises(SignerNotTrusted):
            trusted_signer(header, anchors=[PKI.root.certificate], at=AT)


@pytest.mark.parametrize(
    "x5c",
    [None, [], "text", [7], ["AAAA"], ["not base64!"], BANK.x5c * 3, [base64.b64encode(b"x")]],
)
def test_certificates_that_cannot_be_read_are_malformed(x5c: object) -> None:
    with pytest.raises(CertificatesMalformed):
        trusted_signer({"x5c": x5c}, anchors=[PKI.root.certificate], at=AT)
