"""The company shows a credential; what leaves is what the page showed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.db import transaction

from authentication.models import Company, Person
from authentication.services.check_power import Authority, check_power
from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, CorpIDError, Invalid, gettext_noop
from corpid.keys.store import key_store
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from corpid.outbound.client import Answer
from corpid.protocols.es256 import sign_compact
from corpid.protocols.public_jwk import public_jwk
from corpid.protocols.sd_jwt import bind_to_holder, present_sd_jwt
from credentials.dcql import Match
from credentials.models import AccessLog, Presentation
from credentials.openid4vp import PresentationRequest, write_response
from credentials.powers import PRESENT_CREDENTIAL
from credentials.services.deliver_answer import VerifierDidNotTake, deliver_answer
from credentials.services.match_wallet import Held, match_wallet
from credentials.services.use_consent import use_consent

RECEIPT_TYPE = "corpid-presentation-receipt+jwt"
MAX_RETURN_URI = 2000


class CannotAnswer(Conflict):
    code = "wallet_cannot_answer"
    title = gettext_noop("The wallet holds nothing that answers this request any more.")
    remedy = gettext_noop("Open the request again to see what is missing.")


class ChoiceDoesNotFit(Invalid):
    code = "presentation_choice_does_not_fit"
    title = gettext_noop("The licence that was picked does not answer the request.")
    remedy = gettext_noop("Open the request again and pick one of the licences shown.")


@dataclass(frozen=True, slots=True)
class SentPresentation:
    verifier_name: str
    presentations: tuple[Presentation, ...]
    return_uri: str | None  # where the verifier wants the browser next


@dataclass(frozen=True, slots=True)
class _Prepared:
    request: PresentationRequest
    body: bytes
    presentations: tuple[Presentation, ...]


def answer_presentation_request(
    *,
    person: Person,
    company: Company,
    consent: str,
    choice: Mapping[str, str],
    at: datetime,
) -> SentPresentation:
    """Send the chosen credentials (query id to credential id), and nothing else of the wallet.

    What is sent is written down before it leaves; then the verifier's answer is noted.
    Raises TokenNotUsable, CannotAnswer, ChoiceDoesNotFit, VerifierDidNotTake, and what
    check_power and read_request raise. While the sending of company data is switched off it
    raises PrefillSwitchedOff: nothing leaves, and the consent can be used once it is on again.
    """
    prepared = _prepare(person, company, consent, choice, at)
    try:
        answer = deliver_answer(request=prepared.request, body=prepared.body, at=at)
    except CorpIDError as error:
        _conclude(prepared, Presentation.Outcome.UNKNOWN, at)
        raise VerifierDidNotTake(error.code) from error
    if answer.status != 200:  # noqa: PLR2004  HTTP's own number
        _conclude(prepared, Presentation.Outcome.NOT_TAKEN, at)
        raise VerifierDidNotTake(str(answer.status))
    _conclude(prepared, Presentation.Outcome.TAKEN, at)
    return SentPresentation(
        prepared.request.verifier.name, prepared.presentations, _return_uri(answer)
    )


@transaction.atomic
def _prepare(
    person: Person, company: Company, consent: str, choice: Mapping[str, str], at: datetime
) -> _Prepared:
    require_function(SwitchedFunction.PREFILL)
    authority = check_power(person=person, company=company, power=PRESENT_CREDENTIAL, at=at)
    request = use_consent(person=person, company=company, consent=consent, at=at)
    held, answers = match_wallet(request=request, company=company, at=at)
    if not answers.is_possible:
        raise CannotAnswer(request.client_id)
    chosen = {
        query_id: _chosen(answers.matches[query_id], choice.get(query_id))
        for query_id in answers.wanted
    }
    tokens = {
        query_id: [_present(request, held[match.key], match, at)]
        for query_id, match in chosen.items()
    }
    receipts = tuple(
        _write_down(request, held[match.key], match, person, company, authority, at)
        for match in chosen.values()
    )
    require_function(SwitchedFunction.PREFILL)  # rolled back with all of it, the consent too
    return _Prepared(
        request, write_response(presentations=tokens, state=request.state), receipts
    )


def _chosen(matches: tuple[Match, ...], credential_id: str | None) -> Match:
    if credential_id is None and len(matches) == 1:
        return matches[0]
    for match in matches:
        if match.key == credential_id:
            return match
    raise ChoiceDoesNotFit(str(credential_id))


def _present(request: PresentationRequest, held: Held, match: Match, at: datetime) -> str:
    assert held.credential.holder_key_id is not None  # noqa: S101  a constraint: not held for claim
    return bind_to_holder(
        present_sd_jwt(held.opened.token, reveal=match.reveal),
        audience=request.client_id,
        nonce=request.nonce,
        at=at,
        sign=partial(key_store().sign, held.credential.holder_key_id),
    )


def _write_down(
    request: PresentationRequest,
    held: Held,
    match: Match,
    person: Person,
    company: Company,
    authority: Authority,
    at: datetime,
) -> Presentation:
    disclosed = [list(path) for path in sorted(match.reveal, key=str)]
    presentation = Presentation(
        credential=held.credential,
        company=company,
        person=person,
        capacity=authority.capacity,
        verifier_name=request.verifier.name[:200],
        client_id=request.client_id,
        response_uri=request.response_uri,
        purpose=request.purpose,
        disclosed=disclosed,
        presented_at=at,
    )
    presentation.receipt = _receipt(presentation, held, person, company)
    presentation.save(force_insert=True)
    AccessLog.objects.create(
        credential=held.credential,
        kind=AccessLog.Kind.PRESENTED,
        at=at,
        actor=f"person:{person.id}",
        verifier=presentation.verifier_name,
        detail=request.purpose,
    )
    record_event(
        kind="credentials.presentation.sent",
        at=at,
        actor=f"person:{person.id}",
        subject=f"credential:{held.credential.id}",
        company_id=company.id,
        facts={
            "presentation": presentation.id,
            "client_id": request.client_id,
            "capacity": authority.capacity,
            "disclosed": [".".join(map(str, path)) for path in disclosed],
        },
    )
    return presentation


def _receipt(presentation: Presentation, held: Held, person: Person, company: Company) -> str:
    key_id = held.credential.holder_key_id
    assert key_id is not None  # noqa: S101  a constraint: not held for claim
    jwk = public_jwk(key_store().public_key(key_id))
    claims = {
        "jti": presentation.id,
        "iat": int(presentation.presented_at.timestamp()),
        "company": company.ubi,
        "person": str(person.id),
        "capacity": presentation.capacity,
        "vct": held.opened.all_claims["vct"],
        "disclosed": presentation.disclosed,
        "aud": presentation.client_id,
        "verifier": presentation.verifier_name,
        "purpose": presentation.purpose,
    }
    return sign_compact(
        {"typ": RECEIPT_TYPE, "jwk": jwk}, claims, partial(key_store().sign, key_id)
    )


@transaction.atomic
def _conclude(prepared: _Prepared, outcome: Presentation.Outcome, at: datetime) -> None:
    ids = [presentation.id for presentation in prepared.presentations]
    Presentation.objects.filter(id__in=ids).update(outcome=outcome)
    for presentation in prepared.presentations:
        presentation.outcome = outcome
        record_event(
            kind="credentials.presentation.concluded",
            at=at,
            actor="system",
            subject=f"presentation:{presentation.id}",
            company_id=presentation.company_id,
            facts={"outcome": outcome.value},
        )


def _return_uri(answer: Answer) -> str | None:
    """Read where the verifier wants the browser (section 8.2): a web page or nothing."""
    try:
        document = orjson.loads(answer.content)
        uri = document.get("redirect_uri") if isinstance(document, dict) else None
        scheme = urlsplit(uri).scheme if isinstance(uri, str) else ""
    except ValueError:
        return None
    is_page = scheme == "https" or (scheme == "http" and settings.SANDBOX)
    return uri if is_page and isinstance(uri, str) and len(uri) <= MAX_RETURN_URI else None
