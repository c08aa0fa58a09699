"""Certificates, status and time as strangers' programs read them (openssl)."""

import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as x509_ocsp

from signatures.pki import oids, time_stamp
from signatures.pki.certificates import Subject
from signatures.pki.crl import Revocation, RevocationReason, make_crl
from signatures.pki.key_holder import KeyHolder
from signatures.pki.ocsp import answer_request, issuer_hashes
from tests.signatures.throwaway_pki import BASE, NOW, ThrowawayPki

EPOCH = str(int(NOW.timestamp()))


@pytest.fixture(params=["ec", "rsa"])
def pki(request: pytest.FixtureRequest) -> ThrowawayPki:
    return ThrowawayPki(key_kind=request.param)


def _pem(path: Path, *certificates: x509.Certificate) -> str:
    path.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in certificates))
    return str(path)


def _openssl(*arguments: str) -> str:
    ran = subprocess.run(
        ["openssl", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout + ran.stderr


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("profile", ["person", "seal", "tsa", "responder"])
def test_openssl_trusts_every_certificate_up_to_the_root(
    pki: ThrowawayPki, tmp_path: Path, profile: str
) -> None:
    made = getattr(pki, profile)
    holder: KeyHolder = made() if callable(made) else made
    root = _pem(tmp_path / "root", pki.root.certificate)
    issuing = _pem(tmp_path / "issuing", pki.issuing.certificate)
    leaf = _pem(tmp_path / "leaf", holder.certificate)

    said = _openssl(
        "verify",
        "-x509_strict",
        "-attime",
        EPOCH,
        "-CAfile",
        root,
        "-untrusted",
        issuing,
        leaf,
    )

    assert said == f"{leaf}: OK\n"


@pytest.mark.needs("openssl")
def test_openssl_finds_a_revoked_certificate_in_its_shard_and_no_other(
    pki: ThrowawayPki, tmp_path: Path
) -> None:
    revoked, good = pki.person(), pki.person("Chan Ka Yan")
    crl = make_crl(
        issuer=pki.issuing,
        address=f"{BASE}/crl/01.crl",
        number=7,
        this_update=NOW - timedelta(minutes=1),
        next_update=NOW + timedelta(hours=1),
        revocations=[
            Revocation(
                revoked.certificate.serial_number,
                NOW - timedelta(minutes=5),
                RevocationReason.KEY_COMPROMISE,
            )
        ],
    )
    (tmp_path / "der").write_bytes(crl)
    _openssl(
        "crl",
        "-inform",
        "DER",
        "-in",
        str(tmp_path / "der"),
        "-out",
        str(tmp_path / "crl"),
    )

    def verify(holder: KeyHolder) -> str:
        return _openssl(
            "verify",
            "-attime",
            EPOCH,
            "-crl_check",
            "-CRLfile",
            str(tmp_path / "crl"),
            "-CAfile",
            _pem(tmp_path / "root", pki.root.certificate),
            "-untrusted",
            _pem(tmp_path / "issuing", pki.issuing.certificate),
            _pem(tmp_path / "leaf", holder.certificate),
        )

    assert "certificate revoked" in verify(revoked)
    assert verify(good).endswith(": OK\n")


def test_a_shard_says_critically_which_shard_it_is(pki: ThrowawayPki) -> None:
    crl = x509.load_der_x509_crl(pki.root_crl(NOW))

    extension = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint)

    assert extension.critical
    points = pki.issuing.certificate.extensions.get_extension_for_class(
        x509.CRLDistributionPoints
    ).value
    assert extension.value.full_name == points[0].full_name


def test_time_stamping_is_the_one_and_critical_purpose_of_its_certificate(
    pki: ThrowawayPki,
) -> None:
    usage = pki.tsa.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)

    assert usage.critical
    assert list(usage.value) == [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]


def test_a_long_name_is_whole_in_the_organization_and_cut_in_the_common_name() -> None:
    name = "Golden Harvest " * 8

    subject = Subject(name, name, "12345678").as_name()

    values = {attribute.oid: attribute.value for attribute in subject}
    assert values[x509.NameOID.COMMON_NAME] == name[:64]
    assert values[x509.NameOID.ORGANIZATION_NAME] == name
    assert values[x509.NameOID.ORGANIZATION_IDENTIFIER] == "NTRHK-12345678"


