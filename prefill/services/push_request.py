"""An e-service asks for one form to be filled, ahead of sending the browser to us."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction

from authentication.models import EService
from authentication.services.check_resume_uri import check_resume_uri
from authentication.services.find_active_e_service import find_active_e_service
from authentication.services.find_named_company import find_named_company
from corpid.audit.services.record_event import record_event
from corpid.errors import NotFound, gettext_noop
from corpid.one_time.services.issue_token import issue_token
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from prefill.models import FormTemplateVersion, PrefillRequest
from prefill.services.tell_person import CONSENT_ASKED, tell_person

ARRIVES_WITHIN = timedelta(minutes=10)
TOKEN_PURPOSE = "prefill.request_uri"  # noqa: S105  the name of a purpose
REQUEST_URI_PREFIX = "urn:corpid:prefill:"


class FormNotOffered(NotFound):
    code = "form_not_found"
    title = gettext_noop("Your e-service has no published form of this name.")
    remedy = gettext_noop("Name one of your published form templates.")


@dataclass(frozen=True, slots=True)
class PushedRequest:
    request: PrefillRequest
    request_uri: str
    expires_in: int

    @property
    def consent_url(self) -> str:
        query = urlencode({"request_uri": self.request_uri})
        return f"{settings.BASE_URL}/consents/new?{query}"


@transaction.atomic
def push_request(
    *,
    e_service: EService,
    form: str,
    resume_uri: str,
    company_id: UUID | None = None,
    person_id: UUID | None = None,
    ubi: str | None = None,
    at: datetime,
) -> PushedRequest:
    """`form` is the slug or reference of a published template; the company may stay open.

    A token that acts for a company (`company_id`) asks for that one and no other; its person
    finds the question in their inbox as well, should the browser get lost. Raises
    FormNotOffered, EServiceNotActive (also if it is restricted in the form's power),
    ResumeUriNotRegistered, CompanyNotKnown, AnotherCompany, PrefillSwitchedOff.
    """
    require_function(SwitchedFunction.PREFILL)
    version = _published(e_service, form)
    find_active_e_service(e_service_id=e_service.pk, at=at, power=version.consent_power)
    check_resume_uri(e_service=e_service, resume_uri=resume_uri)
    request = PrefillRequest.objects.create(
        e_service=e_service,
        template_version=version,
        company=find_named_company(company_id=company_id, ubi=ubi),
        resume_uri=resume_uri,
        created_at=at,
        expires_at=at + ARRIVES_WITHIN,
    )
    token = issue_token(
        purpose=TOKEN_PURPOSE,
        subject=request.reference,
        bound_to={"request": str(request.id)},
        expires_at=request.expires_at,
    )
    record_event(
        kind="prefill.request.pushed",
        at=at,
        actor=f"e-service:{e_service.client_id}",
        subject=f"prefill-request:{request.reference}",
        company_id=request.company_id,
        facts={"form": version.template.slug, "version": version.number},
    )
    if request.company is not None and person_id is not None:
        tell_person(
            kind=CONSENT_ASKED,
            request=request,
            company=request.company,
            person_id=person_id,
            path=f"/consents/new?request={request.reference}",
            at=at,
        )
    return PushedRequest(
        request, REQUEST_URI_PREFIX + token, int(ARRIVES_WITHIN.total_seconds())
    )


def _published(e_service: EService, form: str) -> FormTemplateVersion:
    published = FormTemplateVersion.objects.filter(
        template__e_service=e_service, state=FormTemplateVersion.State.PUBLISHED
    ).select_related("template")
    version = (
        published.filter(template__slug=form).first()
        or published.filter(template__reference=form).first()
    )
    if version is None:
        raise FormNotOffered(form[:100])
    return version
