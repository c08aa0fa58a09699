"""An SD-JWT with ten disclosures signed, nothing stored: beside it, the one signature."""

from benchmarks.measuring import Case, InProcess
from benchmarks.openssl import OpenSSLSpeed
from benchmarks.product import Product

TITLE = "Make an SD-JWT with ten disclosures"
_BAR = 1 / 0.20  # a fifth of the signatures that the machine can make


def prepare(_product: Product) -> Case:
    from benchmarks import credential  # noqa: PLC0415  after setup
    from corpid.protocols.sd_jwt import issue_sd_jwt  # noqa: PLC0415  after setup

    claims = credential.claims()

    def issue() -> None:
        issue_sd_jwt(
            header=credential.HEADER,
            claims=claims,
            disclosable=credential.DISCLOSABLE,
            sign=credential.sign,
        )

    return Case(
        name="sd_jwt_issue",
        title=TITLE,
        subject=InProcess("issue_sd_jwt", issue),
        comparison=OpenSSLSpeed(signs=1),
        bar=_BAR,
    )
