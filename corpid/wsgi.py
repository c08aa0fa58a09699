"""What the web server calls."""

import os
from collections.abc import Callable
from typing import Any

import django
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import reset_queries
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.log import log_response

from corpid.api.plain_headers import headers_of
from corpid.gathering import begin_gathering

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "corpid.settings")


class Application(WSGIHandler):
    """Django's handler, less what it does for sites that ours is not.

    We are served at the root of a host, by one table of addresses: neither is noted down for
    each request anew. Headers are handed over as Django keeps them. And an answer that is whole
    is given as one piece: the web server sends a list in one go, and asks for anything else
    piece by piece and for the end, each time with a thread that has to get hold of Python.
    """

    def __call__(  # type: ignore[override]  # the stubs leave out that a list may do
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> HttpResponseBase | list[bytes]:
        request_started.send(sender=Application, environ=environ)
        response = self.get_response(WSGIRequest(environ))
        response._handler_class = Application  # type: ignore[attr-defined]  # noqa: SLF001  who sends request_finished
        headers = headers_of(response)
        if response.cookies:
            headers += [
                ("Set-Cookie", each.OutputString()) for each in response.cookies.values()
            ]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        if not isinstance(response, HttpResponse):
            return response
        whole = [response.content]
        response.close()  # nobody else does, once the server has only the list
        return whole

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = self._middleware_chain(request)  # type: ignore[attr-defined]  # Django's own
        response._resource_closers.append(request.close)  # type: ignore[attr-defined]  # noqa: SLF001  as Django's own does
        if response.status_code >= 400:  # noqa: PLR2004  as Django's own does
            log_response(
                "%s: %s",
                response.reason_phrase,
                request.path,
                response=response,  # type: ignore[arg-type]  # of whatever kind
                request=request,
            )
        return response


def _spare_receivers() -> None:
    """Do nothing at each request's beginning and end that changes nothing here.

    Queries are kept only while debugging, our cache has nothing to close, and no request sets
    a table of addresses of its own. Connections to the database are looked at as ever.
    """
    request_started.disconnect(reset_queries)
    request_finished.disconnect(close_caches)
    request_finished.disconnect(reset_urlconf)


django.setup(set_prefix=False)
application = Application()
_spare_receivers()
begin_gathering()
