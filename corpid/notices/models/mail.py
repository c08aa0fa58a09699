"""A notice on its way by e-mail, and what became of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7
from corpid.notices.models.notice import Notice


class NoticeMail(models.Model):
    """One for each notice: `pending -> sent | bounced | withheld | gathered | dead`.

    `address` is where it went, or was tried; `because` says why it was withheld or came back.

    Nobody gets more than so many e-mails an hour. `begun_at` is when this one took one of the
    places; `held_at` when it found none free. One that is held is named in the next that goes
    out to the same person, which is then `gathered_into`.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("on its way")
        SENT = "sent", _("taken by the mail server")
        BOUNCED = "bounced", _("refused for good")
        WITHHELD = "withheld", _("not sent")
        GATHERED = "gathered", _("named in another e-mail")
        DEAD = "dead", _("given up")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="mail")
    person_id = models.UUIDField()  # the notice's: counted at every e-mail, without a join
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    address = models.CharField(max_length=254, blank=True)
    because = models.CharField(max_length=60, blank=True)  # a code of ours
    answer = models.CharField(max_length=300, blank=True)  # the mail server's last words
    asked_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    gathered_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="gathered"
    )
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
            models.CheckConstraint(
                condition=models.Q(state="gathered", gathered_into__isnull=False)
                | (~models.Q(state="gathered") & models.Q(gathered_into=None)),
                name="mail_is_gathered_into_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["person_id", "begun_at"],
                condition=models.Q(begun_at__isnull=False),
                name="mails_under_the_cap",
            ),
            models.Index(
                fields=["person_id"],
                condition=models.Q(state="pending", held_at__isnull=False),
                name="mails_held_back",
            ),
            models.Index(fields=["ended_at"], name="mails_by_age"),
        ]

    def __str__(self) -> str:
        return f"e-mail of {self.notice_id} ({self.state})"


class BouncingAddress(models.Model):
    """An address whose mail server says that nobody is reached there: nothing more is sent.

    It is of the address, not of a person: a new one begins afresh.
    """

    address = models.CharField(max_length=254, primary_key=True)
    answer = models.CharField(max_length=300)  # the mail server's words
    bounced_at = models.DateTimeField()

    class Meta:
        verbose_name = _("address that refuses e-mail")
        verbose_name_plural = _("addresses that refuse e-mail")
        indexes = [models.Index(fields=["bounced_at"], name="bouncing_addresses_by_age")]

    def __str__(self) -> str:
        return f"since {self.bounced_at:%Y-%m-%d %H:%M}"
