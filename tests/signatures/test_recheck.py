"""What was signed and issued is looked at again, by rules of its own; each fault is found."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from authentication.models import Approval, CompanyStatus, Officer, Vote
from corpid.audit.models import Event
from corpid.operations.models import RecheckFinding, RecheckPass
from corpid.operations.services.check_readiness import check_readiness
from corpid.operations.services.recheck import recheck
from signatures.models import Certificate, Document, SignatureRequest
from signatures.services.ensure_certificate import ensure_certificate
from signatures.services.recheck_certificates import recheck_certificates
from signatures.services.recheck_documents import recheck_documents
from tests.signatures.conftest import House


def of_certificates() -> set[tuple[str, str]]:
    found = recheck_certificates(after="", at_most=100, at=timezone.now())
    assert len(found.subjects) == Certificate.objects.count()
    return {(each.subject, each.code) for each in found.mismatches}


def of_documents() -> set[str]:
    found = recheck_documents(after="", at_most=100, at=timezone.now())
    assert found.subjects
    return {each.code for each in found.mismatches}


def test_what_was_rightly_issued_and_signed_is_found_so(house: House, pdf: bytes) -> None:
    house.signed(pdf)

    assert of_certificates() == set()
    assert of_documents() == set()


def test_a_certificate_of_a_company_not_in_force_is_found(house: House) -> None:
    issued = ensure_certificate(company=house.company, at=timezone.now())
    house.company.status = CompanyStatus.STRUCK_OFF
    house.company.save()

    assert of_certificates() == {
        (f"certificate:{issued.serial_number}", "certificate_of_company_not_in_force")
    }


def test_a_certificate_that_only_stands_in_the_table_is_found(house: House) -> None:
    issued = ensure_certificate(company=house.company, at=timezone.now())
    Certificate.objects.filter(pk=issued.pk).update(
        serial_number="abc", not_before=issued.not_before + timedelta(hours=1)
    )

    assert {code for _, code in of_certificates()} == {
        "certificate_has_another_number",
        "certificate_has_another_period",
        "certificate_without_its_event",
    }


def test_a_certificate_moved_to_another_company_is_found(house: House, shop: House) -> None:
    issued = ensure_certificate(company=house.company, at=timezone.now())
    Certificate.objects.filter(pk=issued.pk).update(company=shop.company)

    assert {code for _, code in of_certificates()} == {
        "certificate_names_another",
        "certificate_without_its_event",
    }


def test_a_certificate_by_somebody_else_is_found(house: House) -> None:
    issued = ensure_certificate(company=house.company, at=timezone.now())
    other = Certificate.objects.get(profile=Certificate.Profile.TSA)
    Certificate.objects.filter(pk=issued.pk).update(issuer=other)

    assert {code for _, code in of_certificates()} == {"certificate_not_by_its_issuer"}


def signed(house: House, pdf: bytes) -> tuple[SignatureRequest, Document]:
    request = house.signed(pdf)
    return request, request.documents.get()


def _take_an_approval_away(request: SignatureRequest) -> None:
    vote = Vote.objects.filter(approval=request.approval).first()
    assert vote is not None
    vote.delete()


def _approve_after_signing(request: SignatureRequest) -> None:
    Vote.objects.filter(approval=request.approval).update(cast_at=timezone.now())


def _approve_as_the_clerk(request: SignatureRequest) -> None:
    clerk = request.company.members.get().person
    vote = Vote.objects.filter(approval=request.approval).first()
    assert vote is not None
    Vote.objects.filter(pk=vote.pk).update(person=clerk, capacity="role:clerk")


@pytest.mark.parametrize(
    "plant", [_take_an_approval_away, _approve_after_signing, _approve_as_the_clerk]
)
def test_a_document_signed_without_enough_approvals_is_found(
    house: House, pdf: bytes, plant: Callable[[SignatureRequest], None]
) -> None:
    request, _ = signed(house, pdf)

    plant(request)

    assert "too_few_approvals" in of_documents()


def test_a_director_who_has_left_since_is_no_fault(house: House, pdf: bytes) -> None:
    signed(house, pdf)
    left = Officer.objects.update(
        appointed_on=timezone.localdate() - timedelta(days=9), ceased_on=timezone.localdate()
    )
    assert left == len(house.directors)

    assert of_documents() == set()


def test_approvals_of_other_documents_are_found(house: House, pdf: bytes) -> None:
    signed(house, pdf)
    Approval.objects.update(digest="0" * 64)

    assert of_documents() == {"approved_other_documents"}


def test_a_signed_file_put_in_anothers_place_is_found(
    house: House, pdf: bytes, tmp_path: Path
) -> None:
    _, document = signed(house, pdf)
    _, other = signed(house, pdf + b"\n")
    Document.objects.filter(pk=document.pk).update(signed_digest=other.signed_digest)

    assert of_documents() >= {"signature_about_another_request", "signed_without_its_event"}


def test_a_file_that_is_not_signed_at_all_is_found(house: House, pdf: bytes) -> None:
    _, document = signed(house, pdf)
    Document.objects.filter(pk=document.pk).update(signed_digest=document.original_digest)

    assert of_documents() >= {"signed_file_does_not_verify", "signed_by_others_than_approved"}


def test_bytes_that_have_changed_or_gone_are_found(
    house: House, pdf: bytes, files: Path
) -> None:
    _, document = signed(house, pdf)
    (kept,) = files.rglob(document.signed_digest)
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes() + b"\n")
    assert of_documents() == {"file_damaged"}

    kept.unlink()

    assert of_documents() == {"file_not_kept"}


def test_both_passes_come_round_and_a_mended_fault_ends(house: House) -> None:
    issued = ensure_certificate(company=house.company, at=timezone.now())
    house.company.status = CompanyStatus.CEASED
    house.company.save()
    began = timezone.now()

    def look(later: timedelta) -> None:
        recheck(budget=timedelta(seconds=30), now=lambda: began + later)

    look(timedelta(0))

    finding = RecheckFinding.objects.get()
    assert finding.subject == f"certificate:{issued.serial_number}"
    assert Event.objects.filter(kind="operations.recheck.mismatch").count() == 1
    assert "recheck: 1 mismatches" in check_readiness(at=began).warnings
    count = Certificate.objects.count()
    passes = RecheckPass.objects.filter(what="certificates")
    assert {each.kind: each.checked for each in passes} == {"new": count, "round": count}

    look(timedelta(hours=1))  # the round rests
    assert {each.checked for each in passes.all()} == {count}
    house.company.status = CompanyStatus.LIVE
    house.company.save()
    look(timedelta(days=1, seconds=1))

    finding.refresh_from_db()
    assert finding.ended_at == began + timedelta(days=1, seconds=1)
    warnings = check_readiness(at=began).warnings
    assert [each for each in warnings if each.startswith("recheck")] == []
