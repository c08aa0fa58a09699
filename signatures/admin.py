"""The caseworker's view of requests, documents, certificates and verifications."""

from django.contrib import admin

from corpid.reading_room import ReadOnlyAdmin
from signatures.models import Certificate, Document, SignatureRequest, Verification


@admin.register(SignatureRequest)
class SignatureRequestAdmin(ReadOnlyAdmin[SignatureRequest]):
    list_display = ["reference", "company", "state", "document_class", "created_at", "ended_at"]
    list_select_related = ["company"]
    list_filter = ["state", "document_class", "addressee"]
    search_fields = ["=reference", "=company__ubi"]


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin[Document]):
    list_display = ["code", "request", "number", "page_count", "signed_at"]
    list_select_related = ["request"]
    search_fields = ["=code", "=original_digest", "=signed_digest"]


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin[Certificate]):
    list_display = ["serial_number", "profile", "company", "not_after", "revoked_at"]
    list_select_related = ["company"]
    list_filter = ["profile", "revocation_reason"]
    search_fields = ["=serial_number", "=company__ubi"]
    exclude = ["der"]


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin[Verification]):
    list_display = ["reference", "state", "digest", "created_at", "done_at"]
    list_filter = ["state"]
    search_fields = ["=reference", "=digest"]
