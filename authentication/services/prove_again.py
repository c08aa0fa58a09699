"""Step up: prove both factors anew, shortly before something that binds the company.

Unlike a sign-in, the account is known: only its own tries are counted.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from authentication.models import Account
from authentication.services.count_failed_try import count_failed_try
from authentication.services.limit_tries import limit_tries
from authentication.services.take_code import take_code
from authentication.tries import Visitor
from corpid.audit.services.record_event import record_event
from corpid.errors import NotAuthenticated, gettext_noop

_Done = TypeVar("_Done")


class ProofRefused(NotAuthenticated):
    code = "proof_refused"
    title = gettext_noop("Password or one-time code is not right.")
    remedy = gettext_noop("Wait for the next one-time code and try again: each works once.")


def prove_again(
    *,
    account: Account,
    password: str,
    code: str,
    subject: str,
    digest: str,
    visitor: Visitor,
    at: datetime,
    step: Callable[[], _Done],
) -> _Done:
    """Prove both factors for one subject and digest, and do the step that they are proven for.

    The proof is in the log only together with what the step did: a step that refuses leaves
    neither. The code stays used, and a failed try counted, whatever comes after.
    Raises ProofRefused, TooManyTries, and what the step raises.
    """
    limit_tries(email=account.email, visitor=visitor, at=at)
    if not account.check_password(password) or take_code(account=account, code=code) is None:
        count_failed_try(email=account.email, visitor=visitor, at=at)
        raise ProofRefused
    with transaction.atomic():
        record_event(
            kind="authentication.stepped_up",
            at=at,
            actor=f"account:{account.id}",
            subject=subject,
            facts={"digest": digest, "amr": ["pwd", "otp"]},
        )
        return step()
