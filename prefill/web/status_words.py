"""How a field, a form and a consent stand, in a word or two and a tone."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, gettext_lazy

from prefill.catalogue import COMPANIES_REGISTRY, INLAND_REVENUE
from prefill.field_result import FieldReason, FieldStatus
from prefill.models import Consent, PrefillRequest

_DEPARTMENTS = {
    "companies_registry": COMPANIES_REGISTRY,
    "companies_registry_officers": COMPANIES_REGISTRY,
    "business_registration": INLAND_REVENUE,
}

_OF_STATUS = {
    FieldStatus.OK: (gettext_lazy("Ready"), "good"),
    FieldStatus.STALE: (gettext_lazy("Ready, but old"), "warn"),
    FieldStatus.EMPTY: (gettext_lazy("Not recorded"), "quiet"),
    FieldStatus.UNAVAILABLE: (gettext_lazy("Not available"), "warn"),
    FieldStatus.TIMEOUT: (gettext_lazy("Too slow to answer"), "warn"),
    FieldStatus.WITHHELD: (gettext_lazy("The officers have not agreed"), "quiet"),
    FieldStatus.SKIPPED: (gettext_lazy("You did not send it"), "quiet"),
}

_OF_REASON = {
    FieldReason.WRONG_COMPANY: gettext_lazy(
        "The register answered about another company, so we did not take it."
    ),
    FieldReason.UNREADABLE: gettext_lazy("The register's answer could not be read."),
    FieldReason.NOT_ANSWERING: gettext_lazy("The register isn't answering."),
    FieldReason.TOO_SLOW: gettext_lazy("The register took too long."),
    FieldReason.RESTING: gettext_lazy("The register failed several times just now."),
    FieldReason.NOT_ON_REGISTER: gettext_lazy("The register does not hold the company."),
    FieldReason.DOES_NOT_FIT: gettext_lazy("What the register holds does not fit the form."),
    FieldReason.NOT_CONFIGURED: gettext_lazy("The register is not connected."),
    FieldReason.REFUSED_US: gettext_lazy("The register did not let us in."),
}


@dataclass(frozen=True, slots=True)
class StatusWords:
    text: str
    tone: str
    more: str = ""


def field_words(status: str, reason: str = "") -> StatusWords:
    text, tone = _OF_STATUS[FieldStatus(status)]
    more = _OF_REASON.get(FieldReason(reason), "")
    return StatusWords(str(text), tone, str(more))


def source_name(source: str, language: str) -> str:
    department = _DEPARTMENTS.get(source)
    return department.name_in(language) if department else source


def form_words(request: PrefillRequest, e_service: str) -> StatusWords:
    """Say where a form is: sent is never called filed."""
    states = PrefillRequest.State
    if request.outcome == PrefillRequest.Outcome.FILED:
        return StatusWords(gettext("Filed"), "good")
    if request.outcome == PrefillRequest.Outcome.REJECTED:
        return StatusWords(gettext("Rejected by %(who)s") % {"who": e_service}, "bad")
    if request.state == states.RELEASED or (
        request.state in {states.PURGED, states.REVOKED} and request.consent.uses
    ):
        return StatusWords(
            gettext("Sent. Not yet confirmed as filed by %(who)s.") % {"who": e_service}, "warn"
        )
    words = {
        states.REQUESTED: (gettext("Waiting for your answer"), "warn"),
        states.AWAITING_CONSENT: (gettext("Waiting for your answer"), "warn"),
        states.AWAITING_CHECKER: (gettext("Needs one more yes"), "warn"),
        states.FETCHING: (gettext("Collecting your data"), "quiet"),
        states.READY: (gettext("Ready for %(who)s") % {"who": e_service}, "good"),
        states.PARTIAL: (gettext("Ready in part for %(who)s") % {"who": e_service}, "good"),
        states.REFUSED: (gettext("Nothing was sent"), "quiet"),
        states.EXPIRED: (gettext("Expired; nothing was sent"), "quiet"),
        states.REVOKED: (gettext("Withdrawn; nothing was sent"), "quiet"),
        states.PURGED: (gettext("Ended"), "quiet"),
    }
    text, tone = words[PrefillRequest.State(request.state)]
    return StatusWords(text, tone)


def consent_status(consent: Consent, at: datetime) -> StatusWords:
    if consent.decision == Consent.Decision.REFUSED:
        return StatusWords(gettext("Nothing was sent"), "quiet")
    if consent.revoked_at is not None:
        return StatusWords(gettext("Withdrawn"), "quiet")
    if consent.uses:
        return StatusWords(gettext("Sent"), "good")
    if consent.is_in_force(at=at):
        return StatusWords(gettext("Agreed, not collected yet"), "warn")
    return StatusWords(gettext("Ended, never collected"), "quiet")
