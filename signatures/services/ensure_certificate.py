"""The certificate with which a person, or the company itself, signs now."""

from datetime import datetime, timedelta

from django.db import transaction

from authentication.models import Company, Person
from signatures.models import Certificate
from signatures.pki.certificates import Subject
from signatures.services.issue_certificate import issue_certificate

LEAST_LIFE = timedelta(days=30)


@transaction.atomic
def ensure_certificate(
    *, company: Company, at: datetime, person: Person | None = None
) -> Certificate:
    """Find one that still lives 30 days, under the present name, or issue a new one.

    Of two workers at once one waits for the other (the company's row), so that a person does
    not collect certificates.
    """
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    profile = Certificate.Profile.SEAL if person is None else Certificate.Profile.PERSON
    subject = _subject(company, person)
    found = (
        Certificate.objects.in_force(at=at)
        .filter(profile=profile, company=company, person=person)
        .filter(not_after__gt=at + LEAST_LIFE)
        .select_related("key", "issuer__issuer")
        .order_by("-not_before")
        .first()
    )
    if found is not None and found.as_x509().subject == subject.as_name():
        return found
    issued = issue_certificate(
        profile=profile, subject=subject, company=company, person=person, at=at
    )
    return Certificate.objects.select_related("key", "issuer__issuer").get(pk=issued.pk)


def _subject(company: Company, person: Person | None) -> Subject:
    name = str(company.current_name)
    if person is None:
        return Subject(name, name, company.ubi)
    both = " ".join(part for part in (person.name_tc, person.name_en) if part)
    return Subject(both, name, company.ubi, person.id.hex)
