"""Sign every document of a request: the persons, then the company's seal, to PAdES B-LTA.

Nothing that is seen changes here: the work is done on private copies, and what comes out are
files named by their digests. `complete_request` makes them the signed documents, or not, so the
work may be done again after a crash without a second signature.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils import timezone

from authentication.joint_policy import Progress
from authentication.models import Vote
from authentication.services.check_power import check_power
from authentication.services.count_votes import count_votes
from corpid.errors import Conflict, NotAvailable, gettext_noop
from corpid.files.services.open_file import open_file
from corpid.files.services.store_file import store_file
from corpid.files.storage import CHUNK, full_disk_named
from corpid.jobs.crash_point import reach_crash_point
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from corpid.rendering.pages import inspect_pdf
from signatures.models import Certificate, Document, SignatureRequest
from signatures.pades.cms import Commitment, Signing, TimeStamp
from signatures.pades.fields import Field, Place, create_fields
from signatures.pades.long_term import add_archive_time_stamp, add_validation_data
from signatures.pades.signing import sign_field
from signatures.pki import time_stamp
from signatures.powers import SIGN
from signatures.services.clocks_agree import clocks_agree
from signatures.services.draw_stamp import draw_stamp
from signatures.services.ensure_certificate import ensure_certificate
from signatures.services.find_authority import find_authority
from signatures.services.find_key_holder import find_key_holder
from signatures.services.find_present_certificate import find_present_certificate
from signatures.services.place_stamp import place_stamp
from signatures.services.publish_crl import publish_crl
from signatures.services.staple_status import staple_status
from signatures.services.state_authority import state_authority

Report = Callable[[int, int, str], None]


class AuthorityEnded(Conflict):
    code = "authority_ended"
    title = gettext_noop("Somebody who approved may no longer sign for the company.")
    remedy = gettext_noop("Ask again: those who may sign now will be asked.")


class TimeInDoubt(NotAvailable):
    code = "time_in_doubt"
    title = gettext_noop("Our clocks differ, so that nothing can be time-stamped now.")
    remedy = gettext_noop("Signing goes on by itself as soon as they agree.")


@dataclass(frozen=True, slots=True)
class Sealed:
    document_id: UUID
    digest_hex: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Signer:
    certificate: Certificate
    vote: Vote | None  # none: the company's seal
    field: Field


def seal_documents(*, request: SignatureRequest, report: Report) -> list[Sealed]:
    """Sign all documents; an empty list if the request is not (or no longer) to be sealed.

    Raises AuthorityEnded if the rule no longer holds, TimeInDoubt, and SigningSwitchedOff
    before each document.
    """
    if request.state != SignatureRequest.State.SEALING or request.approval is None:
        return []
    at = timezone.now()
    votes = _standing_votes(request)
    progress = _still_authorised(request, votes, at)
    documents = list(request.documents.order_by("number"))
    sealed = []
    for number, document in enumerate(documents):
        report(number, len(documents), gettext_noop("Signing and sealing"))
        require_function(SwitchedFunction.SIGNING)
        reach_crash_point("signatures.seal.before_sign")
        sealed.append(_seal(request, document, votes, progress))
        reach_crash_point("signatures.seal.after_sign")
    return sealed


def _standing_votes(request: SignatureRequest) -> list[Vote]:
    return list(
        Vote.objects.filter(
            approval=request.approval, choice=Vote.Choice.YES, taken_back_at=None
        )
        .select_related("person")
        .order_by("cast_at", "id")
    )


def _still_authorised(
    request: SignatureRequest, votes: Sequence[Vote], at: datetime
) -> Progress:
    """Ask again, now: an office or mandate may have ended since the vote."""
    for vote in votes:
        check_power(person=vote.person, company=request.company, power=SIGN, at=at)
    assert request.approval is not None  # noqa: S101  checked by the caller
    progress = count_votes(approval=request.approval, at=at)
    if not progress.is_complete:
        raise AuthorityEnded(f"{progress.have} of {progress.needed}")
    return progress


def _seal(
    request: SignatureRequest, document: Document, votes: Sequence[Vote], progress: Progress
) -> Sealed:
    at = timezone.now()
    if not clocks_agree(at=at):
        raise TimeInDoubt
    # The work is done on a private copy without a name: a crash leaves nothing of it behind.
    with (
        full_disk_named(),
        open_file(document.original_digest) as original,
        tempfile.TemporaryFile(dir=settings.FILES_DIR) as file,
    ):
        place = place_stamp(page_size=inspect_pdf(original).page_sizes[-1])
        original.seek(0)
        shutil.copyfileobj(original, file, CHUNK)
        signers = _signers(request, votes, place, at)
        with draw_stamp(
            document=document,
            company=request.company,
            signers=[vote.person for vote in votes],
            width=place.box[2] - place.box[0],
            at=at,
        ) as stamp:
            create_fields(file, [signer.field for signer in signers])
            for signer in signers:
                statement = state_authority(
                    request=request,
                    document=document,
                    certificate=signer.certificate,
                    progress=progress,
                    at=at,
                    vote=signer.vote,
                )
                sign_field(
                    file,
                    field_name=signer.field.name,
                    signing=Signing(
                        find_key_holder(signer.certificate),
                        Commitment.APPROVAL if signer.vote else Commitment.ORIGIN,
                        statement,
                        _stamped_now(),
                    ),
                    claimed_at=timezone.now(),
                    stamp=stamp if signer.field.place else None,
                )
            _add_long_term(file, [signer.certificate for signer in signers])
        file.seek(0)
        stored = store_file(
            content=file,
            media_type="application/pdf",
            at=at,
            company_id=request.company_id,
            is_agreed=True,
        )
    return Sealed(document.id, stored.digest_hex, at)


def _signers(
    request: SignatureRequest, votes: Sequence[Vote], place: Place, at: datetime
) -> list[_Signer]:
    """Persons in the order of their approvals, then the company; the last one locks.

    A sole proprietor is the business: the owner's signature is the last.
    """
    company = request.company
    has_seal = not company.is_sole_proprietorship
    signers = []
    for number, vote in enumerate(votes, 1):
        is_last = not has_seal and number == len(votes)
        field = Field(
            f"Person{number}",
            f"Signature of {vote.person}",
            place if is_last else None,
            locks_document=is_last,
        )
        certificate = ensure_certificate(company=company, person=vote.person, at=at)
        signers.append(_Signer(certificate, vote, field))
    if has_seal:
        field = Field(
            "Seal",
            f"Electronic seal of {company.current_name}",
            place,
            locks_document=True,
        )
        signers.append(_Signer(ensure_certificate(company=company, at=at), None, field))
    return signers


def _stamped_now() -> TimeStamp:
    """Time-stamp by our own authority, in this process, at the moment it is called."""

    def stamp(digest: bytes) -> bytes:
        now = timezone.now()
        holder = find_authority(Certificate.Profile.TSA, at=now)
        return time_stamp.make_token(digest, authority=holder, at=now)

    return stamp


def _add_long_term(file: BinaryIO, signing: Sequence[Certificate]) -> None:
    now = timezone.now()
    authorities = [
        find_present_certificate(profile, at=now)
        for profile in (
            Certificate.Profile.TSA,
            Certificate.Profile.OCSP,
            Certificate.Profile.ISSUING,
            Certificate.Profile.ROOT,
        )
    ]
    leaves = [*signing, authorities[0]]
    add_validation_data(
        file,
        certificates=[
            each.as_x509().public_bytes(Encoding.DER) for each in [*signing, *authorities]
        ],
        ocsp_responses=[staple_status(certificate=leaf, at=now) for leaf in leaves],
        crls=[publish_crl(shard="root", at=now)],
    )
    add_archive_time_stamp(file, field_name="Archive1", time_stamp=_stamped_now())
