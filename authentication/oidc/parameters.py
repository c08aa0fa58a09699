"""Parameters of an OAuth request: each at most once (RFC 6749, section 3.1 and 3.2)."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from authentication.oidc.oauth_errors import InvalidRequest

MAX_PARAMETERS = 50
MAX_VALUE_LENGTH = 8192


def read_form(body: bytes) -> Mapping[str, str]:
    """Read an `application/x-www-form-urlencoded` body. Raises InvalidRequest."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError as error:  # UnicodeDecodeError too
        raise InvalidRequest("the body is not a form") from error
    return read_pairs(pairs)


def read_pairs(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Refuse what is repeated, too long or not text; leave out what is empty (section 3.1)."""
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name in parameters:
            raise InvalidRequest(f"{name[:40]} is repeated")
        if len(value) > MAX_VALUE_LENGTH or "\x00" in value:
            raise InvalidRequest(f"{name[:40]} is not usable")
        parameters[name] = value
    return {name: value for name, value in parameters.items() if value}
