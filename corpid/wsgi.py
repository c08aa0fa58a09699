"""What the web server calls."""

import os
from collections.abc import Callable
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, HttpResponseBase

from corpid.gathering import begin_gathering

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "corpid.settings")


class Application:
    """Django's application, which gives an answer that is whole as one piece.

    The web server sends such a list in one go. Of anything else it asks for piece by piece and
    for the end, each time from another thread that has to get hold of Python first.
    """

    def __init__(self) -> None:
        self._django = WSGIHandler()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> HttpResponseBase | list[bytes]:
        response = self._django(environ, start_response)
        if not isinstance(response, HttpResponse):
            return response
        whole = [response.content]
        response.close()  # nobody else does, once the server has only the list
        return whole


django.setup(set_prefix=False)
application = Application()
begin_gathering()
