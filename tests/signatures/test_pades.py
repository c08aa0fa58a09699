"""Signed files as other programs see them, and what we will not sign."""

import hashlib
import io
import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signatures.pades.cms import Commitment, Signing, statement_in
from signatures.pades.examination import Finding, examine
from signatures.pades.fields import Field, create_fields
from signatures.pades.signing import Stamp, sign_field
from tests.signatures.signed_documents import (
    sign_like_the_product,
    stamping,
    write_agreement,
)
from tests.signatures.throwaway_pki import ThrowawayPki

TRUE = generic.BooleanObject(value=True)


def run(*command: str) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)


@pytest.fixture(scope="module", params=["ec", "rsa"])
def pki(request: pytest.FixtureRequest, now: datetime) -> ThrowawayPki:
    return ThrowawayPki(at=now, key_kind=request.param)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, pki: ThrowawayPki, now: datetime) -> Path:
    folder = tmp_path_factory.mktemp("signed")
    path = write_agreement(folder)
    stamp = folder / "stamp.pdf"
    stamp.write_bytes(path.read_bytes())
    sign_like_the_product(
        path,
        pki,
        persons=[pki.person(), pki.person("陳家欣 Chan Ka Yan")],
        seal=pki.seal(),
        at=now,
        stamp=Stamp(stamp),
        statements=("first.state.ment", "second.state.ment", "third.state.ment"),
    )
    return path


def embedded(path: Path) -> list[EmbeddedPdfSignature]:
    reader = PdfFileReader(io.BytesIO(path.read_bytes()))
    return list(reader.embedded_signatures)


@pytest.mark.needs("pdfsig", "certutil")
def test_pdfsig_finds_each_signature_valid_and_trusted(
    signed: Path, pki: ThrowawayPki, tmp_path: Path
) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(pki.root.certificate.public_bytes(Encoding.PEM))
    database = str(tmp_path / "nss")
    os.mkdir(database)  # noqa: PTH102  certutil wants it there
    run("certutil", "-N", "-d", database, "--empty-password")
    run("certutil", "-A", "-d", database, "-n", "root", "-t", "CT,C,C", "-i", str(root))

    said = run("pdfsig", "-no-ocsp", "-nssdir", database, str(signed))

    assert said.count("Signature is Valid.") == 3
    assert said.count("Certificate is Trusted.") == 3


@pytest.mark.needs("qpdf")
def test_qpdf_finds_nothing_to_complain_of(signed: Path) -> None:
    said = run("qpdf", "--check", str(signed))

    assert "No syntax or stream encoding errors found" in said
    assert "WARNING" not in said


@pytest.mark.needs("openssl")
def test_openssl_accepts_the_cms_of_each_signature(
    signed: Path, pki: ThrowawayPki, tmp_path: Path
) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(pki.root.certificate.public_bytes(Encoding.PEM))
    content = signed.read_bytes()
    for number, signature in enumerate(embedded(signed)[:3]):
        start, length, again, rest = signature.byte_range
        covered, cms = tmp_path / f"covered{number}", tmp_path / f"cms{number}"
        covered.write_bytes(content[start : start + length] + content[again : again + rest])
        cms.write_bytes(signature.pkcs7_content)

        said = run(
            *("openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER"),
            *("-purpose", "any", "-in", str(cms), "-content", str(covered)),
            *("-CAfile", str(root), "-out", os.devnull),
        )

        assert "Verification successful" in said, said


def test_the_document_that_was_shown_is_untouched_below_the_signatures(
    signed: Path, tmp_path: Path
) -> None:
    original = write_agreement(tmp_path).read_bytes()

    assert signed.read_bytes()[: len(original)] == original


def test_each_signature_says_what_it_commits_to_and_none_claims_a_time(signed: Path) -> None:
    commitments = []
    for signature in embedded(signed)[:3]:
        attributes = {
            attribute["type"].native: attribute["values"][0]
            for attribute in signature.signer_info["signed_attrs"]
        }
        assert "signing_time" not in attributes
        assert "content_time_stamp" in attributes
        assert "/Reason" not in signature.sig_object
        assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
        commitments.append(attributes["commitment_type"]["commitment_type_id"].dotted)

    assert commitments == [Commitment.APPROVAL, Commitment.APPROVAL, Commitment.ORIGIN]


def test_each_signature_carries_the_statement_of_its_authority(signed: Path) -> None:
    statements = [statement_in(signature.signer_info) for signature in embedded(signed)[:3]]

    assert statements == ["first.state.ment", "second.state.ment", "third.state.ment"]


def test_only_the_seal_locks_the_document(signed: Path) -> None:
    first, second, seal = embedded(signed)[:3]

    assert first.docmdp_level is None
    assert second.docmdp_level is None
    assert seal.docmdp_level is MDPPerm.NO_CHANGES
    assert seal.sig_field["/Lock"]["/Action"] == "/All"


