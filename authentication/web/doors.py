"""Doors of pages: who must stand before them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse

from authentication.models import Account, Person
from authentication.services.list_ways import Acting
from authentication.web.acting import PageRequest
from authentication.web.next_page import detour


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
            return detour("sign_in", back=_back(request))
        return page(request, *args, **kwargs)

    return door


def acting_required(page: Page) -> Page:
    """Let in a person who acts for a company; send others to choose one and back."""

    @wraps(page)
    def door(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.person is None:
            return detour("sign_in", back=_back(request))
        if request.acting is None:
            return detour("choose_company", back=_back(request))
        return page(request, *args, **kwargs)

    return door


def _back(request: PageRequest) -> str:
    """Come back to a page that was read; what was posted can't be posted again."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("home")
