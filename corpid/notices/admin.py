"""The caseworker's view of what leaves the house: e-mails, webhooks and what became of each."""

from django.contrib import admin

from corpid.notices.models import (
    BouncingAddress,
    NoticeMail,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from corpid.reading_room import ReadOnlyAdmin


@admin.register(NoticeMail)
class NoticeMailAdmin(ReadOnlyAdmin[NoticeMail]):
    list_display = ["id", "state", "because", "answer", "asked_at", "ended_at"]
    list_filter = ["state", "because"]
    search_fields = ["=id", "=address", "=person_id"]
    exclude = ["notice"]


@admin.register(BouncingAddress)
class BouncingAddressAdmin(ReadOnlyAdmin[BouncingAddress]):
    list_display = ["address", "answer", "bounced_at"]
    search_fields = ["=address"]


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin[WebhookEndpoint]):
    list_display = ["id", "url", "switched_off", "failures_in_a_row", "rests_until"]
    list_filter = ["switched_off"]
    search_fields = ["=id", "=e_service_id"]


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin[WebhookDelivery]):
    list_display = ["reference", "event", "endpoint", "state", "tries", "next_try_at"]
    list_select_related = ["event", "endpoint"]
    list_filter = ["state"]
    search_fields = ["=reference", "=event__id", "=endpoint__id"]
    exclude = ["wake"]


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin[WebhookAttempt]):
    list_display = ["delivery", "at", "milliseconds", "status", "error_code", "answer"]
    list_select_related = ["delivery"]
    list_filter = ["error_code"]
    search_fields = ["=delivery__reference"]
