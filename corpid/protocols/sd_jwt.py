"""Selective disclosure for JWTs: issue, present, bind to the holder, verify (RFC 9901).

A claim is addressed by a path of names and indices, as in type metadata and DCQL. Indices count
the elements of the whole array, hidden ones included, as its holder sees it.
"""

import binascii
import hmac
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256, sha384, sha512
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from corpid.errors import Invalid, Malformed, gettext_noop
from corpid.protocols.es256 import (
    CompactJWS,
    Sign,
    key_of_jwk,
    read_compact,
    require_signature,
    sign_compact,
)
from corpid.protocols.jws import JWTNotAccepted
from corpid.protocols.strict_encoding import encode_base64url

Path = tuple[str | int, ...]
Salt = Callable[[], bytes]

SALT_BYTES = 16  # 128 bits (RFC 9901, section 9.3)
MAX_BYTES = 256 * 1024
MAX_DISCLOSURES = 1024
MAX_DEPTH = 32
KEY_BINDING_TYPE = "kb+jwt"

_HASHES = {"sha-256": sha256, "sha-384": sha384, "sha-512": sha512}
_RESERVED = frozenset({"_sd", "..."})
_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/!!!")  # `!` is refused by strict decoding
_PLAIN = (str, int, float, bool, type(None))
_ARRAY_PARTS = 2  # salt, value
_OBJECT_PARTS = 3  # salt, name, value


class SDJWTMalformed(Malformed):
    code = "sd_jwt_malformed"
    title = gettext_noop("The credential can't be read.")
    remedy = gettext_noop("Send the credential as it was issued, with its disclosures.")


class DisclosuresDoNotMatch(Invalid):
    code = "disclosures_do_not_match"
    title = gettext_noop("The disclosed claims are not those that the issuer signed.")
    remedy = gettext_noop("Ask the holder to present the credential again.")


class NotInForce(Invalid):
    code = "credential_not_in_force"
    title = gettext_noop("The credential is not in force at this moment.")
    remedy = gettext_noop("Ask for a credential whose dates cover today.")


class HolderNotProved(Invalid):
    code = "holder_not_proved"
    title = gettext_noop(
        "The presentation does not prove that its holder made it for you, now."
    )
    remedy = gettext_noop("Ask the holder to present the credential again, to you.")


class ClaimNotThere(Invalid):
    code = "claim_not_there"
    title = gettext_noop("A claim that should be disclosed is not in the credential.")
    remedy = gettext_noop("Ask only for claims that the type of credential has.")


class Disclosure(NamedTuple):
    """One salted claim: `name` is None for an element of an array."""

    encoded: str
    digest: str
    name: str | None
    value: Any


@dataclass(frozen=True, slots=True)
class Opened:
    """What an SD-JWT says once its disclosures are put back, and where each of them belongs."""

    claims: dict[str, Any]
    disclosures: dict[Path, Disclosure]


@dataclass(frozen=True, slots=True)
class SDJWT:
    """A split SD-JWT; nothing about it has been verified yet."""

    jws: CompactJWS
    disclosures: tuple[Disclosure, ...]
    hash_name: str
    without_key_binding: str  # what `sd_hash` covers, with its last tilde
    key_binding: str | None


@dataclass(frozen=True, slots=True)
class VerifiedSDJWT:
    """Signed by the issuer's key, disclosures matched, in force at the moment asked about."""

    header: Mapping[str, Any]
    claims: dict[str, Any]
    disclosed: frozenset[Path]
    sd_jwt: SDJWT


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


