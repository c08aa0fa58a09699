"""One handing-over of values to an e-service."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7

REPEATABLE_FOR = timedelta(seconds=60)


def new_reference() -> str:
    return outside_id("rel")


class ReleaseQuerySet(models.QuerySet["Release"]):
    def repeatable(self, *, at: datetime) -> "ReleaseQuerySet":
        """Those whose identical copy the same e-service may still have."""
        return self.filter(released_at__gt=at - REPEATABLE_FOR).exclude(sealed="")


class Release(models.Model):
    """`sealed` is what was sent, readable by the e-service alone; it is emptied after a minute.

    `sent_sha256` and `provenance` (statuses, sources, times, digests; never values) stay.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_reference)
    consent = models.ForeignKey(
        "prefill.Consent", on_delete=models.PROTECT, related_name="releases"
    )
    number = models.PositiveSmallIntegerField()
    released_at = models.DateTimeField()
    items_digest = models.CharField(max_length=64)
    provenance = models.JSONField()
    recipient_kid = models.CharField(max_length=200)
    sent_sha256 = models.CharField(max_length=64)
    sealed = models.TextField(blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints = [
            models.UniqueConstraint(
                fields=["consent", "number"], name="one_release_per_number_and_consent"
            ),
        ]
        indexes = [
            models.Index(
                fields=["released_at"],
                condition=~models.Q(sealed=""),
                name="releases_to_empty",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
