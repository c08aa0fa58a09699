"""A re-keying: which keys are in doubt, who asked and who confirmed, and how far it is."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7
from corpid.keys.models import Algorithm, SigningKey

UNCONFIRMED_FOR = timedelta(hours=24)


class RekeyingQuerySet(models.QuerySet["Rekeying"]):
    def lapsing(self, *, at: datetime) -> "RekeyingQuerySet":
        """Those that one person alone asked for, a day ago or more."""
        return self.filter(state=Rekeying.State.ASKED, asked_at__lte=at - UNCONFIRMED_FOR)


class Rekeying(models.Model):
    """Asking suspends the keys at once; a second person's word replaces them."""

    class State(models.TextChoices):
        ASKED = "asked", _("keys suspended, waits for a second person")
        RUNNING = "running", _("keys are being replaced")
        DONE = "done", _("done")
        LAPSED = "lapsed", _("not confirmed, suspension lifted")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purposes = ArrayField(models.CharField(max_length=20))
    algorithm = models.CharField(max_length=10, choices=Algorithm.choices, blank=True)
    backend = models.CharField(max_length=10, choices=SigningKey.Backend.choices, blank=True)
    created_before = models.DateTimeField(null=True, blank=True)
    is_compromised = models.BooleanField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State.choices)
    asked_by = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=100, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RekeyingQuerySet.as_manager()

    class Meta:
        verbose_name = _("re-keying")
        verbose_name_plural = _("re-keyings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by="", confirmed_at=None)
                | (~models.Q(confirmed_by="") & models.Q(confirmed_at__isnull=False)),
                name="rekeying_confirmation_has_its_moment",
            ),
            models.CheckConstraint(
                condition=~models.Q(confirmed_by=models.F("asked_by")),
                name="rekeying_is_confirmed_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "lapsed"], confirmed_at=None)
                | models.Q(state__in=["running", "done"], confirmed_at__isnull=False),
                name="rekeying_runs_once_confirmed",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "running"], ended_at=None)
                | models.Q(state__in=["done", "lapsed"], ended_at__isnull=False),
                name="ended_rekeying_has_its_moment",
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="rekeying_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{', '.join(self.purposes)} {self.asked_at:%Y-%m-%d %H:%M} ({self.state})"

    @property
    def subject(self) -> str:
        return f"rekeying:{self.id}"


class RekeyedKey(models.Model):
    """One key of a re-keying; the state says what is left to do, whoever takes it up."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        REPLACED = "replaced", _("replaced")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rekeying = models.ForeignKey(Rekeying, on_delete=models.PROTECT, related_name="keys")
    key = models.ForeignKey(
        "keys.SigningKey", on_delete=models.PROTECT, related_name="rekeyings"
    )
    rank = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    error_code = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("key of a re-keying")
        verbose_name_plural = _("keys of re-keyings")
        constraints = [
            models.UniqueConstraint(fields=["rekeying", "key"], name="key_once_in_a_rekeying"),
            models.CheckConstraint(
                condition=(models.Q(state="failed") & ~models.Q(error_code=""))
                | (~models.Q(state="failed") & models.Q(error_code="")),
                name="failed_rekeying_of_a_key_has_its_code",
            ),
        ]
        indexes = [
            models.Index(
                fields=["rekeying", "rank", "id"],
                condition=models.Q(state="waiting"),
                name="keys_to_replace_by_rank",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key_id} ({self.state})"
