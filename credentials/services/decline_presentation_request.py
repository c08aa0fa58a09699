"""The company declines to show a credential; whoever asked is told no more than that."""

from datetime import datetime

from django.db import transaction

from authentication.models import Company, Person
from authentication.services.check_power import check_power
from corpid.audit.services.record_event import record_event
from corpid.errors import CorpIDError
from credentials.openid4vp import write_error
from credentials.powers import PRESENT_CREDENTIAL
from credentials.services.deliver_answer import VerifierDidNotTake, deliver_answer
from credentials.services.find_registered_verifier import find_registered_verifier
from credentials.services.use_consent import use_consent


def decline_presentation_request(
    *, person: Person, company: Company, consent: str, at: datetime, language: str = "en"
) -> str:
    """Tell the verifier that nothing comes; returns its name for a reader of `language`.

    Raises TokenNotUsable, VerifierDidNotTake, and what check_power and read_request raise.
    """
    with transaction.atomic():
        check_power(person=person, company=company, power=PRESENT_CREDENTIAL, at=at)
        request = use_consent(person=person, company=company, consent=consent, at=at)
        record_event(
            kind="credentials.presentation.declined",
            at=at,
            actor=f"person:{person.id}",
            subject=f"verifier:{request.client_id}",
            company_id=company.id,
        )
    body = write_error(error="access_denied", state=request.state)
    try:
        deliver_answer(request=request, body=body, at=at)
    except CorpIDError as error:  # it learns by its own time-out
        raise VerifierDidNotTake(error.code) from error
    e_service = find_registered_verifier(verifier=request.verifier)
    return e_service.name_in(language) if e_service else request.verifier.name
