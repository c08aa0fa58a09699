"""Say in one sentence who acts for which company, along the whole chain."""

from django.utils.translation import gettext

from authentication.models import Capacity, Company, Person
from authentication.oidc.claims import Represented


def describe_representation(*, person: Person, represented: Represented, language: str) -> str:
    """Give "Wong Mei Ling, of ABC Secretaries (company secretary …), for Golden Harvest"."""
    names = _names([link.ubi for link in represented.chain], language)
    words = {
        "person": person.name_in(language),
        "company": names[represented.chain[-1].ubi],
        "capacity": _capacity(represented.capacity),
    }
    firms = [names[link.ubi] for link in represented.chain[:-1]]
    return _sentence(represented.capacity, firms) % (
        words | dict(zip(("firm", "next_firm"), firms, strict=False))
    )


def _sentence(capacity: str, firms: list[str]) -> str:
    if not firms:
        alone = {
            Capacity.PROPRIETOR: gettext("%(person)s, owner of %(company)s"),
            "member": gettext("%(person)s, member of staff of %(company)s"),
            "agent": gettext("%(person)s, under a mandate of %(company)s"),
        }
        return alone.get(capacity) or gettext("%(person)s, %(capacity)s of %(company)s")
    if capacity != "agent":
        return gettext(
            "%(person)s, of %(firm)s (%(capacity)s on the register), for %(company)s"
        )
    if len(firms) == 1:
        return gettext("%(person)s, of %(firm)s, under a mandate of %(company)s")
    return gettext(
        "%(person)s, of %(firm)s, under a mandate of %(next_firm)s, which acts under a mandate "
        "of %(company)s"
    )


def _capacity(capacity: str) -> str:
    return str(Capacity(capacity).label) if capacity in Capacity.values else ""


def _names(ubis: list[str], language: str) -> dict[str, str]:
    companies = Company.objects.named().filter(ubi__in=ubis)
    return {company.ubi: company.name_in(language) for company in companies}
