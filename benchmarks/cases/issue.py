"""A department issues a food licence into a company's wallet, over HTTP.

The credential is an SD-JWT VC with a place in a status list, bound to a key of its holder made
for it. Beside it: one signature made, two verified (access token and DPoP proof).
"""

import json
import secrets

from benchmarks.e_service import EService
from benchmarks.measuring import Case, NotMeasured
from benchmarks.openssl import OpenSSLSpeed
from benchmarks.over_http import Connection, OverHttp, Request
from benchmarks.product import Product

TITLE = "Issue a food licence as SD-JWT VC"
_SHOWN_COMPANY = "71234567"  # the one that journeys look at: leave its wallet alone


def prepare(product: Product) -> Case:
    department = EService(product, "food-licensing")
    ubi = _holder()
    token = ""

    def renew_token() -> None:
        nonlocal token
        connection = Connection(product.base_url)
        token = department.ask_for_token(connection, "credentials")
        connection.close()

    def issue(connection: Connection, _turn: int) -> None:
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_urlsafe(16),
        }
        body = json.dumps(_licence(ubi)).encode()
        request = Request("POST", "/api/v1/credentials", headers, body)
        department.call(connection, request, token)

    return Case(
        name="issue",
        title=TITLE,
        subject=OverHttp(
            name="POST /api/v1/credentials",
            product=product,
            operation=issue,
            before=renew_token,
        ),
        comparison=OpenSSLSpeed(signs=1, verifies=2),
    )


def _holder() -> str:
    from authentication.models import Company  # noqa: PLC0415  after setup

    enrolled = Company.objects.filter(enrolled_at__isnull=False).exclude(ubi=_SHOWN_COMPANY)
    ubi = enrolled.order_by("-ubi").values_list("ubi", flat=True).first()
    if ubi is None:
        raise NotMeasured("no other company has a wallet")
    return str(ubi)


def _licence(ubi: str) -> dict[str, object]:
    address = f"Shop {secrets.randbelow(10_000)}, 1 Temple Street, Yau Ma Tei, Kowloon"
    premises = {"name": "Benchmark Noodles", "address_en": address}
    return {
        "type": "food-licence",
        "ubi": ubi,
        "premises": premises,
        "claims": {
            "licence_number": f"{secrets.randbelow(10**10):010d}",
            "holder": {"ubi": ubi, "name_en": "Benchmark Limited"},
            "premises": premises,
            "conditions": ["No open fire."],
        },
        "valid_from": "2026-03-01T00:00:00+08:00",
        "expires_at": "2036-03-01T00:00:00+08:00",
        "external_ref": secrets.token_urlsafe(12),
    }
