"""Look at one form of one's own company: how far it is, field by field."""

from dataclasses import dataclass
from datetime import datetime

from authentication.powers import VIEW_COMPANY
from authentication.services.check_power import check_power
from authentication.services.list_ways import Acting
from corpid.errors import gettext_noop
from corpid.jobs.models import Job
from prefill.models import FieldRecord, PrefillRequest
from prefill.services.find_request import find_request
from prefill.services.give_consent import RETRIEVE


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    total: int
    message: str  # marked for translation


@dataclass(frozen=True, slots=True)
class FormView:
    request: PrefillRequest
    fields: tuple[FieldRecord, ...]
    progress: Progress


def view_form(*, reference: str, acting: Acting, at: datetime) -> FormView:
    """Raise RequestNotFound for another company's, and what check_power refuses for."""
    check_power(person=acting.person, company=acting.company, power=VIEW_COMPANY, at=at)
    request = find_request(reference=reference, company_id=acting.company.id)
    records = {record.item_key: record for record in request.fields.all()}
    in_order = request.template_version.asked_items()
    fields = tuple(records[key] for key in in_order if key in records)
    return FormView(request, fields, _progress(request))


def _progress(request: PrefillRequest) -> Progress:
    job = Job.objects.filter(kind=RETRIEVE, unique_key=str(request.id)).order_by("-id").first()
    waiting = gettext_noop("Asking the registers")
    if job is None:
        return Progress(0, 0, waiting)
    return Progress(job.progress_done, job.progress_total, job.progress_message or waiting)
