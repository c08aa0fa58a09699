"""Digital Credentials Query Language: what a verifier asks for, and what answers it.

OpenID for Verifiable Presentations 1.0, sections 6 and 7. Both sides use it: the wallet finds
which credentials and claims answer a query and says what is lacking; the verifier checks that
what came answers what was asked.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from corpid.errors import Malformed, gettext_noop
from credentials.claims_path import Path, Pointer, is_step, select

SD_JWT_VC = "dc+sd-jwt"

MAX_CREDENTIALS = 16
MAX_CLAIMS = 64
MAX_OPTIONS = 32
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class QueryMalformed(Malformed):
    code = "dcql_query_malformed"
    title = gettext_noop("The question for credentials can't be read.")
    remedy = gettext_noop("Check dcql_query against OpenID4VP 1.0, section 6.")
    oauth_error = "invalid_request"


@dataclass(frozen=True, slots=True)
class ClaimQuery:
    pointer: Pointer
    id: str | None = None
    values: tuple[str | int | bool, ...] | None = None


@dataclass(frozen=True, slots=True)
class CredentialQuery:
    id: str
    format: str
    vct_values: tuple[str, ...]
    claims: tuple[ClaimQuery, ...] = ()
    claim_sets: tuple[tuple[str, ...], ...] = ()
    key_identifiers: tuple[str, ...] | None = None  # trusted_authorities of type aki
    multiple: bool = False
    needs_holder: bool = True


@dataclass(frozen=True, slots=True)
class CredentialSet:
    options: tuple[tuple[str, ...], ...]
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    credentials: tuple[CredentialQuery, ...]
    credential_sets: tuple[CredentialSet, ...] = ()

    def named(self, query_id: str) -> CredentialQuery | None:
        return next((query for query in self.credentials if query.id == query_id), None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A credential that may answer: all its claims, and which of them it can hide."""

    key: str
    format: str
    type_chain: tuple[str, ...]  # its vct, then those that it extends
    claims: Mapping[str, Any]
    hideable: frozenset[Path]
    key_identifiers: frozenset[str] = frozenset()
    has_holder_key: bool = True


class Lack(StrEnum):
    """Why a credential does not answer."""

    FORMAT = "format"
    TYPE = "type"
    AUTHORITY = "authority"
    HOLDER_KEY = "holder_key"
    CLAIM = "claim"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Lacking:
    lack: Lack
    pointer: Pointer = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A credential that answers: `reveal` is what must be disclosed, `shown` what was asked."""

    key: str
    reveal: frozenset[Path]
    shown: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a wallet can say to a query; `wanted` are the ids to send, none if it can't."""

    wanted: tuple[str, ...]
    matches: Mapping[str, tuple[Match, ...]]
    lacking: Mapping[str, tuple[tuple[str, Lacking], ...]]  # candidate's key, what it lacks

    @property
    def is_possible(self) -> bool:
        return bool(self.wanted)


def _items(value: Any, what: str, limit: int) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= limit:
        raise QueryMalformed(f"{what} is an array of 1 to {limit}")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise QueryMalformed(f"{what} is a string")
    return value


def _id(value: Any) -> str:
    if not isinstance(value, str) or not _ID.match(value):
        raise QueryMalformed("an id has letters, digits, _ and -")
    return value


