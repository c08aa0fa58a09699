"""Issue an SD-JWT: hide claims behind salted digests, and sign (RFC 9901, section 4)."""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from corpid.protocols.es256 import Sign, sign_compact
from corpid.protocols.sd_jwt.form import MAX_DEPTH, Path, SDJWTMalformed
from corpid.protocols.sd_jwt.opening import ClaimNotThere
from corpid.protocols.strict_encoding import encode_base64url

Salt = Callable[[], bytes]

SALT_BYTES = 16  # 128 bits (RFC 9901, section 9.3)

_PLAIN = (str, int, float, bool, type(None))


def _random_salts() -> Salt:
    """Give the salts of one issuance; they are drawn many at a time."""
    drawn = b""
    taken = 0

    def salt() -> bytes:
        nonlocal drawn, taken
        if taken == len(drawn):
            drawn, taken = secrets.token_bytes(16 * SALT_BYTES), 0
        taken += SALT_BYTES
        return drawn[taken - SALT_BYTES : taken]

    return salt


@dataclass(slots=True)
class _Hiding:
    """The state of one issuance: what is to be hidden, and what has been."""

    decoys: int
    salt: Salt
    encoded: list[str] = field(default_factory=list)

    def disclosure(self, *parts: Any) -> str:
        """Write a disclosure, keep it, return its digest (section 4.2)."""
        encoded = encode_base64url(orjson.dumps((encode_base64url(self.salt()), *parts)))
        self.encoded.append(encoded)
        return encode_base64url(sha256(encoded.encode("ascii")).digest())

    def hide(self, value: Any, tree: "_Tree") -> Any:
        if not tree.children:
            return value
        if type(value) is dict or isinstance(value, Mapping):
            return self._object(value, tree)
        if isinstance(value, (list, tuple)):
            return self._array(value, tree)
        raise ClaimNotThere("a disclosable path leads through a plain value")

    def _object(self, members: Mapping[str, Any], tree: "_Tree") -> dict[str, Any]:
        if absent := tree.children.keys() - members.keys():
            raise ClaimNotThere(f"no {sorted(map(str, absent))}")
        shown: dict[str, Any] = {}
        digests: list[str] = []
        for name, value in members.items():
            child = tree.children.get(name)
            if child is None:
                shown[name] = value
            elif child.is_hidden:
                digests.append(self.disclosure(name, self.hide(value, child)))
            else:
                shown[name] = self.hide(value, child)
        if digests:
            digests.extend(_decoy() for _ in range(self.decoys))
            shown["_sd"] = sorted(digests)  # order must not tell which is which (4.2.4.1)
        return shown

    def _array(self, elements: list[Any] | tuple[Any, ...], tree: "_Tree") -> list[Any]:
        shown: list[Any] = []
        for index, value in enumerate(elements):
            child = tree.children.get(index)
            if child is None:
                shown.append(value)
            elif child.is_hidden:
                shown.append({"...": self.disclosure(self.hide(value, child))})
            else:
                shown.append(self.hide(value, child))
        if absent := tree.children.keys() - set(range(len(elements))):
            raise ClaimNotThere(f"no {sorted(map(str, absent))}")
        return shown


@dataclass(slots=True)
class _Tree:
    is_hidden: bool = False
    children: dict[str | int, "_Tree"] = field(default_factory=dict)


def _tree_of(paths: Collection[Path]) -> _Tree:
    root = _Tree()
    for path in paths:
        node = root
        for step in path:
            node = node.children.setdefault(step, _Tree())
        node.is_hidden = True
    return root


def _decoy() -> str:
    return encode_base64url(sha256(secrets.token_bytes(SALT_BYTES)).digest())


def _require_no_reserved_names(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise SDJWTMalformed("claims nested too deep")
    if type(value) in _PLAIN:  # most claims are text
        return
    if isinstance(value, Mapping):
        if "_sd" in value or "..." in value:
            raise SDJWTMalformed("a claim can't be named _sd or ...")
        for member in value.values():
            _require_no_reserved_names(member, depth + 1)
    elif isinstance(value, (list, tuple)):
        for element in value:
            _require_no_reserved_names(element, depth + 1)


def issue_sd_jwt(
    *,
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    disclosable: Collection[Path],
    sign: Sign,
    decoys: int = 0,
    salt: Salt | None = None,
) -> str:
    """Sign claims, each path of `disclosable` behind a salted digest of its own.

    The answer holds every disclosure and ends with a tilde. `decoys` are added to each object
    that hides something. Raises ClaimNotThere, SDJWTMalformed.
    """
    _require_no_reserved_names(claims)
    hiding = _Hiding(decoys, salt or _random_salts())
    payload = hiding.hide(claims, _tree_of(disclosable))
    if hiding.encoded:
        payload["_sd_alg"] = "sha-256"
    issued = sign_compact(header, payload, sign)
    return "~".join((issued, *hiding.encoded, ""))
