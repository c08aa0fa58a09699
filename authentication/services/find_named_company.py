"""The company that a call is about: the token's own, or one that the caller names."""

from uuid import UUID

from authentication.models import Company
from corpid.business_identifier import parse_business_identifier
from corpid.errors import Invalid, NotAllowed, gettext_noop


class CompanyNotKnown(Invalid):
    code = "company_not_known"
    title = gettext_noop("No company with this identifier uses Corp ID.")
    remedy = gettext_noop("Check the number, or leave it out and let the company be chosen.")


class AnotherCompany(NotAllowed):
    code = "another_company"
    title = gettext_noop("The token is for another company than the one named.")
    remedy = gettext_noop("Leave the company out, or get a token for it.")


def find_named_company(*, company_id: UUID | None, ubi: str | None) -> Company | None:
    """Find it; a token that acts for a company (`company_id`) may name that one and no other.

    None if nothing names a company. Raises CompanyNotKnown (also of one that has not joined),
    AnotherCompany, NotABusinessIdentifier.
    """
    named = parse_business_identifier(ubi).text if ubi is not None else None
    companies = Company.objects.select_related("current_name")
    if company_id is not None:
        own = companies.get(pk=company_id)
        if named not in {None, own.ubi}:
            raise AnotherCompany
        return own
    if named is None:
        return None
    found = companies.filter(ubi=named, enrolled_at__isnull=False).first()
    if found is None:
        raise CompanyNotKnown
    return found
