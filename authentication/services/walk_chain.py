"""Walk from a mandate up to the company whose powers it lends."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authentication.models import Mandate


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One company on the way from the person to the principal, and the mandate between."""

    ubi: str
    company_id: UUID
    mandate: str | None = None  # its reference; None where a register's office is the link


def walk_chain(mandate: Mandate, *, at: datetime) -> tuple[ChainLink, ...]:
    """Give the links, the principal last; none if any of them is not in force.

    Nor if a link is not one step below its parent, or lends another principal's powers: no
    constraint of the database looks at two rows, and rows of a circle would never end.
    """
    links: list[ChainLink] = []
    if mandate.delegate_company is not None:
        links.append(ChainLink(mandate.delegate_company.ubi, mandate.delegate_company.id))
    link: Mandate | None = mandate
    while link is not None:
        if not link.is_in_force(at=at):
            return ()
        parent = link.parent
        if parent is not None and (parent.principal_id, parent.depth) != (
            mandate.principal_id,
            link.depth - 1,
        ):
            return ()
        grantor = mandate.principal if parent is None else parent.delegate_company
        if grantor is None:  # only a company can pass a mandate on
            return ()
        links.append(ChainLink(grantor.ubi, grantor.id, link.reference))
        link = parent
    return tuple(links)
