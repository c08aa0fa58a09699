"""What a person is e-mailed, where, and whether it arrives."""

from dataclasses import dataclass

from authentication.models import Account, Person
from corpid.notices.catalogue import CATALOGUE, NoticeKind
from corpid.notices.models import BouncingAddress, NoticeMail
from corpid.notices.services.find_settings import Choices, find_settings


@dataclass(frozen=True, slots=True)
class NoticeSettingsPage:
    choices: Choices
    always_on: list[NoticeKind]
    address: str
    is_proven: bool
    bouncing: BouncingAddress | None  # nothing more is sent to this address
    came_back: NoticeMail | None  # the last e-mail, if it was refused for good


def show_notice_settings(*, person: Person, account: Account) -> NoticeSettingsPage:
    last = (
        NoticeMail.objects.filter(person_id=person.id, address=account.email)
        .exclude(state=NoticeMail.State.PENDING)
        .order_by("-ended_at")
        .first()
    )
    has_bounced = last is not None and last.state == NoticeMail.State.BOUNCED
    return NoticeSettingsPage(
        choices=find_settings(person_id=person.id, language=account.language),
        always_on=[kind for kind in CATALOGUE.values() if kind.always_on],
        address=account.email,
        is_proven=account.email_verified_at is not None,
        bouncing=BouncingAddress.objects.filter(pk=account.email).first(),
        came_back=last if has_bounced else None,
    )
