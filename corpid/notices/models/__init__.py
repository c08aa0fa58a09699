"""What is true of notices to persons and of events for e-services."""

from corpid.notices.models.event import ServiceEvent
from corpid.notices.models.mail import BouncingAddress, NoticeMail
from corpid.notices.models.notice import Notice
from corpid.notices.models.settings import NoticeSettings
from corpid.notices.models.webhook import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)

__all__ = [
    "BouncingAddress",
    "Notice",
    "NoticeMail",
    "NoticeSettings",
    "ServiceEvent",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookSecret",
]
