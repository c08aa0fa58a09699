"""Issue a food licence to a company, as a licensing department's back office would.

    python examples/licensing/issue_licence.py --ubi 71234567 --premises "Golden Workshop"

It prints the credential's id. The licence is in the company's wallet at once; a company that
does not use Corp ID yet finds it there when it joins (`held`).
"""

import argparse
import json
import secrets
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the samples' modules

from corp_id import CorpID, CorpIDRefused
from sandbox import default_handle, read_handle

SLUG = "food-licensing"
HONG_KONG = ZoneInfo("Asia/Hong_Kong")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox", type=Path, default=default_handle())
    parser.add_argument("--ubi", required=True)
    parser.add_argument("--premises", required=True, help="the name on the shop's sign")
    parser.add_argument("--address", default="G/F, 12 Reed Street, Tai Kok Tsui, Kowloon")
    parser.add_argument("--number", default=f"29{secrets.randbelow(10**8):08}")
    arguments = parser.parse_args()

    handle = read_handle(arguments.sandbox)
    (own,) = [each for each in handle["e_services"] if each["slug"] == SLUG]
    corp_id = CorpID(handle["issuer"], own["client_id"], own["private_jwks"])
    today = datetime.now(tz=HONG_KONG).replace(hour=0, minute=0, second=0, microsecond=0)
    premises = {"name": arguments.premises, "address_en": arguments.address}
    try:
        issued = corp_id.call(
            "POST",
            "/api/v1/credentials",
            corp_id.own_token("credentials"),
            json={
                "type": "food-licence",
                "ubi": arguments.ubi,
                "premises": premises,
                "claims": {
                    "licence_number": arguments.number,
                    "holder": {"ubi": arguments.ubi},
                    "premises": premises,
                },
                "valid_from": today.isoformat(),
                "expires_at": (today + timedelta(days=365)).isoformat(),
                "external_ref": f"FLD/{arguments.number}",
            },
            # Our own number makes the call repeatable: the same day, it gives the same.
            idempotency_key=f"issue-{arguments.number}",
        )
    except CorpIDRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    print(json.dumps(issued, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
