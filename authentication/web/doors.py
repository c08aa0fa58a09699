"""Doors of pages: who must stand before them."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from authentication.models import Account, Person
from authentication.services.find_acting import Acting
from authentication.web.acting import PageRequest


class PersonRequest(PageRequest):
    person: Person
    user: Account


class ActingRequest(PersonRequest):
    acting: Acting


Page = Callable[..., HttpResponseBase]


def person_required(page: Page) -> Page:
    """Let in a person signed in with two factors; send others to sign in and back."""

    @wraps(page)
    def door(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.person is None:
            return _detour(request, "sign_in")
        return page(request, *args, **kwargs)

    return door


def acting_required(page: Page) -> Page:
    """Let in a person who acts for a company; send others to choose one and back."""

    @wraps(page)
    def door(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.person is None:
            return _detour(request, "sign_in")
        if request.acting is None:
            return _detour(request, "choose_company")
        return page(request, *args, **kwargs)

    return door


def _detour(request: PageRequest, step: str) -> HttpResponseRedirect:
    back = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{reverse(step)}?{urlencode({'next': back})}")
