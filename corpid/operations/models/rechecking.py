"""How far the re-check of what was signed and issued is, and what it found."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7

ROUND_EVERY = timedelta(days=1)
STUCK_AFTER = timedelta(hours=1)


class RecheckPassQuerySet(models.QuerySet["RecheckPass"]):
    def stuck(self, *, at: datetime) -> "RecheckPassQuerySet":
        """Those that are tried, and have not come a step further for an hour."""
        return self.filter(asked_at__gt=F("moved_at"), moved_at__lte=at - STUCK_AFTER)


class RecheckPass(models.Model):
    """One look at all things of a kind (services/recheck.py)."""

    class Kind(models.TextChoices):
        NEW = "new", _("what is new")
        ROUND = "round", _("all there is, again and again")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    what = models.CharField(max_length=40)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    after = models.CharField(max_length=120, blank=True)
    checked = models.PositiveBigIntegerField(default=0)
    began_at = models.DateTimeField()
    asked_at = models.DateTimeField()  # the last try
    moved_at = models.DateTimeField()  # the last that succeeded
    ended_at = models.DateTimeField(null=True, blank=True)  # of a round

    objects = RecheckPassQuerySet.as_manager()

    class Meta:
        verbose_name = _("pass of the re-check")
        verbose_name_plural = _("passes of the re-check")
        constraints = [
            models.UniqueConstraint(fields=["what", "kind"], name="one_pass_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.what} ({self.kind}): {self.checked}"

    @property
    def is_held_up(self) -> bool:
        """Say whether the last try did not succeed."""
        return self.asked_at > self.moved_at

    @property
    def goes_round(self) -> bool:
        """Say whether it is a round that is under way."""
        return self.kind == self.Kind.ROUND and self.ended_at is None

    def rests(self, *, at: datetime) -> bool:
        """Say whether a round that is through waits for the next one's time."""
        return self.ended_at is not None and at < self.began_at + ROUND_EVERY


class RecheckFinding(models.Model):
    """Something signed or issued that should not be so; ends when a look finds it gone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    what = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    code = models.CharField(max_length=60)
    detail = models.CharField(max_length=300, blank=True)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mismatch")
        verbose_name_plural = _("mismatches")
        constraints = [
            models.UniqueConstraint(
                fields=["what", "subject", "code"],
                condition=models.Q(ended_at=None),
                name="one_open_mismatch_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.subject}"
