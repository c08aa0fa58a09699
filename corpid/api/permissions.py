"""A view names the scopes that each of its methods needs; a method without a name is closed."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from corpid.api.caller import Caller
from corpid.errors import NotAllowed, NotAuthenticated, gettext_noop

if TYPE_CHECKING:  # DRF's views import this module, as their default permission
    from rest_framework.views import APIView


class TokenMissing(NotAuthenticated):
    code = "token_missing"
    title = gettext_noop("This call needs an access token.")
    remedy = gettext_noop("Send the access token that the token endpoint issued to you.")


class ScopeMissing(NotAllowed):
    code = "scope_missing"
    title = gettext_noop("The access token does not carry the scope that this call needs.")
    remedy = gettext_noop("Ask for a token with the scope named in the reference.")


class CallerHasScope(BasePermission):
    """Read the view's `required_scopes = {"GET": {"prefill"}}`; `None` opens it to all."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        required = getattr(view, "required_scopes", {}).get(request.method, frozenset({"\x00"}))
        if required is None:
            return True
        if not isinstance(request.user, Caller):
            raise TokenMissing
        if not required <= request.user.scopes:
            raise ScopeMissing(f"needs {sorted(required)}")
        return True
