"""A notice on its way by e-mail, and what became of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7
from corpid.notices.models.notice import Notice


class NoticeMail(models.Model):
    """One for each notice: `pending -> sent | bounced | withheld | dead`.

    `address` is where it went, or was tried; `because` says why it was withheld or came back.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("on its way")
        SENT = "sent", _("taken by the mail server")
        BOUNCED = "bounced", _("refused for good")
        WITHHELD = "withheld", _("not sent")
        DEAD = "dead", _("given up")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="mail")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    address = models.CharField(max_length=254, blank=True)
    because = models.CharField(max_length=60, blank=True)  # a code of ours
    answer = models.CharField(max_length=300, blank=True)  # the mail server's last words
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="pending", ended_at=None)
                | (~models.Q(state="pending") & models.Q(ended_at__isnull=False)),
                name="mail_that_has_ended_has_its_moment",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["sent", "bounced"]) | ~models.Q(address=""),
                name="mail_that_was_judged_had_an_address",
            ),
        ]

    def __str__(self) -> str:
        return f"e-mail of {self.notice_id} ({self.state})"
