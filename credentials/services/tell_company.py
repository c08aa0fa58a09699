"""Put what concerns a credential into the inboxes of those who run the company."""

from datetime import datetime

from authentication.models import Company
from authentication.services.find_who_runs import find_who_runs
from corpid.languages import in_each_language, worded_in_each_language
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
        "status": worded_in_each_language(CredentialState(credential.state).label),
    }
    for person in find_who_runs(company=company, at=at):
        notify_person(
            kind=kind,
            person_id=person.id,
            company_id=company.id,
            at=at,
            subject=subject,
            path=f"/wallet/{credential.id}",
            facts=facts,
        )