def _flag(members: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = members.get(name, default)
    if not isinstance(value, bool):
        raise QueryMalformed(f"{name} is true or false")
    return value


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise QueryMalformed(f"{what} is an object")
    return value


def _claim(value: Any) -> ClaimQuery:
    members = _object(value, "a claims query")
    pointer = _items(members.get("path"), "path", 32)
    if not all(is_step(step) for step in pointer):
        raise QueryMalformed("a path has strings, null and whole numbers")
    values = None
    if "values" in members:
        values = tuple(_items(members["values"], "values", 64))
        if not all(isinstance(found, (str, int, bool)) for found in values):
            raise QueryMalformed("values are strings, whole numbers or booleans")
    claim_id = _id(members["id"]) if "id" in members else None
    return ClaimQuery(tuple(pointer), claim_id, values)


def _authorities(members: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Read `trusted_authorities`; a kind that we can't judge matches nothing (6.1.1)."""
    if "trusted_authorities" not in members:
        return None
    found: list[str] = []
    for entry in _items(members["trusted_authorities"], "trusted_authorities", 32):
        authority = _object(entry, "a trusted authority")
        kind = _text(authority.get("type"), "type")
        values = [_text(v, "a value") for v in _items(authority.get("values"), "values", 64)]
        if kind == "aki":
            found.extend(values)
    return tuple(found)


def _claim_sets(
    members: Mapping[str, Any], claims: Sequence[ClaimQuery]
) -> tuple[tuple[str, ...], ...]:
    if "claim_sets" not in members:
        return ()
    known = {claim.id for claim in claims}
    if not claims or None in known:
        raise QueryMalformed("claim_sets need claims with ids")
    sets = tuple(
        tuple(_id(claim_id) for claim_id in _items(option, "a claim set", MAX_CLAIMS))
        for option in _items(members["claim_sets"], "claim_sets", MAX_OPTIONS)
    )
    if any(claim_id not in known for option in sets for claim_id in option):
        raise QueryMalformed("a claim set names a claim that is not there")
    return sets


def _credential(value: Any) -> CredentialQuery:
    members = _object(value, "a credential query")
    credential_format = _text(members.get("format"), "format")
    meta = _object(members.get("meta"), "meta")
    vct_values: tuple[str, ...] = ()
    if credential_format == SD_JWT_VC:
        wanted = _items(meta.get("vct_values"), "vct_values", 32)
        vct_values = tuple(_text(vct, "a vct") for vct in wanted)
    claims: tuple[ClaimQuery, ...] = ()
    if "claims" in members:
        claims = tuple(
            _claim(entry) for entry in _items(members["claims"], "claims", MAX_CLAIMS)
        )
    ids = [claim.id for claim in claims if claim.id is not None]
    if len(ids) != len(set(ids)):
        raise QueryMalformed("two claims have one id")
    return CredentialQuery(
        id=_id(members.get("id")),
        format=credential_format,
        vct_values=vct_values,
        claims=claims,
        claim_sets=_claim_sets(members, claims),
        key_identifiers=_authorities(members),
        multiple=_flag(members, "multiple", default=False),
        needs_holder=_flag(members, "require_cryptographic_holder_binding", default=True),
    )


def _credential_set(value: Any, known: Collection[str]) -> CredentialSet:
    members = _object(value, "a credential set")
    options = tuple(
        tuple(_id(query_id) for query_id in _items(option, "an option", MAX_CREDENTIALS))
        for option in _items(members.get("options"), "options", MAX_OPTIONS)
    )
    if any(query_id not in known for option in options for query_id in option):
        raise QueryMalformed("a credential set names a query that is not there")
    return CredentialSet(options, _flag(members, "required", default=True))


def read_query(value: Any) -> Query:
    """Read `dcql_query`; members that nobody knows are passed over (section 6).

    Raises QueryMalformed.
    """
    members = _object(value, "dcql_query")
    entries = _items(members.get("credentials"), "credentials", MAX_CREDENTIALS)
    credentials = tuple(_credential(entry) for entry in entries)
    ids = {query.id for query in credentials}
    if len(ids) != len(credentials):
        raise QueryMalformed("two credential queries have one id")
    sets: tuple[CredentialSet, ...] = ()
    if "credential_sets" in members:
        found = _items(members["credential_sets"], "credential_sets", MAX_OPTIONS)
        sets = tuple(_credential_set(entry, ids) for entry in found)
    return Query(credentials, sets)


def _is_same(value: Any, wanted: str | int | bool) -> bool:  # noqa: FBT001  a JSON value
    """Equal in type and value: 1, true and "1" are three things."""
    return type(value) is type(wanted) and value == wanted


def _answering(claims: Mapping[str, Any], query: ClaimQuery) -> list[Path] | Lacking:
    selected = select(claims, query.pointer)
    if not selected:
        return Lacking(Lack.CLAIM, query.pointer)
    if query.values is not None:
        wanted = query.values
        selected = [
            (path, value)
            for path, value in selected
            if any(_is_same(value, found) for found in wanted)
        ]
        if not selected:
            return Lacking(Lack.VALUE, query.pointer)
    return [path for path, _ in selected]


def _options(query: CredentialQuery) -> Iterator[list[ClaimQuery]]:
    """Give the sets of claims that would do, the verifier's favourite first (section 6.4.1)."""
    if not query.claim_sets:
        yield list(query.claims)
        return
    by_id = {claim.id: claim for claim in query.claims}
    for option in query.claim_sets:
        yield [by_id[claim_id] for claim_id in option]


def _claims_answering(
    query: CredentialQuery, claims: Mapping[str, Any]
) -> list[Path] | Lacking:
    first_lack: Lacking | None = None
    for option in _options(query):
        shown: list[Path] = []
        for claim in option:
            found = _answering(claims, claim)
            if isinstance(found, Lacking):
                first_lack = first_lack or found
                break
            shown.extend(found)
        else:
            return shown
    return first_lack or []


def _unfit(query: CredentialQuery, candidate: Candidate) -> Lack | None:
    if candidate.format != query.format:
        return Lack.FORMAT
    if not set(candidate.type_chain) & set(query.vct_values):
        return Lack.TYPE
    if query.key_identifiers is not None and not candidate.key_identifiers & set(
        query.key_identifiers
    ):
        return Lack.AUTHORITY
    if query.needs_holder and not candidate.has_holder_key:
        return Lack.HOLDER_KEY
    return None


def match(query: CredentialQuery, candidate: Candidate) -> Match | Lacking:
    """Say which claims of a credential answer, or what it lacks.

    A selected object or array leaves with all that is hidden inside it; nothing else does.
    """
    unfit = _unfit(query, candidate)
    if unfit is not None:
        return Lacking(unfit)
    shown = _claims_answering(query, candidate.claims)
    if isinstance(shown, Lacking):
        return shown
    reveal = {
        hidden
        for hidden in candidate.hideable
        for path in shown
        if hidden[: len(path)] == path or path[: len(hidden)] == hidden
    }
    return Match(candidate.key, frozenset(reveal), tuple(shown))


def _wanted(query: Query, can_answer: Collection[str]) -> tuple[str, ...]:
    """Choose what to send (section 6.4.2): a required set that can't be met sends nothing."""
    if not query.credential_sets:
        ids = tuple(entry.id for entry in query.credentials)
        return ids if all(query_id in can_answer for query_id in ids) else ()
    chosen: dict[str, None] = {}
    for credential_set in query.credential_sets:
        possible = (
            option
            for option in credential_set.options
            if all(query_id in can_answer for query_id in option)
        )
        option = next(possible, None)
        if option is None and credential_set.is_required:
            return ()
        chosen.update(dict.fromkeys(option or ()))
    return tuple(chosen)


def find_answers(query: Query, candidates: Sequence[Candidate]) -> Answers:
    """Match every credential against every part of the query."""
    matches: dict[str, tuple[Match, ...]] = {}
    lacking: dict[str, tuple[tuple[str, Lacking], ...]] = {}
    for part in query.credentials:
        tried = [(candidate.key, match(part, candidate)) for candidate in candidates]
        found = tuple(result for _, result in tried if isinstance(result, Match))
        if found:
            matches[part.id] = found
        else:
            lacking[part.id] = tuple(
                (key, result) for key, result in tried if isinstance(result, Lacking)
            )
    return Answers(_wanted(query, matches), matches, lacking)


def first_unanswered(
    query: Query, presented: Mapping[str, Sequence[Candidate]]
) -> tuple[str, Lacking | None] | None:
    """Check on the verifier's side that what came answers what was asked (section 8.6, 4).

    Returns the id of the first part that is not answered (and what its credential lacks), or
    None if all is well. Disclosed claims alone count.
    """
    for query_id, credentials in presented.items():
        part = query.named(query_id)
        if part is None or not credentials or (len(credentials) > 1 and not part.multiple):
            return query_id, None
        for credential in credentials:
            result = match(part, credential)
            if isinstance(result, Lacking):
                return query_id, result
    if not query.credential_sets:
        missing = [part.id for part in query.credentials if part.id not in presented]
        return (missing[0], None) if missing else None
    for credential_set in query.credential_sets:
        is_met = any(
            all(query_id in presented for query_id in option)
            for option in credential_set.options
        )
        if credential_set.is_required and not is_met:
            return credential_set.options[0][0], None
    return None
