"""What the frame of every page shows: who, for which company, where they are, what waits."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext

from authentication.services.describe_acting import describe_acting
from authentication.web.acting import PageRequest
from corpid.notices.services.count_unread import count_unread


@dataclass(frozen=True, slots=True)
class Place:
    path: str
    name: str
    is_current: bool
    count: int = 0


def frame(request: PageRequest) -> dict[str, Any]:
    """Give templates the signed-in person's bars (a context processor)."""
    person = getattr(request, "person", None)  # absent if an outer middleware refused
    if person is None:
        return {}
    language = get_language() or "en"
    return {
        "person_name": person.name_in(language),
        "places": lambda: _places(request),
        **_company_bar(request, language),
    }


def _company_bar(request: PageRequest, language: str) -> dict[str, str]:
    if request.acting is None:
        return {}
    return {
        "acting_name": request.acting.company.name_in(language),
        "acting_capacity": describe_acting(acting=request.acting, language=language),
    }


def _places(request: PageRequest) -> list[Place]:
    def place(path: str, name: str, count: int = 0) -> Place:
        here = request.path == path or request.path.startswith(f"{path}/")
        return Place(path, name, here, count)

    assert request.person is not None  # noqa: S101  asked by the caller
    unread = count_unread(person_id=request.person.id)
    return [
        place("/inbox", gettext("Inbox"), unread),
        place("/sign", gettext("Documents")),
        place("/consents", gettext("Shared data")),
        place("/wallet", gettext("Wallet")),
        place("/mandates", gettext("Mandates")),
        place("/company", gettext("Company")),
    ]
