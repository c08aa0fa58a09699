"""The OpenAPI document: generated from the views once in a process, then only handed out."""

from functools import cache
from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator

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
_PROBLEM_EXAMPLE = {
    "type": "https://corpid.example/problems/scope_missing",
    "title": "The access token does not carry the scope that this call needs.",
    "status": 403,
    "detail": "Ask for a token with the scope named in the reference.",
    "code": "scope_missing",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
}


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
    scopes = _scopes(generator)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            operation["responses"]["default"] = _problem_answer()
            needed = scopes.get((path, method.upper()))
            if needed is None:
                operation["security"] = []
            else:
                operation["x-required-scopes"] = sorted(needed)
    return result


def _problem_answer() -> Document:
    return {
        "description": "What went wrong, and what to do next.",
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": _PROBLEM_EXAMPLE,
            }
        },
    }


def _scopes(generator: Any) -> dict[tuple[str, str], set[str] | None]:
    return {
        (path, method): getattr(view, "required_scopes", {}).get(method)
        for path, _, method, view in generator._get_paths_and_endpoints()  # noqa: SLF001  no public way
    }
