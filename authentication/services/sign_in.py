"""Sign in with password and one-time code.

1. Too many failures from this address, or at this account from strange browsers: wait.
2. The password, checked at the same cost whether or not the account exists.
3. The one-time code, which works once (RFC 6238, section 5.2).
4. Who may act for one company only acts for it: there is nothing to choose.

Whatever is wrong, the refusal is the same.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import Account, BrowserSession, Person
from authentication.services.choose_company import choose_company
from authentication.services.count_failed_try import count_failed_try
from authentication.services.find_acting import find_acting
from authentication.services.limit_tries import limit_tries
from authentication.services.list_ways import Acting
from authentication.services.take_code import take_code
from authentication.tries import Visitor
from corpid.audit.services.record_event import record_event
from corpid.errors import NotAuthenticated, gettext_noop
from corpid.notices.services.notify_person import notify_person


class SignInRefused(NotAuthenticated):
    code = "sign_in_refused"
    title = gettext_noop("Email, password or one-time code is not right.")
    remedy = gettext_noop("Check all three and try again. Each one-time code works once.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`acting` is for the only company the person may act for; None with none or many."""

    account: Account
    device: TOTPDevice
    session: BrowserSession
    acting: Acting | None


def sign_in(
    *, email: str, password: str, code: str, visitor: Visitor, at: datetime
) -> SignedIn:
    """Prove both factors and open a session. Raises SignInRefused, TooManyTries."""
    limit_tries(email=email, visitor=visitor, at=at)  # 1
    account = _account_with(email=email, password=password)  # 2
    device = None if account is None else take_code(account=account, code=code)  # 3
    if account is None or device is None:
        count_failed_try(email=email, visitor=visitor, at=at)
        raise SignInRefused
    return _open(account, device, visitor, at)


def _account_with(*, email: str, password: str) -> Account | None:
    account = Account.objects.filter(email=email.lower()).first()
    if account is None:
        Account().set_password(password)  # the same cost as checking one
        return None
    is_right = account.check_password(password)
    return account if is_right and account.is_active and _may_sign_in(account) else None


def _may_sign_in(account: Account) -> bool:
    return (
        account.is_staff
        or Person.objects.filter(account=account, status=Person.Status.ACTIVE).exists()
    )


@transaction.atomic
def _open(account: Account, device: TOTPDevice, visitor: Visitor, at: datetime) -> SignedIn:
    person = Person.objects.filter(account=account, status=Person.Status.ACTIVE).first()
    session = _open_session(account, person, visitor, at)
    acting = None if person is None else _act_for_the_only_company(person, at)  # 4
    return SignedIn(account, device, session, acting)


def _act_for_the_only_company(person: Person, at: datetime) -> Acting | None:
    ways = find_acting(person=person, at=at)
    if len(ways) != 1:
        return None
    return choose_company(person=person, company_id=ways[0].company.id, at=at)


def _open_session(
    account: Account, person: Person | None, visitor: Visitor, at: datetime
) -> BrowserSession:
    session = BrowserSession.objects.create(
        account=account, browser=visitor.agent[:200], started_at=at, seen_at=at
    )
    record_event(
        kind="authentication.signed_in",
        at=at,
        actor=f"account:{account.id}",
        subject=f"session:{session.id}",
        facts={"amr": ["pwd", "otp"]},
        personal={"address": visitor.address},
    )
    if person is not None and not visitor.known_browser:  # caseworkers have no inbox
        notify_person(
            kind="security.signed_in_from_new_browser",
            person_id=person.id,
            at=at,
            subject=f"session:{session.id}",
            path="/account/security",
            facts={},
        )
    return session