def _read_disclosure(encoded: str, hash_name: str) -> Disclosure:
    content = encoded.encode("ascii")
    try:
        # The digest covers the text, so two texts of one content are two disclosures: no need
        # to ask for the canonical one.
        padded = content.translate(_TO_BASE64) + b"=" * (-len(content) % 4)
        parts = orjson.loads(binascii.a2b_base64(padded, strict_mode=True))
    except ValueError as error:
        raise SDJWTMalformed(f"disclosure: {error}") from error
    count = len(parts) if type(parts) is list else 0
    if count not in {_ARRAY_PARTS, _OBJECT_PARTS} or type(parts[0]) is not str:
        raise SDJWTMalformed("a disclosure has two or three parts, the first of them text")
    name = None
    if count == _OBJECT_PARTS:
        name = parts[1]
        if type(name) is not str or name in _RESERVED:
            raise SDJWTMalformed("a disclosed claim has a name, and not _sd or ...")
    digest = encode_base64url(_HASHES[hash_name](content).digest())
    return Disclosure(encoded, digest, name, parts[-1])


def read_sd_jwt(token: str) -> SDJWT:
    """Split an SD-JWT or SD-JWT+KB (section 4); no signature is checked yet.

    Raises SDJWTMalformed, JWTNotAccepted.
    """
    if len(token) > MAX_BYTES or not token.isascii():
        raise SDJWTMalformed("too long, or not ASCII")
    if "~" not in token:
        raise SDJWTMalformed("no tilde")
    first, *encoded, last = token.split("~")
    if len(encoded) > MAX_DISCLOSURES:
        raise SDJWTMalformed("too many disclosures")
    jws = read_compact(first)
    hash_name = jws.payload.get("_sd_alg", "sha-256")
    if not isinstance(hash_name, str) or hash_name not in _HASHES:
        raise SDJWTMalformed(f"_sd_alg {hash_name!r}")
    return SDJWT(
        jws=jws,
        disclosures=tuple(_read_disclosure(part, hash_name) for part in encoded),
        hash_name=hash_name,
        without_key_binding=token[: len(token) - len(last)],
        key_binding=last or None,
    )


class Hidden:
    """Stands for an element of an array that was not disclosed, where its place matters."""


HIDDEN = Hidden()


@dataclass(slots=True)
class _Opening:
    """Putting disclosures back, recursively (section 7.1, step 3)."""

    by_digest: dict[str, Disclosure]
    keeps_places: bool = False
    seen: set[str] = field(default_factory=set)
    placed: dict[Path, Disclosure] = field(default_factory=dict)

    def take(self, digest: object) -> Disclosure | None:
        if not isinstance(digest, str):
            raise SDJWTMalformed("a digest is a string")
        if digest in self.seen:
            raise DisclosuresDoNotMatch("a digest stands twice")
        self.seen.add(digest)
        return self.by_digest.get(digest)

    def value(self, value: Any, path: Path) -> Any:
        if len(path) > MAX_DEPTH:
            raise SDJWTMalformed("claims nested too deep")
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, list):
            return self._array(value, path)
        return value

    def _object(self, members: dict[str, Any], path: Path) -> dict[str, Any]:
        opened = {
            name: self.value(member, (*path, name)) if type(member) in _CONTAINERS else member
            for name, member in members.items()
            if name != "_sd"
        }
        if "..." in opened:
            raise SDJWTMalformed("a claim can't be named ...")
        digests = members.get("_sd", [])
        if not isinstance(digests, list):
            raise SDJWTMalformed("_sd is an array")
        for digest in digests:
            disclosure = self.take(digest)
            if disclosure is None:
                continue
            if disclosure.name is None:
                raise DisclosuresDoNotMatch("an element disclosed as a member")
            if disclosure.name in opened:
                raise DisclosuresDoNotMatch("a claim disclosed that is there already")
            here = (*path, disclosure.name)
            self.placed[here] = disclosure
            value = disclosure.value
            if type(value) in _CONTAINERS:  # most values are text
                value = self.value(value, here)
            opened[disclosure.name] = value
        return opened

    def _array(self, elements: list[Any], path: Path) -> list[Any]:
        opened: list[Any] = []
        for index, element in enumerate(elements):
            here = (*path, index)
            if not isinstance(element, dict) or "..." not in element:
                opened.append(self.value(element, here))
                continue
            if len(element) != 1:
                raise SDJWTMalformed("a hidden element has one member")
            disclosure = self.take(element["..."])
            if disclosure is None:
                if self.keeps_places:
                    opened.append(HIDDEN)
                continue
            if disclosure.name is not None:
                raise DisclosuresDoNotMatch("a member disclosed as an element")
            self.placed[here] = disclosure
            opened.append(self.value(disclosure.value, here))
        return opened


