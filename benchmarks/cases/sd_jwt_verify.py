"""An SD-JWT with ten disclosures verified: beside it, the one signature's check."""

from django.utils import timezone

from benchmarks.measuring import Case, InProcess, Void
from benchmarks.openssl import OpenSSLSpeed
from benchmarks.product import Product

TITLE = "Verify an SD-JWT with ten disclosures"
_BAR = 1 / 0.45  # nearly half of the signatures that the machine can check


def prepare(_product: Product) -> Case:
    from benchmarks import credential  # noqa: PLC0415  after setup
    from corpid.protocols.sd_jwt import issue_sd_jwt, verify_sd_jwt  # noqa: PLC0415  after setup

    token = issue_sd_jwt(
        header=credential.HEADER,
        claims=credential.claims(),
        disclosable=credential.DISCLOSABLE,
        sign=credential.sign,
    )
    key = credential.issuer_key.public_key()

    def verify() -> None:
        verified = verify_sd_jwt(token, issuer_key=lambda _: key, at=timezone.now())
        if len(verified.disclosed) != credential.DISCLOSURES:
            raise Void("not every claim was disclosed")

    return Case(
        name="sd_jwt_verify",
        title=TITLE,
        subject=InProcess("verify_sd_jwt", verify),
        comparison=OpenSSLSpeed(verifies=1),
        bar=_BAR,
    )
