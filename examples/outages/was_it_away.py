"""Was Corp ID away when somebody wanted to file? Ask, check the signature, keep the answer.

    python examples/outages/was_it_away.py --function signing --at 2026-03-03T14:10:00+08:00 \
        --keep decision-1234.jws

It prints the outages that cover the moment, and ends with 0 if there is one. `--keep` writes
down the JWS that it verified: file it with your decision; its keys stay published for ever.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the samples' modules

from sandbox import default_handle, read_handle

_CLOCK_SKEW = 10  # seconds that two clocks may differ


class StatementNotTrusted(Exception):
    """The signed statement is not what it should be; the message says which check failed."""


def read_statement(
    signed: str, keys: Mapping[str, Any], *, issuer: str, now: float
) -> list[dict[str, Any]]:
    """Verify what `signed` says about now; the outages beside it in the answer prove nothing.

    1. ES256, and a key of this issuer's outages.
    2. Of this kind: no other token of Corp ID passes for it.
    3. From this issuer, and not expired: an old statement knows nothing of a new outage.
    """
    try:
        key_set = KeySet.import_key_set(keys)  # type: ignore[arg-type]  # a JWK set, as it came
        token = jwt.decode(signed, key_set, algorithms=["ES256"])  # 1
    except (JoseError, ValueError) as error:
        raise StatementNotTrusted("not signed by Corp ID") from error
    if token.header.get("typ") != "outages+jwt":  # 2
        raise StatementNotTrusted("another kind of statement")
    claims = token.claims
    if claims.get("iss") != issuer:  # 3
        raise StatementNotTrusted("another issuer")
    if not claims["iat"] - _CLOCK_SKEW <= now < claims["exp"]:
        raise StatementNotTrusted("not of now")
    outages: list[dict[str, Any]] = claims["outages"]
    return outages


def covering(
    outages: list[dict[str, Any]], function: str, moment: datetime, client_id: str | None = None
) -> Iterator[dict[str, Any]]:
    """Give those of this function, for everybody or for this e-service, at the moment."""
    for outage in outages:
        ends = outage["ends_at"]
        if (
            function in outage["functions"]
            and outage["client_id"] in {None, client_id}
            and datetime.fromisoformat(outage["starts_at"]) <= moment
            and (ends is None or moment < datetime.fromisoformat(ends))
        ):
            yield outage


def moment_with_zone(text: str) -> datetime:
    """Read ISO 8601; without its zone, nobody can say which moment it was."""
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise argparse.ArgumentTypeError(f"{text} has no zone; write {text}+08:00 or so")
    return moment


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox", type=Path, default=default_handle())
    parser.add_argument("--function", default="signing")
    parser.add_argument("--at", type=moment_with_zone, default=None, help="with its zone")
    parser.add_argument("--client-id", default=None, help="yours, for outages of login")
    parser.add_argument("--keep", type=Path, default=None, help="a new file for the statement")
    arguments = parser.parse_args()
    issuer = read_handle(arguments.sandbox)["issuer"]
    answer = httpx2.get(f"{issuer}/api/v1/outages", timeout=10).raise_for_status().json()
    keys = httpx2.get(f"{issuer}/api/v1/outages/keys", timeout=10).raise_for_status().json()
    outages = read_statement(answer["signed"], keys, issuer=issuer, now=time.time())
    if arguments.keep:
        # "x": never over the statement of another decision
        with arguments.keep.open("x", encoding="ascii") as kept:
            kept.write(answer["signed"])
    moment = arguments.at or datetime.now().astimezone()
    found = list(covering(outages, arguments.function, moment, arguments.client_id))
    for outage in found:
        print(outage["id"], outage["starts_at"], outage["ends_at"], outage["text"]["en"])
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
