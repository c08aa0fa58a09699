"""Whom a question about authority concerns: a person in a company who let it be asked."""

from dataclasses import dataclass
from uuid import UUID

from authentication.models import Company, EService, Grant, Person
from corpid.business_identifier import parse_business_identifier
from corpid.errors import Invalid, NotFound, gettext_noop


class PersonNotNamed(Invalid):
    code = "person_not_named"
    title = gettext_noop("Name the person whose authority you ask about.")
    remedy = gettext_noop("Send their sub, or call with the access token of their sign-in.")


class NobodyConcerned(NotFound):
    code = "nobody_concerned"
    title = gettext_noop("Nobody like that has let your e-service ask about them.")
    remedy = gettext_noop(
        "Name the sub and company of one sign-in at your e-service with the scope authority."
    )


@dataclass(frozen=True, slots=True)
class Named:
    """What a call names: the person and company of its token, and what its body says."""

    person_id: UUID | None
    company_id: UUID | None
    sub: str | None = None
    ubi: str | None = None


@dataclass(frozen=True, slots=True)
class Concerned:
    person: Person
    company: Company


def find_concerned(*, e_service: EService, named: Named) -> Concerned:
    """Find who is named by the token, by `sub`, or by both alike.

    A `sub` is a person in one company: naming the company too only makes sure. What the token,
    the `sub` and the company do not say alike is as little there as what another e-service
    knows. Raises PersonNotNamed, NobodyConcerned, NotABusinessIdentifier.
    """
    if named.person_id is None and named.sub is None:
        raise PersonNotNamed
    agreed = Grant.objects.letting_ask().filter(session__e_service=e_service)
    if named.person_id is not None:
        agreed = agreed.filter(
            session__person=named.person_id, session__company=named.company_id
        )
    if named.sub is not None:
        agreed = agreed.filter(subject__sub=named.sub)
    if named.ubi is not None:
        ubi = parse_business_identifier(named.ubi).text
        agreed = agreed.filter(session__company__ubi=ubi)
    grant = agreed.select_related("session__person", "session__company").first()
    if grant is None:
        raise NobodyConcerned
    return Concerned(grant.session.person, grant.session.company)
