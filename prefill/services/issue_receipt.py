"""Sign the receipt of a consent, in the transaction that gives it."""

from datetime import datetime

from django.conf import settings

from corpid.keys.jws import sign_jwt
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.ensure_key import ensure_key
from prefill.consent_notice import ConsentNotice
from prefill.consent_receipt import ConsentFacts, ReceiptItem, receipt_claims
from prefill.models import Consent, Receipt

RECEIPT_TYPE = "consent-receipt+jwt"


def issue_receipt(*, consent: Consent, notice: ConsentNotice, at: datetime) -> Receipt:
    claims = receipt_claims(
        ConsentFacts(
            reference=consent.reference,
            request=consent.request.reference,
            company_ubi=notice.company_ubi,
            capacity=consent.capacity,
            client_id=consent.e_service.client_id,
            e_service_name=consent.e_service.name_en,
            purpose=consent.request.template_version.purpose_en,
            legal_basis=notice.legal_basis,
            retention_days=notice.retention_days,
            notice_version=consent.notice_version,
            notice_sha256=consent.notice_sha256,
            language=consent.language,
            decided_at=consent.decided_at,
            expires_at=consent.expires_at,
            max_uses=consent.max_uses,
            items=tuple(
                ReceiptItem(item.item_key, item.item_version, item.is_required, item.is_granted)
                for item in consent.items.order_by("item_key")
            ),
        ),
        issuer=settings.BASE_URL,
        withdraw_at=f"{settings.BASE_URL}/consents/{consent.reference}",
    )
    ensure_key(purpose=Purpose.RELEASE, algorithm=Algorithm.ES256, at=at)
    jws = sign_jwt(purpose=Purpose.RELEASE, header={"typ": RECEIPT_TYPE}, claims=claims, at=at)
    return Receipt.objects.create(consent=consent, jws=jws, issued_at=at)
