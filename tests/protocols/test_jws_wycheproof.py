"""Wycheproof's JWS and JWK vectors, good and malicious, against our reader.

We read ES256, ES384, ES512, PS256, PS384, PS512 and EdDSA. Valid vectors of other algorithms
(HMAC, RSA with PKCS #1 v1.5) must be refused like the invalid ones.
"""

import base64
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from corpid.protocols.jwk import KeyNotUsable, read_key_set
from corpid.protocols.jws import JWTNotAccepted, split_jws, verify_jws

pytestmark = pytest.mark.needs("vectors")

ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")
# Wycheproof lends keys of RFC 7520 an `alg` that is not their tokens': ES521, which does not
# exist, and PS256 where the token says PS384. A key's `alg` binds; such tokens are refused.
MISPRINTS = {346, 347, 350, 351}


def _groups(name: str) -> list[dict[str, Any]]:
    text = (Path(os.environ["CORPID_VECTORS"]) / "wycheproof" / name).read_text()
    groups: list[dict[str, Any]] = json.loads(text)["testGroups"]
    return groups


def _vectors(name: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for group in _groups(name):
        jwk: dict[str, Any] = group["public"] if "public" in group else group["private"]
        jwks = jwk if "keys" in jwk else {"keys": [jwk]}
        for test in group["tests"]:
            yield group["comment"], jwks, test


def _is_accepted(jwks: dict[str, Any], token: object) -> bool:
    if not isinstance(token, str):
        return False  # a JSON serialization: there is no way in for it
    try:
        keys = read_key_set(jwks)
        verify_jws(split_jws(token, max_bytes=1_000_000), algorithms=ALGORITHMS, keys=keys)
    except (JWTNotAccepted, KeyNotUsable):
        return False
    return True


@cache
def _header_algorithm(token: object) -> str | None:
    try:
        head = str(token).split(".")[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return header.get("alg") if isinstance(header, dict) else None
    except ValueError:
        return None


@pytest.mark.parametrize(
    "name",
    [
        "json_web_signature_test.json",
        "json_web_key_test.json",
        "json_web_crypto_test.json",
    ],
)
def test_wycheproof_finds_no_difference(name: str) -> None:
    judged, differing = 0, []
    for comment, jwks, test in _vectors(name):
        if comment.startswith("jwe"):
            continue
        token = test.get("jws")
        expected = (
            test["result"] == "valid"
            and _header_algorithm(json.dumps(token) if isinstance(token, dict) else token)
            in ALGORITHMS
            and not (comment.startswith("rfc7520") and test["tcId"] in MISPRINTS)
        )
        judged += 1
        if _is_accepted(jwks, token) != expected:
            differing.append((test["tcId"], comment, test["comment"], test["result"]))

    assert differing == []
    assert (
        judged
        == {
            "json_web_signature_test.json": 401,
            "json_web_key_test.json": 26,
            "json_web_crypto_test.json": 49,
        }[name]
    )


def test_wycheproof_has_vectors_that_we_accept() -> None:
    accepted = [
        test["tcId"]
        for _, jwks, test in _vectors("json_web_signature_test.json")
        if _is_accepted(jwks, test.get("jws"))
    ]

    assert len(accepted) == 16
