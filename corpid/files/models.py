"""Which files we hold, how large they are, how long each is kept and for whom."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.files.holder import Holder
from corpid.files.references import registered_references
from corpid.identifiers import uuid7

# What is stored now and referred to in a moment is not yet in doubt.
NEW_FOR = timedelta(hours=1)
PAGE = 1_000  # rows


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def no_longer_kept(self, *, at: datetime) -> "StoredFileQuerySet":
        return self.filter(keep_until__lte=at)

    def orphaned(self, *, at: datetime) -> "StoredFileQuerySet":
        """Find what is kept for good, and no row of any app refers to it any longer."""
        found = self.filter(keep_until=None, wanted_at__lte=at - NEW_FOR)
        for reference in registered_references():
            rows: models.QuerySet[Any] = apps.get_model(reference.model)._default_manager.all()  # noqa: SLF001  Django's documented name
            named = {reference.field: models.OuterRef("digest_hex"), **reference.only}
            found = found.exclude(models.Exists(rows.filter(**named)))
        return found

    def names_and_sizes(self) -> Iterator[tuple[str, int]]:
        """Go through all of them by key, a page at a time.

        `.iterator()` would read the whole answer first (settings.DATABASES).
        """
        rows, after = self.order_by("pk").values_list("digest_hex", "size"), ""
        while page := list(rows.filter(pk__gt=after)[:PAGE]):
            yield from page
            after = page[-1][0]


class StoredFile(models.Model):
    digest_hex = models.CharField(max_length=64, primary_key=True)  # SHA-256
    size = models.PositiveBigIntegerField()  # bytes
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    wanted_at = models.DateTimeField()  # when somebody stored these bytes last
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
            models.CheckConstraint(
                condition=models.Q(wanted_at__gte=models.F("stored_at")),
                name="file_is_wanted_since_it_is_stored",
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


class ArrivalQuerySet(models.QuerySet["Arrival"]):
    def young(self, *, at: datetime) -> "ArrivalQuerySet":
        return self.filter(since__gt=at - NEW_FOR)

    def without_row(self) -> "ArrivalQuerySet":
        stored = StoredFile.objects.filter(pk=models.OuterRef("digest_hex"))
        return self.exclude(models.Exists(stored))


class Arrival(models.Model):
    """Bytes on their way: written before they are stored, gone once they are counted.

    Who removes bytes removes their arrivals too, under the lock of the digest. So whoever
    still finds their own arrival there, under that lock, finds the bytes there.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest_hex = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    company_id = models.UUIDField(null=True, blank=True)  # whose quota they take up
    e_service_id = models.UUIDField(null=True, blank=True)  # or whose
    since = models.DateTimeField()

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        verbose_name = _("arriving file")
        verbose_name_plural = _("arriving files")
        indexes = [
            models.Index(fields=["digest_hex"], name="arrivals_by_digest"),
            models.Index(fields=["company_id"], name="arrivals_by_company"),
            models.Index(fields=["e_service_id"], name="arrivals_by_e_service"),
            models.Index(fields=["since"], name="arrivals_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.digest_hex[:12]}… since {self.since:%Y-%m-%d %H:%M}"


class HoldingQuerySet(models.QuerySet["Holding"]):
    def bytes_of(self, holder: Holder) -> int:
        """Add up what somebody keeps here; what two keep counts for both."""
        found = self.filter(**holder.columns()).aggregate(used=models.Sum("file__size"))
        return found["used"] or 0


class Holding(models.Model):
    """Somebody keeps a file here, and it counts towards their quota (`Holder`)."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="holdings")
    company_id = models.UUIDField(null=True, blank=True)
    e_service_id = models.UUIDField(null=True, blank=True)
    since = models.DateTimeField()

    objects = HoldingQuerySet.as_manager()

    class Meta:
        verbose_name = _("held file")
        verbose_name_plural = _("held files")
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "file"], name="company_holds_a_file_once"
            ),
            models.UniqueConstraint(
                fields=["e_service_id", "file"], name="e_service_holds_a_file_once"
            ),
            models.CheckConstraint(
                condition=models.Q(company_id=None, e_service_id__isnull=False)
                | models.Q(company_id__isnull=False, e_service_id=None),
                name="file_is_held_by_a_company_or_an_e_service",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id[:12]}… of {self.company_id or self.e_service_id}"


class OrphanQuerySet(models.QuerySet["Orphan"]):
    def found_before(self, moment: datetime) -> "OrphanQuerySet":
        return self.filter(found_at__lte=moment)


class Orphan(models.Model):
    """Bytes that nothing refers to, and when that was first seen."""

    digest_hex = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    found_at = models.DateTimeField()

    objects = OrphanQuerySet.as_manager()

    class Meta:
        verbose_name = _("orphaned file")
        verbose_name_plural = _("orphaned files")
        indexes = [models.Index(fields=["found_at"], name="orphans_by_time")]

    def __str__(self) -> str:
        return f"{self.digest_hex[:12]}… since {self.found_at:%Y-%m-%d}"