def _ocsp_request(pki: ThrowawayPki, serial: int, algorithm: SHA1 | SHA256) -> bytes:
    name, key = issuer_hashes(pki.issuing.certificate, algorithm)
    builder = x509_ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        name, key, serial, algorithm
    )
    return (
        builder.add_extension(x509.OCSPNonce(b"n" * 16), critical=False)
        .build()
        .public_bytes(Encoding.DER)
    )


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("digest", ["-sha1", "-sha256"])
@pytest.mark.parametrize(("state", "word"), [("good", "good"), ("revoked", "revoked")])
def test_openssl_accepts_our_status_answers(
    tmp_path: Path, digest: str, state: str, word: str
) -> None:
    now = datetime.now(UTC)
    pki = ThrowawayPki(at=now)
    person = pki.person()
    serial = person.certificate.serial_number
    if state == "revoked":
        pki.revocations[serial] = Revocation(serial, now, RevocationReason.AFFILIATION_CHANGED)
    issuing = _pem(tmp_path / "issuing", pki.issuing.certificate)
    leaf = _pem(tmp_path / "leaf", person.certificate)
    request, response = tmp_path / "request", tmp_path / "response"
    _openssl("ocsp", "-issuer", issuing, digest, "-cert", leaf, "-reqout", str(request))
    response.write_bytes(
        answer_request(
            request.read_bytes(),
            issuer=pki.issuing.certificate,
            find_status=pki.find_status,
            responder=pki.responder,
            at=now,
        )
    )

    root = _pem(tmp_path / "root", pki.root.certificate)
    answer = ("-respin", str(response), "-verify_other", issuing, "-CAfile", root)
    # With -cert, openssl makes a new request; so the nonce is looked at in a run of its own.
    said = _openssl("ocsp", "-issuer", issuing, digest, "-no_nonce", "-cert", leaf, *answer)
    said_of_nonce = _openssl("ocsp", "-reqin", str(request), *answer)

    assert "Response verify OK" in said
    assert f": {word}" in said
    assert said_of_nonce == "Response verify OK\n"


def test_a_certificate_that_we_never_issued_is_unknown(pki: ThrowawayPki) -> None:
    answer = answer_request(
        _ocsp_request(pki, 4711, SHA256()),
        issuer=pki.issuing.certificate,
        find_status=pki.find_status,
        responder=pki.responder,
        at=NOW,
    )

    response = x509_ocsp.load_der_ocsp_response(answer)
    assert response.certificate_status is x509_ocsp.OCSPCertStatus.UNKNOWN


def test_another_authoritys_certificate_with_our_serial_number_is_unknown(
    pki: ThrowawayPki,
) -> None:
    other = ThrowawayPki()
    serial = pki.person().certificate.serial_number

    answer = answer_request(
        _ocsp_request(other, serial, SHA1()),  # noqa: S303  a name in OCSP, nothing signed
        issuer=pki.issuing.certificate,
        find_status=pki.find_status,
        responder=pki.responder,
        at=NOW,
    )

    response = x509_ocsp.load_der_ocsp_response(answer)
    assert response.certificate_status is x509_ocsp.OCSPCertStatus.UNKNOWN


