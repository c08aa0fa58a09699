"""Which files we hold, how large they are and how long each is kept."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def no_longer_kept(self, *, at: datetime) -> "StoredFileQuerySet":
        return self.filter(keep_until__lte=at)


class StoredFile(models.Model):
    digest_hex = models.CharField(max_length=64, primary_key=True)  # SHA-256
    size = models.PositiveBigIntegerField()  # bytes
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    keep_until = models.DateTimeField(null=True, blank=True)  # none: for good

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest_hex__regex=r"^[0-9a-f]{64}$"),
                name="file_is_named_by_its_digest",
            ),
        ]
        indexes = [
            models.Index(
                fields=["keep_until"],
                condition=models.Q(keep_until__isnull=False),
                name="files_that_go",
            )
        ]

    def __str__(self) -> str:
        return f"{self.digest_hex[:12]}… ({self.size} bytes)"
