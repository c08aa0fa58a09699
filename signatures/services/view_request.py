"""Look at one request for signature of one's own company: how far it is, what one may do."""

from dataclasses import dataclass
from datetime import datetime

from authentication.models import Person
from authentication.services.list_ways import Acting
from corpid.jobs.models import Job
from signatures.models import Document, SignatureRequest
from signatures.services.count_approvals import Standing, count_approvals
from signatures.services.find_own_request import find_own_request
from signatures.services.may_fill_a_place import may_fill_a_place


@dataclass(frozen=True, slots=True)
class RequestView:
    """`counts_me`: the frozen rule has a place for the person who looks."""

    request: SignatureRequest
    person: Person
    standing: Standing
    documents: tuple[Document, ...]
    sealing: Job | None  # none: not complete yet
    counts_me: bool
    has_voted: bool
    is_open: bool  # waiting, and not past its end

    @property
    def can_decide(self) -> bool:
        return self.is_open and self.counts_me and not self.has_voted

    @property
    def can_take_back(self) -> bool:
        return self.request.state == SignatureRequest.State.WAITING and self.has_voted


def view_request(*, reference: str, acting: Acting, at: datetime) -> RequestView:
    """Raise as find_own_request."""
    found = find_own_request(reference=reference, acting=acting, at=at)
    standing = count_approvals(request=found, at=at)
    return RequestView(
        request=found,
        person=acting.person,
        standing=standing,
        documents=tuple(found.documents.order_by("number")),
        sealing=Job.objects.filter(pk=found.seal_job_id).first() if found.seal_job_id else None,
        counts_me=may_fill_a_place(request=found, person=acting.person, at=at),
        has_voted=standing.vote_of(acting.person) is not None,
        is_open=found.state == SignatureRequest.State.WAITING and at < found.expires_at,
    )
