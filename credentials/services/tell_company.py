"""Put what concerns a credential into the inboxes of those who run the company."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from authentication.models import Company, Member, MemberRole, Officer, Person
from authentication.powers import RUN_THE_COMPANY
from corpid.languages import in_each_language
from corpid.notices.services.notify_person import Fact, notify_person
from credentials.models import Credential, CredentialState

RECEIVED = "credentials.received"
STATUS_CHANGED = "credentials.status_changed"


def tell_company(*, kind: str, credential: Credential, company: Company, at: datetime) -> None:
    """Tell of its arrival once, and of each change of its status by itself."""
    subject = f"credential:{credential.id}"
    if kind == STATUS_CHANGED:  # a licence may be suspended more than once
        subject += f":{at.isoformat()}"
    facts: dict[str, Fact] = {
        "company": in_each_language(company.name_in),
        "credential": in_each_language(credential.type.name_in),
        "issuer": in_each_language(credential.issuer.name_in),
        "status": _words(CredentialState(credential.state)),
    }
    for person in _who_run(company, at):
        notify_person(
            kind=kind,
            person_id=person.id,
            company_id=company.id,
            at=at,
            subject=subject,
            path=f"/wallet/{credential.id}",
            facts=facts,
        )


def _who_run(company: Company, at: datetime) -> list[Person]:
    """List directors (owners, partners) and administrators who have joined."""
    offices = (
        Officer.objects.in_office(on=timezone.localdate(at))
        .undisputed()
        .filter(company=company, capacity__in=RUN_THE_COMPANY)
    )
    administrators = MemberRole.objects.in_force(at=at).filter(
        member__company=company,
        member__status=Member.Status.ACTIVE,
        role__key="administrator",
    )
    return list(
        Person.objects.filter(
            Q(offices__in=offices) | Q(memberships__in=administrators.values("member_id")),
            status=Person.Status.ACTIVE,
            account__isnull=False,
        ).distinct()
    )


def _words(state: CredentialState) -> dict[str, str]:
    def words_in(language: str) -> str:
        with override(language):
            return str(state.label)

    return in_each_language(words_in)
