"""A form pre-filled: pushed, agreed to, fetched from the registers, handed over sealed.

All in this process, on the product's database and against the running register simulator, and
rolled back each time. Beside it: the registers asked over kept-alive connections, and nothing
else. A commit's disk write is on neither side.
"""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

from django.db import transaction
from django.utils import timezone

from benchmarks.measuring import Case, InProcess, Void
from benchmarks.product import Product

TITLE = "Pre-fill a bank's form from three registers"
_COMPANY = "71234567"
_BANK = "harbour-bank"
_QUERY = {"key1": "Brn", "key2": "equal", "key3": _COMPANY}
_SEARCH = urlencode({f"query[0][{name}]": value for name, value in _QUERY.items()})
_PATHS = (
    f"/cr/api/api/v1/api_builder/json/local/search?{_SEARCH}&format=json",
    f"/cr-officers/v1/companies/{_COMPANY}",
    f"/ird/business-registration/v1/businesses/{_COMPANY}",
)


@contextmanager
def _completing() -> Iterator[None]:
    with transaction.atomic():
        yield


def prepare(product: Product) -> Case:
    return Case(
        name="prefill",
        title=TITLE,
        subject=InProcess(
            "ask, consent, fetch, hand over", _filling(product), product.cpu_of_servers
        ),
        comparison=InProcess("the three registers asked", _asking(product)),
    )


def _filling(product: Product) -> Callable[[], None]:
    from authentication.models import Company, EService, Person  # noqa: PLC0415  after setup
    from authentication.services.find_acting_for import find_acting_for  # noqa: PLC0415
    from prefill.models import FieldRecord, FormTemplate  # noqa: PLC0415
    from prefill.services.give_consent import give_consent  # noqa: PLC0415
    from prefill.services.publish_form import publish_form  # noqa: PLC0415
    from prefill.services.push_request import push_request  # noqa: PLC0415
    from prefill.services.receive_browser import receive_browser  # noqa: PLC0415
    from prefill.services.release_result import release_result  # noqa: PLC0415
    from prefill.services.retrieve_fields import retrieve_fields  # noqa: PLC0415
    from prefill.services.write_notice import write_notice  # noqa: PLC0415
    from prefill.shipped_forms import BANK_ACCOUNT_OPENING  # noqa: PLC0415

    [director, *_] = product.sandbox["persons"]
    person = Person.objects.get(account__email=director["email"])
    company = Company.objects.get(ubi=_COMPANY)
    bank = EService.objects.get(slug=_BANK)
    form = BANK_ACCOUNT_OPENING
    if not FormTemplate.objects.filter(e_service=bank, slug=form.slug).exists():
        publish_form(form=form, e_service=bank, at=timezone.now())

    def fill() -> None:
        with transaction.atomic():
            now = timezone.now()
            pushed = push_request(
                e_service=bank, form=form.slug, resume_uri=bank.redirect_uris[0], at=now
            )
            request = receive_browser(request_uri=pushed.request_uri, at=now)
            acting = find_acting_for(person=person, company_id=company.id, at=now)
            give_consent(
                request=request,
                acting=acting,
                granted=set(request.template_version.asked_items()),
                notice_sha256=write_notice(
                    request=request, acting=acting, language="en"
                ).sha256,
                language="en",
                at=now,
            )
            retrieve_fields(request_id=request.id, completing=_completing, clock=timezone.now)
            release_result(
                reference=request.reference,
                e_service_id=bank.id,
                at=timezone.now(),
            )
            if not FieldRecord.objects.filter(request=request, status="ok").count():
                raise Void("no field was filled")
            transaction.set_rollback(True)

    return fill


def _asking(product: Product) -> Callable[[], None]:
    place = urlsplit(product.environment["REGISTERS_URL"])
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    headers = {"Authorization": "Bearer sandbox-registers"}

    def ask() -> None:
        for path in _PATHS:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status >= http.HTTPStatus.BAD_REQUEST:
                raise Void(f"{path}: {answer.status}")
            json.loads(body)

    return ask
