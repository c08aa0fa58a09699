"""A one-page PDF signed by two directors and the company's seal, to PAdES B-LTA.

From the request to the completed document, in this process on the product's database, rolled
back each time; what reads the file in the fence counts too. Beside it: as many signatures by
OpenSSL as the key store made (persons, seal, time-stamps, certificates' status, statements).
"""

from collections.abc import Callable
from unittest.mock import patch

from django.db import transaction
from django.utils import timezone

from benchmarks.measuring import Case, InProcess, Void
from benchmarks.openssl import OpenSSLSpeed
from benchmarks.product import Product
from benchmarks.signing import Signing

TITLE = "Sign a one-page PDF: two directors, seal, B-LTA"


def prepare(product: Product) -> Case:
    from signatures.services.complete_request import complete_request  # noqa: PLC0415  after setup
    from signatures.services.seal_documents import seal_documents  # noqa: PLC0415

    signing = Signing(product)
    signing.signed_by_the_worker()  # certificates of all three are there afterwards

    def sign() -> None:
        with transaction.atomic():
            request = signing.approved()
            sealed = seal_documents(request=request, report=lambda *_: None)
            if not sealed:
                raise Void("nothing was signed")
            complete_request(request=request, sealed=sealed, at=timezone.now())
            transaction.set_rollback(True)

    return Case(
        name="sign",
        title=TITLE,
        subject=InProcess(
            "ask, approve twice, sign, seal",
            sign,
            product.cpu_of_servers,
            product.cpu_of_helpers,
        ),
        comparison=OpenSSLSpeed(signs=_signatures_in(sign)),
    )


def _signatures_in(operation: Callable[[], None]) -> int:
    """Count the signatures that one operation asks of the key store."""
    from corpid.keys.software import SoftwareKeyStore  # noqa: PLC0415

    with patch.object(
        SoftwareKeyStore, "sign", autospec=True, side_effect=SoftwareKeyStore.sign
    ) as counted:
        operation()
    return counted.call_count
