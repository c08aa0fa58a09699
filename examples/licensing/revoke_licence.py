"""Revoke, suspend or resume a licence: who checks it learns of it within a minute.

python examples/licensing/revoke_licence.py crd_… --reason "Inspection of 2 March" --urgent
python examples/licensing/revoke_licence.py crd_… --reason "Fee not paid" --change suspend
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the samples' modules

from corp_id import CorpID, CorpIDRefused
from sandbox import default_handle, read_handle

SLUG = "food-licensing"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("credential", help="its id: crd_…")
    parser.add_argument("--sandbox", type=Path, default=default_handle())
    parser.add_argument("--change", choices=["revoke", "suspend", "resume"], default="revoke")
    parser.add_argument("--reason", required=True, help="the company reads it; name no person")
    parser.add_argument("--urgent", action="store_true", help="publish at once")
    arguments = parser.parse_args()

    handle = read_handle(arguments.sandbox)
    (own,) = [each for each in handle["e_services"] if each["slug"] == SLUG]
    corp_id = CorpID(handle["issuer"], own["client_id"], own["private_jwks"])
    try:
        changed = corp_id.call(
            "POST",
            f"/api/v1/credentials/{arguments.credential}/{arguments.change}",
            corp_id.own_token("credentials"),
            json={"reason": arguments.reason, "is_urgent": arguments.urgent},
        )
    except CorpIDRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    print(json.dumps(changed, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