_CONTAINERS = (dict, list)


def open_sd_jwt(sd_jwt: SDJWT, *, keeps_places: bool = False) -> Opened:
    """Put the disclosures back (section 7.1, steps 3 to 5); no signature is checked.

    What is not disclosed is not there; with `keeps_places`, HIDDEN stands for each element of
    an array that is not, so that an index means the same as in the whole credential.
    Raises DisclosuresDoNotMatch, SDJWTMalformed.
    """
    by_digest = {disclosure.digest: disclosure for disclosure in sd_jwt.disclosures}
    if len(by_digest) != len(sd_jwt.disclosures):
        raise DisclosuresDoNotMatch("a disclosure stands twice")
    opening = _Opening(by_digest, keeps_places)
    claims = opening.value(sd_jwt.jws.payload, ())
    if len(opening.placed) != len(by_digest):
        raise DisclosuresDoNotMatch("a disclosure without its digest")
    claims.pop("_sd_alg", None)
    return Opened(claims, opening.placed)


def _and_above(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(1, len(path) + 1))


def present_sd_jwt(token: str, *, reveal: Collection[Path]) -> str:
    """Leave only the disclosures at these paths, and those that they are hidden under.

    What is hidden below a revealed path stays hidden unless it is named too. A path that is
    always visible needs no disclosure. Raises ClaimNotThere if there is no such claim.
    """
    sd_jwt = read_sd_jwt(token)
    opened = open_sd_jwt(sd_jwt)
    wanted: set[str] = set()
    for path in reveal:
        if not has_claim(opened.claims, path):
            raise ClaimNotThere(f"no claim at {path!r}")
        wanted.update(
            opened.disclosures[step].encoded
            for step in _and_above(path)
            if step in opened.disclosures
        )
    kept = [found.encoded for found in sd_jwt.disclosures if found.encoded in wanted]
    issued = sd_jwt.without_key_binding.split("~", 1)[0]
    return "~".join((issued, *kept, ""))


def has_claim(claims: Any, path: Path) -> bool:
    """Say whether something stands at the path of a wholly disclosed credential."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(claims, list) or not 0 <= step < len(claims):
                return False
        elif not isinstance(claims, dict) or step not in claims:
            return False
        claims = claims[step]
    return True


def _sd_hash(sd_jwt: SDJWT) -> str:
    covered = sd_jwt.without_key_binding.encode("ascii")
    return encode_base64url(_HASHES[sd_jwt.hash_name](covered).digest())


def bind_to_holder(
    presentation: str,
    *,
    audience: str,
    nonce: str,
    at: datetime,
    sign: Sign,
    transaction_data_hashes: Collection[str] = (),
) -> str:
    """Append the holder's signature over exactly these disclosures (section 4.3)."""
    claims: dict[str, Any] = {
        "iat": int(at.timestamp()),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": _sd_hash(read_sd_jwt(presentation)),
    }
    if transaction_data_hashes:  # OpenID4VP 1.0, appendix B.3.3
        claims["transaction_data_hashes"] = list(transaction_data_hashes)
        claims["transaction_data_hashes_alg"] = "sha-256"
    return presentation + sign_compact({"typ": KEY_BINDING_TYPE}, claims, sign)


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SDJWTMalformed(f"{name} is a number")
    return float(value)


def require_in_force(claims: Mapping[str, Any], *, at: datetime, leeway: timedelta) -> None:
    """Check `nbf`, `iat` and `exp` (RFC 7519, section 4.1). Raises NotInForce."""
    now, slack = at.timestamp(), leeway.total_seconds()
    for name in ("nbf", "iat"):
        begins = _moment(claims, name)
        if begins is not None and now + slack < begins:
            raise NotInForce(f"before {name}")
    ends = _moment(claims, "exp")
    if ends is not None and now - slack >= ends:
        raise NotInForce("after exp")


