"""What the verification says of good files, of files just outside, and of attacks."""

import base64
import io
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signatures.pades.cms import Commitment, Signing
from signatures.pades.fields import Field, create_fields
from signatures.pades.long_term import add_validation_data
from signatures.pades.signing import sign_field
from signatures.pki.crl import Revocation, RevocationReason
from signatures.pki.key_holder import KeyHolder
from signatures.verification import inside
from signatures.verification.conclude import Authority, Stated, conclude
from signatures.verification.findings import Findings, read_findings
from signatures.verification.verdict import Level, Question, Reason, Verdict
from tests.signatures.signed_documents import (
    add_long_term,
    sign_like_the_product,
    stamping,
    write_agreement,
)
from tests.signatures.throwaway_pki import NOW, ThrowawayPki

TWO_OF_TWO = Authority(Stated.AUTHORISED, "director", needed=2, have=2)
SEAL = Authority(Stated.AUTHORISED, "", needed=2, have=2, is_seal=True)
AUTHORITIES = {"Person1": TWO_OF_TWO, "Person2": TWO_OF_TWO, "Seal": SEAL}


@pytest.fixture(scope="module")
def pki() -> ThrowawayPki:
    return ThrowawayPki()


@pytest.fixture(scope="module")
def agreement(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("agreement")
    return write_agreement(folder, pages=2).read_bytes()


@pytest.fixture(scope="module")
def signed(
    agreement: bytes, pki: ThrowawayPki, tmp_path_factory: pytest.TempPathFactory
) -> bytes:
    path = tmp_path_factory.mktemp("signed") / "signed.pdf"
    path.write_bytes(agreement)
    persons = [pki.person(), pki.person("Chan Ka Yan")]
    sign_like_the_product(path, pki, persons=persons, seal=pki.seal())
    return path.read_bytes()


def find(
    content: bytes, pki: ThrowawayPki, *, at: datetime = NOW + timedelta(minutes=5)
) -> Findings:
    """Verify as the product does: it tells what it knows of the certificates that it issued."""
    listed = json.loads(inside.certificates(io.BytesIO(content), {}))
    leaves = [x509.load_der_x509_certificate(base64.b64decode(der)) for der in listed]
    arguments = {
        "roots": [base64.b64encode(pki.root.certificate_der).decode()],
        "ocsp_responses": [
            base64.b64encode(pki.status_of(leaf, at)).decode()
            for leaf in leaves
            if leaf.issuer == pki.issuing.certificate.subject
        ],
        "crls": [base64.b64encode(pki.root_crl(at)).decode()],
        "at": at.isoformat(),
    }
    return read_findings(inside.verify(io.BytesIO(content), arguments))


def judge(content: bytes, pki: ThrowawayPki) -> Verdict:
    return conclude(find(content, pki), AUTHORITIES, frozenset())


def sign_one(
    content: bytes,
    pki: ThrowawayPki,
    holder: KeyHolder,
    *,
    stamped_at: datetime | None,
    field: str = "Person1",
) -> bytes:
    file = io.BytesIO(content)
    create_fields(file, [Field(field, "Signature")])
    time_stamp = stamping(pki, stamped_at) if stamped_at else None
    signing = Signing(holder, Commitment.APPROVAL, "", time_stamp)
    sign_field(file, field_name=field, signing=signing, claimed_at=NOW)
    return file.getvalue()


def test_a_file_signed_by_the_product_is_green(signed: bytes, pki: ThrowawayPki) -> None:
    verdict = judge(signed, pki)

    assert verdict.level is Level.GREEN
    assert verdict.facts["signers"] == ["Lee Siu Ming", "Chan Ka Yan"]
    assert verdict.facts["company"] == "Golden Harvest Trading Limited"
    assert [each.format for each in verdict.signatures] == ["B-LTA"] * 3
    assert {each.indication for each in verdict.signatures} == {"TOTAL-PASSED"}


def test_it_is_still_green_when_the_signers_certificates_have_expired(
    signed: bytes, pki: ThrowawayPki
) -> None:
    after_expiry = NOW + timedelta(days=4 * 365)

    findings = find(signed, pki, at=after_expiry)

    assert {each.indication for each in findings.signatures} == {"TOTAL-PASSED"}
    assert conclude(findings, AUTHORITIES, frozenset()).level is Level.GREEN


def test_each_signature_answers_the_four_questions(signed: bytes, pki: ThrowawayPki) -> None:
    for signature in judge(signed, pki).signatures:
        assert [answer.question for answer in signature.answers] == list(Question)


def with_store(
    content: bytes, pki: ThrowawayPki, holder: KeyHolder, *, bad: bytes | None = None
) -> bytes:
    """Give a document its security store: all that its signature needs, and bad items first."""
    file = io.BytesIO(content)
    later = NOW + timedelta(seconds=2)
    leaves = [holder.certificate, pki.tsa.certificate]
    authorities = [pki.issuing.certificate, pki.responder.certificate, pki.root.certificate]
    add_validation_data(
        file,
        certificates=[each.public_bytes(Encoding.DER) for each in [*leaves, *authorities]],
        ocsp_responses=[pki.status_of(leaf, later) for leaf in leaves],
        crls=[pki.root_crl(NOW)],
    )
    if bad is None:
        return file.getvalue()
    writer = IncrementalPdfFileWriter(file)
    for kind in ("/OCSPs", "/CRLs", "/Certs"):
        items = writer.root["/DSS"][kind]
        items.insert(0, writer.add_object(generic.StreamObject(stream_data=bad)))
        writer.update_container(items)
    changed = io.BytesIO()
    writer.write(changed)
    return changed.getvalue()


def find_alone(content: bytes, pki: ThrowawayPki) -> Findings:
    """Verify knowing the root only: everything else must come from the file."""
    arguments = {
        "roots": [base64.b64encode(pki.root.certificate_der).decode()],
        "ocsp_responses": [],
        "crls": [],
        "at": (NOW + timedelta(minutes=5)).isoformat(),
    }
    return read_findings(inside.verify(io.BytesIO(content), arguments))


@pytest.mark.parametrize(
    "bad", [b"", b"\x02\x01\x07", b"\x30\x02\xff\xff"], ids=["empty", "another", "inside"]
)
def test_a_broken_item_of_the_security_store_spoils_itself_only_and_is_named(
    agreement: bytes, pki: ThrowawayPki, bad: bytes
) -> None:
    holder = pki.person()
    signed = sign_one(agreement, pki, holder, stamped_at=NOW)

    whole = find_alone(with_store(signed, pki, holder), pki)
    spoilt = find_alone(with_store(signed, pki, holder, bad=bad), pki)

    assert whole.unread_evidence == ()
    assert spoilt.unread_evidence == (
        "OCSPs 1: ValueError",
        "CRLs 1: ValueError",
        "Certs 1: ValueError",
    )
    assert [each.indication for each in whole.signatures] == ["TOTAL-PASSED"]
    assert spoilt.signatures[0].indication == "TOTAL-PASSED"
    [signature] = conclude(spoilt, {}, frozenset()).signatures
    assert signature.answers[1].evidence["unread_evidence"] == [*spoilt.unread_evidence]


def test_a_security_store_that_is_none_is_named_and_ends_nothing(
    agreement: bytes, pki: ThrowawayPki
) -> None:
    holder = pki.person()
    signed = sign_one(agreement, pki, holder, stamped_at=NOW)
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root["/DSS"] = generic.NumberObject(7)
    writer.update_root()
    file = io.BytesIO()
    writer.write(file)

    found = find_alone(file.getvalue(), pki)

    assert [each.split(":")[0] for each in found.unread_evidence] == ["OCSPs", "CRLs", "Certs"]
    assert found.signatures[0].indication != "TOTAL-PASSED"


@pytest.mark.parametrize("place", [0.1, 0.2, 0.3])
def test_one_changed_byte_is_red(signed: bytes, pki: ThrowawayPki, place: float) -> None:
    spot = int(len(signed) * place)
    tampered = bytearray(signed)
    tampered[spot] ^= 0x01

    verdict = judge(bytes(tampered), pki)

    assert verdict.level in {Level.RED, Level.UNREADABLE}


def padding_of_the_last_slot(signed: bytes) -> int:
    """Find a byte that no digest holds: the zeros behind the last time-stamp's token."""
    return signed.rindex(b"0" * 100) + 50


@pytest.mark.parametrize("digit", [b"1", b"f", b"F", b" ", b">"])
def test_a_changed_byte_in_the_padding_of_a_signature_is_red(
    signed: bytes, pki: ThrowawayPki, digit: bytes
) -> None:
    spot = padding_of_the_last_slot(signed)
    tampered = signed[:spot] + digit + signed[spot + 1 :]

    assert judge(tampered, pki).level in {Level.RED, Level.UNREADABLE}


@pytest.mark.parametrize(
    "appended", [b"\n", b"\n% a remark", b"\n%%EOF\n", b"\nstartxref\n1234\n%%EOF\n"]
)
def test_bytes_behind_the_last_signature_are_never_green(
    signed: bytes, pki: ThrowawayPki, appended: bytes
) -> None:
    assert judge(signed + appended, pki).level is not Level.GREEN


def test_a_changed_digit_in_the_original_text_is_red(
    signed: bytes, pki: ThrowawayPki, agreement: bytes
) -> None:
    stream = re.search(rb"stream\r?\n", agreement)
    assert stream is not None
    tampered = bytearray(signed)
    tampered[stream.end() + 40] ^= 0x01

    verdict = judge(bytes(tampered), pki)

    assert verdict.reason is Reason.CHANGED
    assert {each.sub_indication for each in verdict.signatures} == {"HASH_FAILURE"}


def updated(content: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    file = io.BytesIO(content)
    writer = IncrementalPdfFileWriter(file)
    change(writer)
    writer.write_in_place()
    return file.getvalue()


def _replace_first_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    while page["/Type"] == "/Pages":
        page = page["/Kids"][0]
    stream = generic.StreamObject(stream_data=b"q 0 0 300 300 re f Q")
    page[pdf_name("/Contents")] = writer.add_object(stream)
    writer.update_container(page)


def test_a_page_replaced_after_signing_is_red(signed: bytes, pki: ThrowawayPki) -> None:
    verdict = judge(updated(signed, _replace_first_page), pki)

    assert verdict.reason is Reason.CHANGED
    assert verdict.signatures[0].answers[0].evidence["pages_that_differ"] == [1]


def _form(content: bytes, value: str) -> bytes:
    """Add a text box with its appearance to the last page."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        reference, _ = writer.find_page_for_modification(-1)
        page = reference.get_object()
        field = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/Widget"),
                pdf_name("/FT"): pdf_name("/Tx"),
                pdf_name("/T"): pdf_string("Amount"),
                pdf_name("/F"): generic.NumberObject(4),
                pdf_name("/V"): pdf_string(value),
                pdf_name("/Rect"): generic.ArrayObject(
                    map(generic.NumberObject, (100, 100, 300, 140))
                ),
                pdf_name("/AP"): generic.DictionaryObject(
                    {pdf_name("/N"): writer.add_object(_appearance(value))}
                ),
            }
        )
        added = writer.add_object(field)
        page[pdf_name("/Annots")] = generic.ArrayObject([added])
        writer.update_container(page)
        writer.root[pdf_name("/AcroForm")] = generic.DictionaryObject(
            {pdf_name("/Fields"): generic.ArrayObject([added])}
        )
        writer.update_root()

    return updated(content, change)


def _appearance(value: str) -> generic.StreamObject:
    font = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/Type1"),
            pdf_name("/BaseFont"): pdf_name("/Helvetica"),
        }
    )
    return generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 200, 40))),
            pdf_name("/Resources"): generic.DictionaryObject(
                {pdf_name("/Font"): generic.DictionaryObject({pdf_name("/F1"): font})}
            ),
        },
        stream_data=f"BT /F1 24 Tf 4 10 Td ({value}) Tj ET".encode(),
    )


def _set_value(value: str, shown: str) -> Callable[[IncrementalPdfFileWriter], None]:
    def change(writer: IncrementalPdfFileWriter) -> None:
        field = next(
            each.get_object()
            for each in writer.root["/AcroForm"]["/Fields"]
            if each.get_object()["/T"] == "Amount"
        )
        field[pdf_name("/V")] = pdf_string(value)
        field["/AP"][pdf_name("/N")] = writer.add_object(_appearance(shown))
        writer.update_container(field)

    return change


def test_a_box_filled_after_an_approval_signature_is_amber_and_named(
    agreement: bytes, pki: ThrowawayPki
) -> None:
    person = pki.person()
    signed = sign_one(_form(agreement, "100"), pki, person, stamped_at=NOW)
    filled = updated(signed, _set_value("999999", "999999"))

    before = conclude(find(signed, pki), {}, frozenset())
    after = conclude(find(filled, pki), {}, frozenset())

    assert before.signatures[0].answers[0].reason is Reason.GOOD
    assert after.signatures[0].answers[0].reason is Reason.FILLED
    assert after.signatures[0].answers[0].evidence["filled"] == [
        {"name": "Amount", "signed": "100", "now": "999999"}
    ]


def test_the_same_box_filled_after_the_seal_is_red(
    agreement: bytes, pki: ThrowawayPki, tmp_path: Path
) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(_form(agreement, "100"))
    sign_like_the_product(path, pki, persons=[pki.person()], seal=pki.seal())

    verdict = judge(updated(path.read_bytes(), _set_value("999999", "999999")), pki)

    assert verdict.reason is Reason.CHANGED


def test_a_box_that_shows_another_value_than_was_signed_is_not_green(
    agreement: bytes, pki: ThrowawayPki
) -> None:
    signed = sign_one(_form(agreement, "100"), pki, pki.person(), stamped_at=NOW)

    shadow = find(updated(signed, _set_value("100", "900")), pki)

    changes = shadow.signatures[0].changes
    assert changes.pages == (2,)
    reason = conclude(shadow, {}, frozenset()).signatures[0].answers[0].reason
    assert reason in {Reason.CHANGED, Reason.FILLED}


@pytest.mark.parametrize(
    ("stamped", "revoked_after", "expected", "reason"),
    [
        (False, True, "REVOKED_NO_POE", Reason.REVOKED_SINCE),
        (True, True, "", Reason.GOOD),
        (True, False, "REVOKED", Reason.REVOKED_BEFORE),
    ],
)
def test_revocation_and_time_stamp_are_weighed_against_each_other(
    agreement: bytes,
    *,
    stamped: bool,
    revoked_after: bool,
    expected: str,
    reason: Reason,
) -> None:
    pki = ThrowawayPki()
    person = pki.person()
    serial = person.certificate.serial_number
    moment = NOW + timedelta(minutes=2 if revoked_after else -2)
    pki.revocations[serial] = Revocation(serial, moment, RevocationReason.KEY_COMPROMISE)
    content = sign_one(agreement, pki, person, stamped_at=NOW if stamped else None)

    found = find(content, pki).signatures[0]

    assert found.sub_indication == expected
    verdict = conclude(Findings(signatures=(found,)), {}, frozenset())
    assert verdict.signatures[0].answers[1].reason is reason


def test_without_a_time_stamp_nothing_proves_the_time(
    agreement: bytes, pki: ThrowawayPki
) -> None:
    person = pki.person()
    content = sign_one(agreement, pki, person, stamped_at=None)

    found = find(content, pki)

    assert found.signatures[0].format == "B-B"
    verdict = conclude(found, {"Person1": TWO_OF_TWO}, frozenset())
    assert verdict.signatures[0].answers[1].reason is Reason.TIME_UNPROVEN


def test_a_signature_under_a_root_that_we_do_not_know_is_amber(
    agreement: bytes, pki: ThrowawayPki
) -> None:
    stranger = ThrowawayPki()
    content = sign_one(agreement, stranger, stranger.person(), stamped_at=NOW)

    verdict = conclude(find(content, pki), {}, frozenset())

    assert verdict.signatures[0].answers[1].reason is Reason.ISSUER_UNKNOWN
    assert verdict.level is Level.AMBER


def test_one_of_two_directors_is_amber_with_the_count(
    agreement: bytes, pki: ThrowawayPki
) -> None:
    file = io.BytesIO(sign_one(agreement, pki, pki.person(), stamped_at=NOW))
    add_long_term(file, pki, [], NOW)

    verdict = conclude(find(file.getvalue(), pki), {"Person1": TWO_OF_TWO}, frozenset())

    rule = verdict.signatures[0].answers[3]
    assert rule.reason is Reason.RULE_INCOMPLETE
    assert rule.evidence == {"needed": 2, "have": 1}


def test_a_statement_about_somebody_else_is_red(signed: bytes, pki: ThrowawayPki) -> None:
    authorities = AUTHORITIES | {"Person2": Authority(Stated.NOT_AUTHORISED)}

    verdict = conclude(find(signed, pki), authorities, frozenset())

    assert verdict.reason is Reason.NOT_AUTHORISED
    assert verdict.level is Level.RED


def test_a_broken_field_does_not_hide_the_others(signed: bytes, pki: ThrowawayPki) -> None:
    def add_broken(writer: IncrementalPdfFileWriter) -> None:
        empty = generic.DictionaryObject({pdf_name("/Type"): pdf_name("/Sig")})
        value = writer.add_object(empty)
        field = generic.DictionaryObject(
            {
                pdf_name("/FT"): pdf_name("/Sig"),
                pdf_name("/T"): pdf_string("Broken"),
                pdf_name("/V"): value,
            }
        )
        fields = writer.root["/AcroForm"]["/Fields"]
        fields.append(writer.add_object(field))
        writer.update_container(fields)

    findings = find(updated(signed, add_broken), pki)

    assert [each.is_readable for each in findings.signatures] == [True, True, True, False]


def test_an_unsigned_file_is_said_to_be_unsigned(agreement: bytes, pki: ThrowawayPki) -> None:
    assert judge(agreement, pki).reason is Reason.NOT_SIGNED


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\x89PNG" + bytes(100), "not_pdf"),
        (b"%PDF-1.7" + bytes(4000), "pdf_cut_short"),
        (b"%PDF-1.7\nxx\n%%EOF", "file_unreadable"),
    ],
)
def test_what_can_not_be_read_is_said_with_its_code(
    content: bytes, code: str, pki: ThrowawayPki
) -> None:
    verdict = judge(content, pki)

    assert verdict.level is Level.UNREADABLE
    assert verdict.facts["finding"] == code


def test_findings_cross_the_fence_unchanged(signed: bytes, pki: ThrowawayPki) -> None:
    findings = find(signed, pki)

    assert read_findings(findings.as_json()) == findings


def test_the_certificates_of_signers_and_time_stamps_are_listed(
    signed: bytes, pki: ThrowawayPki
) -> None:
    listed = json.loads(inside.certificates(io.BytesIO(signed), {}))

    assert base64.b64encode(pki.tsa.certificate_der).decode() in listed
    assert len(listed) >= 4
