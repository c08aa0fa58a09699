"""A company, and the authority of who acts for it, as tokens say them."""

from authentication.models import Company
from authentication.oidc.claims import Link, Represented
from authentication.services.check_power import Authority


def represent_company(*, company: Company, authority: Authority) -> Represented:
    return Represented(
        corp_id=str(company.id),
        ubi=company.ubi,
        names=company.names_by_tag(),
        kind=company.kind,
        status=company.status,
        capacity=authority.capacity,
        roles=authority.roles,
        chain=[Link(link.ubi, link.mandate) for link in authority.chain],
    )
