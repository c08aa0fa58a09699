"""Sign what was told about a token, for who has to show it to somebody else (RFC 9701)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from authentication.oidc.introspection import TYP, signed_answer_claims
from authentication.services.openid.find_client import Client
from corpid.keys.jws import sign_payload
from corpid.keys.models import Purpose


def sign_introspection(*, client: Client, answer: Mapping[str, Any], at: datetime) -> str:
    claims = signed_answer_claims(
        answer, issuer=settings.BASE_URL, client_id=client.client_id, at=at
    )
    return sign_payload(purpose=Purpose.OP, header={"typ": TYP}, payload=orjson.dumps(claims))