def verify_sd_jwt(
    token: str,
    *,
    issuer_key: Callable[[CompactJWS], ec.EllipticCurvePublicKey],
    at: datetime,
    leeway: timedelta = timedelta(seconds=60),
) -> VerifiedSDJWT:
    """Verify what the issuer signed (RFC 9901, section 7.1).

    1. Split into the issuer's JWT, disclosures and, where there is one, the key binding.
    2. Check the signature with the key that `issuer_key` finds and trusts; `alg` and `_sd_alg`
       are ones that we take.
    3. Put each disclosure where its digest stands; a claim must not be there twice.
    4. Refuse a digest that stands twice, anywhere.
    5. Refuse a disclosure that no digest refers to.
    6. Check the dates of the claims.
    Key binding is another question: `require_holder`.
    Raises SDJWTMalformed, JWTNotAccepted, DisclosuresDoNotMatch, NotInForce.
    """
    sd_jwt = read_sd_jwt(token)  # 1
    require_signature(sd_jwt.jws, issuer_key(sd_jwt.jws))  # 2
    opened = open_sd_jwt(sd_jwt)  # 3, 4, 5
    require_in_force(opened.claims, at=at, leeway=leeway)  # 6
    return VerifiedSDJWT(
        header=sd_jwt.jws.header,
        claims=opened.claims,
        disclosed=frozenset(opened.disclosures),
        sd_jwt=sd_jwt,
    )


def require_holder(
    verified: VerifiedSDJWT,
    *,
    audience: str,
    nonce: str,
    at: datetime,
    max_age: timedelta = timedelta(minutes=5),
    leeway: timedelta = timedelta(seconds=60),
) -> Mapping[str, Any]:
    """Verify that the holder made this presentation, for us, now (RFC 9901, section 7.3).

    1. There is a key binding, and the credential names the holder's key (`cnf`).
    2. `alg` is one that we take, `typ` is `kb+jwt`.
    3. The signature is by the holder's key.
    4. `iat` is recent.
    5. `nonce` and `aud` are ours.
    6. `sd_hash` covers exactly the disclosures before it.
    Returns the claims of the key binding. Raises HolderNotProved.
    """
    sd_jwt = verified.sd_jwt
    confirmation = verified.claims.get("cnf")
    if sd_jwt.key_binding is None or not isinstance(confirmation, dict):  # 1
        raise HolderNotProved("no key binding")
    try:
        binding = read_compact(sd_jwt.key_binding)  # 2
        holder_key = key_of_jwk(confirmation.get("jwk"))
    except JWTNotAccepted as error:
        raise HolderNotProved(f"malformed: {error}") from error
    if binding.header.get("typ") != KEY_BINDING_TYPE:
        raise HolderNotProved("typ")
    try:
        require_signature(binding, holder_key)  # 3
    except JWTNotAccepted as error:
        raise HolderNotProved("signature") from error
    _require_recent(binding.payload, at=at, max_age=max_age, leeway=leeway)  # 4
    for name, expected in (  # 5, 6
        ("nonce", nonce),
        ("aud", audience),
        ("sd_hash", _sd_hash(sd_jwt)),
    ):
        found = binding.payload.get(name)
        if not isinstance(found, str) or not hmac.compare_digest(
            found.encode(), expected.encode()
        ):
            raise HolderNotProved(name)
    return binding.payload


def _require_recent(
    claims: Mapping[str, Any], *, at: datetime, max_age: timedelta, leeway: timedelta
) -> None:
    issued_at = claims.get("iat")
    if isinstance(issued_at, bool) or not isinstance(issued_at, (int, float)):
        raise HolderNotProved("iat")
    age = at.timestamp() - issued_at
    if not -leeway.total_seconds() <= age <= max_age.total_seconds():
        raise HolderNotProved("iat")
