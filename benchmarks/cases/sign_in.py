"""A person signs in: password and one-time code to a new session, beside Argon2 itself."""

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from argon2 import PasswordHasher
from django.db import transaction
from django.utils import timezone

from benchmarks.measuring import Case, InProcess, Void
from benchmarks.over_http import Connection, OverHttp, Request
from benchmarks.product import Product

if TYPE_CHECKING:  # models need Django set up, which is after prepare() is called
    from authentication.models import Account

TITLE = "Sign in with password and one-time code"
_ACCOUNTS = 400  # a code works once: as many sign-ins a round at most
_PASSWORD = "lantern-harbour-47"  # noqa: S105  the sandbox's
_CSRF = "b" * 32


def prepare(product: Product) -> Case:
    from django_otp.oath import totp  # noqa: PLC0415  after setup
    from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: PLC0415

    accounts = _accounts()
    devices = TOTPDevice.objects.filter(user__in=[account.pk for account in accounts])
    key_of = {device.user_id: device.bin_key for device in devices}

    def sign_in(connection: Connection, turn: int) -> None:
        account = accounts[turn % _ACCOUNTS]
        form = {
            "email": account.email,
            "password": _PASSWORD,
            "code": f"{totp(key_of[account.pk]):06d}",
            "csrfmiddlewaretoken": _CSRF,
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrf={_CSRF}",
        }
        body = urlencode(form).encode()
        answer = connection.send_well(Request("POST", "/sign-in", headers, body))
        if "session=" not in str(answer.headers):
            raise Void("signed in without a session")

    def codes_unused() -> None:
        devices.update(last_t=-1, throttling_failure_count=0)

    stored = accounts[0].password.removeprefix("argon2")
    return Case(
        name="sign_in",
        title=TITLE,
        subject=OverHttp(
            name="POST /sign-in",
            product=product,
            operation=sign_in,
            most=_ACCOUNTS,
            before=codes_unused,
        ),
        comparison=InProcess(
            "argon2 verifies the password", lambda: PasswordHasher().verify(stored, _PASSWORD)
        ),
    )


@transaction.atomic
def _accounts() -> "list[Account]":
    """Make the accounts, or find those of an earlier run; they share one stored password."""
    from django.contrib.auth.hashers import make_password  # noqa: PLC0415
    from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: PLC0415

    from authentication.models import Account, Person  # noqa: PLC0415

    password = make_password(_PASSWORD)
    emails = [f"number-{number}@benchmark.example" for number in range(_ACCOUNTS)]
    if not Account.objects.filter(email=emails[0]).exists():
        made = Account.objects.bulk_create(
            Account(email=email, password=password) for email in emails
        )
        TOTPDevice.objects.bulk_create(
            TOTPDevice(user=account, name="benchmark", confirmed=True) for account in made
        )
        Person.objects.bulk_create(
            Person(
                account=account,
                name_en=f"Benchmark {number}",
                document_kind=Person.DocumentKind.HKID,
                document_hmac=number.to_bytes(32),
                document_tail="0(0)",
                proof=Person.Proof.COUNTER,
                proven_at=timezone.now(),
            )
            for number, account in enumerate(made)
        )
    accounts = Account.objects.filter(email__in=emails)
    accounts.update(password=password)
    return list(accounts.order_by("email"))
