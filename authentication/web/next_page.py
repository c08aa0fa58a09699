"""Where a browser goes after a step: never to another site, whatever an address says."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def safe_next(request: HttpRequest, *, otherwise: str) -> str:
    """Give the page of this site that the form or address names, or the path `otherwise`."""
    wished = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wished, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wished if is_ours else otherwise


def detour(step: str, *, back: str) -> HttpResponseRedirect:
    """Send the browser to another step first; from there it goes `back`."""
    address = f"{reverse(step)}?{urlencode({'next': back})}"
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)
