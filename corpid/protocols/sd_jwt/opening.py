"""Open an SD-JWT: put its disclosures back where they belong (RFC 9901, section 7.1)."""

from dataclasses import dataclass, field
from typing import Any

from corpid.errors import Invalid, gettext_noop
from corpid.protocols.sd_jwt.form import MAX_DEPTH, SDJWT, Disclosure, Path, SDJWTMalformed


class DisclosuresDoNotMatch(Invalid):
    code = "disclosures_do_not_match"
    title = gettext_noop("The disclosed claims are not those that the issuer signed.")
    remedy = gettext_noop("Ask the holder to present the credential again.")


class ClaimNotThere(Invalid):
    code = "claim_not_there"
    title = gettext_noop("A claim that should be disclosed is not in the credential.")
    remedy = gettext_noop("Ask only for claims that the type of credential has.")


@dataclass(frozen=True, slots=True)
class Opened:
    """What an SD-JWT says once its disclosures are put back, and where each of them belongs."""

    claims: dict[str, Any]
    disclosures: dict[Path, Disclosure]


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
