"""The OpenAPI document: generated from the views once in a process, then only handed out."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator

from corpid.api.idempotency import IdempotentMixin
from corpid.errors import CorpIDError

Document = dict[str, Any]
Endpoint = tuple[str, str, str, Any]

SCHEME = "accessToken"
_DESCRIBED = ("/api/v1/", "/audit/")
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "Its page.",
        },
        "title": {"type": "string", "description": "What happened."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do next."},
        "code": {"type": "string", "description": "Stable: compare this one."},
        "trace_id": {"type": "string", "description": "Finds the call in our logs."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901)."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
# What a status says, and the code of an error that has it, for the example.
_STATUSES = {
    400: ("The request can't be read.", "request_malformed"),
    401: ("No access token, or none that we take.", "token_missing"),
    403: ("The caller is known and may not do this.", "scope_missing"),
    404: ("There is nothing here for this caller.", "not_found"),
    406: ("No media type of ours is accepted.", "answer_not_acceptable"),
    409: ("The present state does not permit it.", "request_in_progress"),
    410: ("It was here and has ended for good.", "result_gone"),
    413: ("More than we take at once.", "body_too_large"),
    415: ("A media type that we do not read.", "media_type_not_taken"),
    422: ("Readable, and its meaning does not hold.", "input_invalid"),
    429: ("Too many requests; wait as long as Retry-After says.", "too_many_requests"),
    503: ("A part of ours is off or away for now; send it again later.", "storage_away"),
    507: ("We have no room for files for now; send it again later.", "storage_full"),
}
_TELLS_WHEN = {429, 503}  # to send it again; a 503 only where that is known
_RETRY_AFTER = {
    "description": "Seconds to wait before you send it again (RFC 9110, section 10.2.3). "
    "Without it: 1, 2, 4 … seconds.",
    "schema": {"type": "integer", "minimum": 1},
}
_ANYTHING = "scope_missing"  # the example of the answer to whatever else goes wrong
_BRINGS_A_BODY = {"POST", "PUT", "PATCH"}


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "authentication.api.access_tokens.AccessTokenAuthentication"
    name = SCHEME

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002  the interface
        return {
            "type": "http",
            "scheme": "DPoP",
            "description": "An access token of /oauth/token, bound to your key (RFC 9449).",
        }


@cache
def openapi_document() -> Document:
    generator: Any = SchemaGenerator  # drf-spectacular leaves these methods untyped
    with translation.override("en"):  # not whatever the first reader speaks
        document: Document = generator().get_schema(request=None, public=True)
    return document


def only_rest(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Keep the REST API and the audit log: the rest is described by its standards."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(_DESCRIBED)]


def tell_problems_and_scopes(
    result: Document,
    generator: Any,  # drf-spectacular's, whose methods are untyped
    request: object,  # noqa: ARG001  the interface
    public: bool,  # noqa: ARG001, FBT001  the interface
) -> Document:
    """Give every operation its problem answer and the scopes that its view asks for."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    views = _views(generator)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            view = views[path, method.upper()]
            needed = getattr(view, "required_scopes", {}).get(method.upper())
            for status in sorted(_problems_of(view, path, method.upper(), operation)):
                operation["responses"][str(status)] = _problem_answer(status)
            operation["responses"]["default"] = _problem_answer(None)
            if needed is None:
                operation["security"] = []
            else:
                operation["x-required-scopes"] = sorted(needed)
    return result


def _problems_of(view: Any, path: str, method: str, operation: Document) -> set[int]:
    """List the problems that the plumbing answers with, and those that the view names.

    A view names what its services refuse in `problem_statuses = {"POST": {403, 409}}`.
    """
    statuses = {400, 406, 429, 503}
    if getattr(view, "required_scopes", {}).get(method) is not None:
        statuses |= {401, 403}
    if "{" in path:
        statuses |= {404}
    if method in _BRINGS_A_BODY:
        statuses |= {413, 415}
    if "requestBody" in operation:
        statuses |= {422}
    if method == "POST" and isinstance(view, IdempotentMixin):
        statuses |= {409, 422}
    named: set[int] = getattr(view, "problem_statuses", {}).get(method, set())
    return statuses | named


def _problem_answer(status: int | None) -> Document:
    description, code = _STATUSES.get(
        status or 0, ("What went wrong, and what to do next.", _ANYTHING)
    )
    error = _errors_by_code()[code]
    headers = {"headers": {"Retry-After": _RETRY_AFTER}} if status in _TELLS_WHEN else {}
    return {
        "description": description,
        **headers,
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                    "type": f"https://corpid.example/problems/{code}",
                    "title": error.title,
                    "status": status or 403,
                    "detail": error.remedy,
                    "code": code,
                    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                },
            }
        },
    }


@cache
def _errors_by_code() -> dict[str, type[CorpIDError]]:
    return {error.code: error for error in _below(CorpIDError) if "code" in vars(error)}


def _below(kind: type[CorpIDError]) -> Iterator[type[CorpIDError]]:
    for error in kind.__subclasses__():
        yield error
        yield from _below(error)


def _views(generator: Any) -> dict[tuple[str, str], Any]:
    return {
        (path, method): view
        for path, _, method, view in generator._get_paths_and_endpoints()  # noqa: SLF001  no public way
    }
