"""The caseworker's view of forms, requests, consents and releases; never of a value."""

from django.contrib import admin

from corpid.reading_room import ReadOnlyAdmin
from prefill.models import (
    Consent,
    DataItem,
    FieldRecord,
    FormTemplate,
    FormTemplateVersion,
    PrefillRequest,
    Receipt,
    Release,
)


@admin.register(DataItem)
class DataItemAdmin(ReadOnlyAdmin[DataItem]):
    list_display = ["key", "version", "published_at"]
    search_fields = ["key__startswith"]


@admin.register(FormTemplate)
class FormTemplateAdmin(ReadOnlyAdmin[FormTemplate]):
    list_display = ["slug", "e_service", "title_en"]
    list_select_related = ["e_service"]
    search_fields = ["=slug", "=reference"]


@admin.register(FormTemplateVersion)
class FormTemplateVersionAdmin(ReadOnlyAdmin[FormTemplateVersion]):
    list_display = ["template", "number", "state", "retention_days", "published_at"]
    list_select_related = ["template"]
    list_filter = ["state"]


@admin.register(PrefillRequest)
class PrefillRequestAdmin(ReadOnlyAdmin[PrefillRequest]):
    list_display = ["reference", "e_service", "company", "state", "outcome", "created_at"]
    list_select_related = ["e_service", "company"]
    list_filter = ["state", "outcome"]
    search_fields = ["=reference", "=company__ubi"]
    exclude = ["wrapped_data_key", "sealed_values"]


@admin.register(FieldRecord)
class FieldRecordAdmin(ReadOnlyAdmin[FieldRecord]):
    list_display = ["request", "item_key", "status", "reason", "source", "retrieved_at"]
    list_select_related = ["request"]
    list_filter = ["status", "reason", "source"]
    search_fields = ["=request__reference"]


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin[Consent]):
    list_display = ["reference", "e_service", "company", "decision", "decided_at", "revoked_at"]
    list_select_related = ["e_service", "company"]
    list_filter = ["decision"]
    search_fields = ["=reference", "=company__ubi"]


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin[Release]):
    list_display = ["reference", "consent", "number", "released_at", "recipient_kid"]
    list_select_related = ["consent"]
    search_fields = ["=reference", "=consent__reference"]
    exclude = ["sealed"]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin[Receipt]):
    list_display = ["consent", "issued_at"]
    list_select_related = ["consent"]
    search_fields = ["=consent__reference"]
