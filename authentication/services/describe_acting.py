"""Say in which capacity somebody acts: for the company bar and consent screens."""

from django.utils.translation import gettext

from authentication.models import Capacity, Company
from authentication.services.find_acting import Acting


def describe_acting(*, acting: Acting, language: str) -> str:
    """Give `director`, `member`, `company secretary, through ABC Secretaries` and so on."""
    words = _capacity(acting.capacity)
    if acting.is_direct or acting.capacity == "member":
        return words
    firm = _firm_name(acting, language)
    return gettext("%(capacity)s, through %(firm)s") % {"capacity": words, "firm": firm}


def _capacity(capacity: str) -> str:
    if capacity == "member":
        return gettext("member of staff")
    if capacity == "agent":
        return gettext("agent under a mandate")
    return str(Capacity(capacity).label)


def _firm_name(acting: Acting, language: str) -> str:
    firm = Company.objects.named().get(pk=acting.chain[0].company_id)
    return firm.current_name.in_language(language) if firm.current_name else firm.ubi
