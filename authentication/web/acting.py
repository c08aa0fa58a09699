"""For whom the signed-in person acts on this page, found anew at each request.

The session only remembers which company was chosen; whether the person may still act for it is
asked of the database, so that an ended office or membership ends here at once.
"""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from authentication.models import Person
from authentication.services.find_acting_for import NotActing, find_acting_for
from authentication.services.list_ways import Acting

SESSION_KEY = "acting_company_id"


class PageRequest(HttpRequest):
    """`person` is signed in with two factors; `acting` has also chosen a company."""

    person: Person | None
    acting: Acting | None
    trace_id: str


class ActingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponseBase:
        request.person = signed_in_person(request)
        request.acting = _acting(request)
        return self.get_response(request)


def signed_in_person(request: HttpRequest) -> Person | None:
    user = request.user
    if not user.is_authenticated or not user.is_verified():  # type: ignore[attr-defined]  # django-otp adds it
        return None
    return Person.objects.filter(account=user.pk, status=Person.Status.ACTIVE).first()


def _acting(request: PageRequest) -> Acting | None:
    company_id = request.session.get(SESSION_KEY)
    if request.person is None or company_id is None:
        return None
    try:
        return find_acting_for(
            person=request.person, company_id=UUID(company_id), at=timezone.now()
        )
    except NotActing:
        return None