@pytest.mark.parametrize("request_der", [b"", b"garbage", b"\x30\x03\x02\x01", b"0" * 5000])
def test_an_unreadable_status_request_gets_the_protocols_own_error(request_der: bytes) -> None:
    pki = ThrowawayPki()

    answer = answer_request(
        request_der,
        issuer=pki.issuing.certificate,
        find_status=pki.find_status,
        responder=pki.responder,
        at=NOW,
    )

    status = x509_ocsp.load_der_ocsp_response(answer).response_status
    assert status is x509_ocsp.OCSPResponseStatus.MALFORMED_REQUEST


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("digest", ["-sha256", "-sha384", "-sha512"])
def test_openssl_accepts_our_time_stamps(
    pki: ThrowawayPki, tmp_path: Path, digest: str
) -> None:
    (tmp_path / "data").write_bytes(b"agreement")
    _openssl(
        "ts",
        "-query",
        "-data",
        str(tmp_path / "data"),
        digest,
        "-cert",
        "-out",
        str(tmp_path / "request"),
    )
    request = (tmp_path / "request").read_bytes()
    (tmp_path / "response").write_bytes(
        time_stamp.answer_request(request, authority=pki.tsa, at=NOW)
    )

    said = _openssl(
        "ts",
        "-verify",
        "-attime",
        EPOCH,
        "-queryfile",
        str(tmp_path / "request"),
        "-in",
        str(tmp_path / "response"),
        "-CAfile",
        _pem(tmp_path / "root", pki.root.certificate),
        "-untrusted",
        _pem(tmp_path / "issuing", pki.issuing.certificate),
    )

    assert "Verification: OK" in said


def _stamp_request(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "version": "v1",
        "message_imprint": {
            "hash_algorithm": {"algorithm": "sha256"},
            "hashed_message": hashlib.sha256(b"x").digest(),
        },
        "nonce": 42,
        "cert_req": True,
    }
    encoded: bytes = tsp.TimeStampReq(fields | changes).dump()
    return encoded


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        (
            {
                "message_imprint": {
                    "hash_algorithm": {"algorithm": "sha1"},
                    "hashed_message": b"1" * 20,
                }
            },
            "bad_alg",
        ),
        (
            {
                "message_imprint": {
                    "hash_algorithm": {"algorithm": "sha256"},
                    "hashed_message": b"1" * 31,
                }
            },
            "bad_data_format",
        ),
        ({"req_policy": "1.2.3.4"}, "unaccepted_policy"),
    ],
)
def test_a_time_stamp_is_refused_with_its_reason(
    changes: dict[str, object], failure: str
) -> None:
    pki = ThrowawayPki()

    answer = time_stamp.TimeStampResponse.load(
        time_stamp.answer_request(_stamp_request(**changes), authority=pki.tsa, at=NOW)
    )

    assert answer["status"]["status"].native == "rejection"
    assert answer["status"]["fail_info"].native == {failure}


def test_no_time_is_made_up_while_the_clock_is_in_doubt() -> None:
    answer = time_stamp.TimeStampResponse.load(
        time_stamp.answer_request(_stamp_request(), authority=ThrowawayPki().tsa, at=None)
    )

    assert answer["status"]["fail_info"].native == {"time_not_available"}


@pytest.mark.parametrize("der", [b"", b"garbage", b"\x30\x80"])
def test_an_unreadable_time_stamp_request_is_an_answer(der: bytes) -> None:
    answer = time_stamp.TimeStampResponse.load(
        time_stamp.answer_request(der, authority=ThrowawayPki().tsa, at=NOW)
    )

    assert answer["status"]["fail_info"].native == {"bad_data_format"}


def test_a_time_stamp_says_what_was_asked_and_never_the_same_number_twice() -> None:
    pki = ThrowawayPki()
    infos = [
        time_stamp.TimeStampResponse.load(
            time_stamp.answer_request(_stamp_request(), authority=pki.tsa, at=NOW)
        )["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        for _ in range(3)
    ]

    assert len({info["serial_number"].native for info in infos}) == 3
    assert infos[0]["nonce"].native == 42
    assert infos[0]["gen_time"].native == NOW
    assert infos[0]["policy"].native == oids.POLICY_TIME_STAMP
    assert infos[0]["accuracy"]["seconds"].native == 1


def test_every_object_identifier_stands_in_the_list() -> None:
    listed = Path("docs/oids.md").read_text()

    assert oids.ARC in listed
    ours = {value for name, value in vars(oids).items() if name.isupper() and name != "ARC"}
    assert all(f"`{value.removeprefix(oids.ARC)}`" in listed for value in ours)


def test_a_persons_key_may_sign_and_nothing_else() -> None:
    usage = (
        ThrowawayPki().person().certificate.extensions.get_extension_for_class(x509.KeyUsage)
    )

    assert usage.value.content_commitment
    assert not usage.value.digital_signature
    assert not usage.value.key_cert_sign
