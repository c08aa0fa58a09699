"""What a verification goes by: our roots, what we know of status, and what the file carries.

What the file carries is signed by authorities, so it is safe to hear; nothing is ever fetched.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

MOST_UNREAD = 20
Item = TypeVar("Item")


class SecurityStore:
    """The document security store (ISO 32000-2, 12.8.4.3); a bad item spoils itself only.

    What can't be read is told in `unread`: it may be why a signature is uncertain.
    """

    def __init__(self, reader: PdfFileReader) -> None:
        self._reader = reader
        self._unread: list[str] = []
        self.ocsp_responses = self._read("/OCSPs", _read_response)
        self.lists = self._read("/CRLs", _read_list)
        self.certificates = self._read("/Certs", _read_certificate)

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(self._unread[:MOST_UNREAD])

    def _read(self, kind: str, read: Callable[[bytes], Item]) -> list[Item]:
        if "/DSS" not in self._reader.root:
            return []
        try:
            items = list(self._reader.root["/DSS"].get(kind, ()))
        except Exception as error:  # noqa: BLE001  hostile input raises anything: it is told
            self._unread.append(f"{kind[1:]}: {type(error).__name__}")
            return []
        found = []
        for number, item in enumerate(items, start=1):
            try:
                found.append(read(item.get_object().data))
            except Exception as error:  # noqa: BLE001  as above
                self._unread.append(f"{kind[1:]} {number}: {type(error).__name__}")
        return found


def validation_by(
    arguments: Mapping[str, Any], store: SecurityStore
) -> SignatureValidationSpec:
    """Say by what to validate; `arguments` as `inside.verify` takes them."""
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(
            trust_roots=[x509.Certificate.load(der) for der in _decoded(arguments["roots"])]
        ),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("require")),
    )
    known_responses = [_read_response(der) for der in _decoded(arguments["ocsp_responses"])]
    known_lists = [_read_list(der) for der in _decoded(arguments["crls"])]
    return SignatureValidationSpec(
        cert_validation_policy=policy,
        ts_cert_validation_policy=policy,
        # The file chooses every address in it: nothing is fetched, ever.
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
            certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
        ),
        local_knowledge=LocalKnowledge(
            known_ocsps=known_responses + store.ocsp_responses,
            known_crls=known_lists + store.lists,
            known_certs=store.certificates,
        ),
        key_usage_settings=KeyUsageConstraints(
            key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False
        ),
    )


def _decoded(values: list[str]) -> list[bytes]:
    return [base64.b64decode(value) for value in values]


def _read_response(der: bytes) -> OCSPContainer:
    """Parse now what asn1crypto would parse at the first use, in the middle of a validation."""
    container = OCSPContainer(ocsp.OCSPResponse.load(der))
    _ = container.issuance_date
    return container


def _read_list(der: bytes) -> CRLContainer:
    container = CRLContainer(crl.CertificateList.load(der))
    _ = container.issuance_date
    return container


def _read_certificate(der: bytes) -> x509.Certificate:
    certificate = x509.Certificate.load(der)
    _ = certificate.issuer_serial
    return certificate
