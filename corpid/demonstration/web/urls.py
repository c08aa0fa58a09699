"""Pages of this app, by step."""

from django.urls import URLPattern, URLResolver, path

from corpid.demonstration.web.accounts import accounts
from corpid.demonstration.web.mailbox import mail, mailbox
from corpid.demonstration.web.webhooks import webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("sandbox", accounts, name="sandbox"),
    path("sandbox/mailbox", mailbox, name="mailbox"),
    path("sandbox/mailbox/<uuid:mail_id>", mail, name="mail"),
    path("sandbox/webhooks", webhooks, name="webhooks"),
]
