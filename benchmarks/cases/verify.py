"""A signed PDF verified: two persons, a seal, B-LTA; what reads it in the fence counts too.

Beside it: the verifications that such a file can't do without, by OpenSSL. Three signatures and
seven time-stamps; the certificates of three signers, the time-stamping, status and issuing
authorities; five statuses of certificates and the root's list; three statements of authority.
"""

from django.utils import timezone

from benchmarks.measuring import Case, InProcess, Void
from benchmarks.openssl import OpenSSLSpeed
from benchmarks.product import Product
from benchmarks.signing import Signing

TITLE = "Verify a PDF signed by two directors and sealed, B-LTA"
_SIGNATURES, _TIME_STAMPS, _CERTIFICATES, _STATUSES, _STATEMENTS = 3, 7, 6, 6, 3
_GOOD = "green"


def prepare(product: Product) -> Case:
    from signatures.services.verify_file import verify_file  # noqa: PLC0415  after setup

    digest = Signing(product).signed_by_the_worker()

    def verify() -> None:
        verdict = verify_file(digest_hex=digest, at=timezone.now())
        if verdict["level"] != _GOOD:
            raise Void(f"the verdict is {verdict['level']}: {verdict['reason']}")

    return Case(
        name="verify",
        title=TITLE,
        subject=InProcess(
            "verify_file", verify, product.cpu_of_servers, product.cpu_of_helpers
        ),
        comparison=OpenSSLSpeed(
            verifies=_SIGNATURES + _TIME_STAMPS + _CERTIFICATES + _STATUSES + _STATEMENTS
        ),
    )
