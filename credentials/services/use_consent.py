"""Use up a person's consent to answer a request; it says which request they saw."""

from datetime import datetime

from authentication.models import Company, Person
from corpid.one_time.services.consume_signed_token import consume_signed_token
from corpid.one_time.services.consume_token import Reason, TokenNotUsable
from credentials.openid4vp import PresentationLink, PresentationRequest
from credentials.services.read_presentation_request import CONSENT_PURPOSE
from credentials.services.verify_request_object import verify_request_object


def use_consent(
    *, person: Person, company: Company, consent: str, at: datetime
) -> PresentationRequest:
    """Return the request that this person saw, for this company, proved again.

    Raises TokenNotUsable, and what read_request raises.
    """
    token = consume_signed_token(purpose=CONSENT_PURPOSE, token=consent, at=at)
    bound_to = token.bound_to
    if token.subject != str(person.id) or bound_to["company"] != str(company.id):
        raise TokenNotUsable(Reason.UNKNOWN)
    link = PresentationLink(bound_to["client_id"], bound_to["request_uri"])
    return verify_request_object(
        request_object=bound_to["request_object"],
        link=link,
        wallet_nonce=bound_to["wallet_nonce"],
        at=at,
    )