def test_every_field_was_there_before_the_first_signature(signed: Path) -> None:
    first = embedded(signed)[0]
    reader = PdfFileReader(io.BytesIO(signed.read_bytes()))
    then = reader.get_historical_root(first.signed_revision)

    names = [field.get_object()["/T"] for field in then["/AcroForm"]["/Fields"]]

    assert names == ["Person1", "Person2", "Seal"]


def test_a_field_is_signed_once_only(tmp_path: Path, pki: ThrowawayPki, now: datetime) -> None:
    path = write_agreement(tmp_path)
    signing = Signing(pki.person(), Commitment.APPROVAL, "", stamping(pki, now))
    with path.open("r+b") as file:
        create_fields(file, [Field("Person1", "Signature")])
        sign_field(file, field_name="Person1", signing=signing, claimed_at=now)
    before = hashlib.sha256(path.read_bytes()).hexdigest()

    with path.open("r+b") as file, pytest.raises(Exception, match="filled"):
        sign_field(file, field_name="Person1", signing=signing, claimed_at=now)

    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def findings(path: Path) -> list[str]:
    with path.open("rb") as file:
        found: list[str] = json.loads(examine(file, {}))
    return found


def changed(path: Path, **entries: generic.PdfObject) -> Path:
    """Put entries into the document's root by an incremental update."""
    with path.open("r+b") as file:
        writer = IncrementalPdfFileWriter(file)
        for name, value in entries.items():
            writer.root[pdf_name(f"/{name}")] = value
        writer.update_root()
        writer.write_in_place()
    return path


def dictionary(**entries: generic.PdfObject) -> generic.DictionaryObject:
    return generic.DictionaryObject(
        {pdf_name(f"/{name}"): value for name, value in entries.items()}
    )


def test_an_ordinary_document_may_be_signed(tmp_path: Path) -> None:
    assert findings(write_agreement(tmp_path)) == []


def test_an_opening_page_is_no_action(tmp_path: Path) -> None:
    goto = dictionary(S=pdf_name("/GoTo"), D=generic.ArrayObject())

    assert findings(changed(write_agreement(tmp_path), OpenAction=goto)) == []


@pytest.mark.parametrize(
    ("entries", "finding"),
    [
        (
            {
                "OpenAction": dictionary(
                    S=pdf_name("/JavaScript"), JS=pdf_string("app.alert(1)")
                )
            },
            Finding.ACTS,
        ),
        (
            {"OpenAction": dictionary(S=pdf_name("/Launch"), F=pdf_string("calc.exe"))},
            Finding.ACTS,
        ),
        ({"AA": dictionary(WC=dictionary(S=pdf_name("/Named")))}, Finding.ACTS),
        (
            {"AcroForm": dictionary(Fields=generic.ArrayObject(), XFA=pdf_string("<xdp/>"))},
            Finding.XFA,
        ),
        (
            {
                "AcroForm": dictionary(
                    Fields=generic.ArrayObject(),
                    NeedAppearances=TRUE,
                )
            },
            Finding.FORM_NOT_DRAWN,
        ),
        (
            {
                "OCProperties": dictionary(
                    D=dictionary(OFF=generic.ArrayObject([generic.NullObject()]))
                )
            },
            Finding.HIDDEN_LAYERS,
        ),
        (
            {
                "Names": dictionary(
                    EmbeddedFiles=dictionary(
                        Names=generic.ArrayObject(
                            [
                                pdf_string("x"),
                                dictionary(UF=pdf_string("Invoice.PDF.EXE"), EF=dictionary()),
                            ]
                        )
                    )
                )
            },
            Finding.EXECUTABLE,
        ),
    ],
)
def test_what_acts_or_hides_is_not_signed(
    tmp_path: Path, entries: dict[str, generic.PdfObject], finding: Finding
) -> None:
    assert findings(changed(write_agreement(tmp_path), **entries)) == [finding]


def test_a_document_that_somebody_signed_already_is_not_signed_again(signed: Path) -> None:
    assert findings(signed) == [Finding.SIGNED_ALREADY]


@pytest.mark.needs("qpdf")
def test_an_encrypted_document_is_not_signed(tmp_path: Path) -> None:
    plain, secret = write_agreement(tmp_path), tmp_path / "secret.pdf"
    run("qpdf", "--encrypt", "a", "b", "256", "--", str(plain), str(secret))

    assert findings(secret) == [Finding.ENCRYPTED]


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"", Finding.EMPTY),
        (b"\x89PNG\r\n\x1a\n" + bytes(3000), Finding.NOT_PDF),
        (b"%PDF-1.7\n" + bytes(5000), Finding.CUT_SHORT),
    ],
)
def test_what_is_no_pdf_is_never_parsed(
    tmp_path: Path, content: bytes, finding: Finding
) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(content)

    assert findings(path) == [finding]
