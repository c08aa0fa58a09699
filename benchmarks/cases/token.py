"""A token for an e-service itself, beside the signatures that it can't do without.

Two are verified (the client's assertion, its DPoP proof) and one is made (the token).
"""

from benchmarks.e_service import EService
from benchmarks.measuring import Case
from benchmarks.openssl import OpenSSLSpeed
from benchmarks.over_http import Connection, OverHttp
from benchmarks.product import Product

TITLE = "Token by client credentials (private_key_jwt, DPoP, ES256)"


def prepare(product: Product) -> Case:
    bank = EService(product, "harbour-bank")

    def ask(connection: Connection, _turn: int) -> None:
        bank.ask_for_token(connection, "prefill")

    return Case(
        name="token",
        title=TITLE,
        subject=OverHttp(name="POST /oauth/token", product=product, operation=ask),
        comparison=OpenSSLSpeed(signs=1, verifies=2),
    )
