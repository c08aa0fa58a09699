"""One verification: a file came in, a verdict came out; the upload goes after an hour."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7


def new_verification_reference() -> str:
    return outside_id("ver")


class VerificationQuerySet(models.QuerySet["Verification"]):
    def gone(self, *, at: datetime) -> "VerificationQuerySet":
        return self.filter(keep_until__lte=at)


class Verification(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_verification_reference)
    digest = models.CharField(max_length=64)  # SHA-256, hex
    file_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    verdict = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    upload_until = models.DateTimeField()
    keep_until = models.DateTimeField()

    objects = VerificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="queued", verdict=None, done_at=None)
                | models.Q(state="done", verdict__isnull=False, done_at__isnull=False)
                | models.Q(state="failed", verdict=None, done_at__isnull=False),
                name="done_verification_has_a_verdict",
            ),
        ]
        indexes = [models.Index(fields=["keep_until"], name="verifications_that_go")]

    def __str__(self) -> str:
        return f"{self.reference} ({self.state})"
