"""The structures that RFC 9901 and the reference implementation publish, both ways."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey
from jwcrypto.jwk import JWK
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.utils.yaml_specification import load_yaml_specification, remove_sdobj_wrappers
from sd_jwt.verifier import SDJWTVerifier

from corpid.protocols.public_jwk import public_jwk
from corpid.protocols.sd_jwt import (
    Path,
    bind_to_holder,
    has_claim,
    issue_sd_jwt,
    present_sd_jwt,
    require_holder,
    verify_sd_jwt,
)
from tests.protocols.keys import signer

AT = datetime(2025, 4, 15, 18, 57, tzinfo=UTC)
ISSUER_KEY: dict[str, str | list[str]] = {
    "kty": "EC",
    "crv": "P-256",
    "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
    "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
    "d": "Ur2bNKuBPOrAaxsRnbSH6hIhmNTxSGXshDSUD1a1y7g",
}
HOLDER_KEY: dict[str, str | list[str]] = {
    "kty": "EC",
    "crv": "P-256",
    "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
    "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ",
    "d": "5K5SCos8zf9zRemGGUl6yfok-_NiiryNZsvANWMhF-I",
}
RFC_9901 = [
    "address_only_flat",
    "address_only_recursive",
    "address_only_structured",
    "address_only_structured_one_open",
    "arf-pid",
    "complex_eidas",
    "complex_eidas_proposal",
    "complex_ekyc",
    "json_serialization_flattened",
    "json_serialization_general",
    "jsonld",
    "simple",
    "simple_structured",
    "w3c-vc",
    "w3c-vc_for_slide_deck",
]
REFERENCE = [
    "array_data_types",
    "array_full_sd",
    "array_in_sd",
    "array_nested_in_plain",
    "array_none_disclosed",
    "array_of_nulls",
    "array_of_objects",
    "array_of_scalars",
    "array_recursive_sd",
    "array_recursive_sd_some_disclosed",
    "header_mod",
    "json_serialization_flattened",
    "json_serialization_general",
    "key_binding",
    "no_sd",
    "object_data_types",
    "recursions",
]
CASES = [f"rfc9901/{name}" for name in RFC_9901] + [
    f"sd-jwt-cases/{name}" for name in REFERENCE
]
SD = "!sd"
AUDIENCE, NONCE = "https://verifier.example.org", "1234567890"

pytestmark = pytest.mark.needs("vectors")


def _hidden(node: yaml.Node, path: Path = ()) -> Iterator[Path]:
    """Walk the YAML for what `!sd` marks: a member by its name, an element by its value."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.tag == SD:
                yield (*path, name.value)
            yield from _hidden(value, (*path, name.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, element in enumerate(node.value):
            if element.tag == SD:
                yield (*path, index)
            yield from _hidden(element, (*path, index))


def _revealed(wanted: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(wanted, dict):
        for name, inner in wanted.items():
            yield from _revealed(inner, (*path, name))
    elif isinstance(wanted, list):
        for index, inner in enumerate(wanted):
            yield from _revealed(inner, (*path, index))
    if path and wanted not in (False, None):
        yield path


class Case:
    def __init__(self, folder: FilePath) -> None:
        file = folder / "specification.yml"
        specification = load_yaml_specification(file)
        self.tagged = specification["user_claims"]
        self.claims = remove_sdobj_wrappers(self.tagged)
        self.expected = specification.get("expect_verified_user_claims")
        # One published case names claims that it doesn't have; the reference overlooks them.
        wanted = _revealed(specification["holder_disclosed_claims"])
        self.reveal = [path for path in wanted if has_claim(self.claims, path)]
        root = yaml.compose(file.read_text(), yaml.SafeLoader)
        assert isinstance(root, yaml.MappingNode)
        nodes = {name.value: value for name, value in root.value}
        self.hidden = list(_hidden(nodes["user_claims"]))


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    return Case(FilePath(os.environ["CORPID_VECTORS"]) / request.param)


def _private(jwk: dict[str, str | list[str]]) -> ec.EllipticCurvePrivateKey:
    key = ECKey.import_key(jwk).private_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _key_of_issuer(_: object) -> ec.EllipticCurvePublicKey:
    return _private(ISSUER_KEY).public_key()


def _issued(case: Case) -> str:
    return issue_sd_jwt(
        header={"typ": "example+sd-jwt"},
        claims={**case.claims, "cnf": {"jwk": public_jwk(_private(HOLDER_KEY).public_key())}},
        disclosable=case.hidden,
        sign=signer(_private(ISSUER_KEY)),
        decoys=2,
    )


def _presented(case: Case, issued: str) -> str:
    return bind_to_holder(
        present_sd_jwt(issued, reveal=case.reveal),
        audience=AUDIENCE,
        nonce=NONCE,
        at=AT,
        sign=signer(_private(HOLDER_KEY)),
    )


def _read_by_reference(presentation: str) -> dict[str, Any]:
    verifier = SDJWTVerifier(
        presentation, lambda _iss, _header: JWK(**ISSUER_KEY), AUDIENCE, NONCE
    )
    return {
        name: value for name, value in verifier.get_verified_payload().items() if name != "cnf"
    }


def _read_by_us(presentation: str) -> dict[str, Any]:
    verified = verify_sd_jwt(presentation, issuer_key=_key_of_issuer, at=AT)
    require_holder(verified, audience=AUDIENCE, nonce=NONCE, at=AT)
    return {name: value for name, value in verified.claims.items() if name != "cnf"}


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_our_presentation_says_what_the_reference_reads_in_it(case: Case) -> None:
    presentation = _presented(case, _issued(case))

    claims = _read_by_us(presentation)

    assert claims == _read_by_reference(presentation)
    assert case.expected is None or claims == case.expected


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_a_credential_of_the_reference_is_presented_and_read(case: Case) -> None:
    issued = SDJWTIssuer(
        case.tagged, JWK(**ISSUER_KEY), JWK(**HOLDER_KEY), add_decoy_claims=True
    ).sd_jwt_issuance

    claims = _read_by_us(_presented(case, issued))

    assert claims == _read_by_us(_presented(case, _issued(case)))
    assert case.expected is None or claims == case.expected


def test_the_presentation_of_openid4vp_verifies() -> None:
    folder = FilePath(os.environ["CORPID_VECTORS"]) / "openid4vp/sd_jwt_vcld/01"
    presentation = (folder / "sd_jwt_presentation.txt").read_text().replace("\n", "")
    expected = json.loads((folder / "verified_contents.json").read_text())

    verified = verify_sd_jwt(presentation, issuer_key=_key_of_issuer, at=AT)
    binding = require_holder(
        verified, audience="https://verifier.example.org", nonce="1234567890", at=AT
    )

    assert verified.claims == expected
    assert binding["iat"] == 1744743394
