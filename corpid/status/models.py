"""Lists of statuses, the statuses that are not `valid`, and what was published of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7
from corpid.protocols.status_list import Status


def new_list_id() -> str:
    return outside_id("stl")


class StatusList(models.Model):
    """One list of an owner, for what expires in one year; all its statuses begin as valid.

    `taken` counts the indices given out; a permutation under a key of the list's own turns the
    count into an index. `changed_at` is the mark of a change that is not published yet.

    A closed list gives out no more indices. `closed_content` (compressed, zlib) is what its
    versions begin with: every index that was not given out is invalid there.
    """

    SIZE_BITS = 20
    SIZE = 2**SIZE_BITS
    STATUS_BITS = 2

    id = models.CharField(primary_key=True, max_length=40, default=new_list_id, editable=False)
    owner = models.CharField(max_length=100)  # "issuer:fehd"
    expiry_year = models.PositiveSmallIntegerField()
    wrapped_permutation_key = models.BinaryField()
    taken = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_content = models.BinaryField(null=True, blank=True)

    class Meta:
        verbose_name = _("status list")
        verbose_name_plural = _("status lists")
        constraints = [
            models.CheckConstraint(
                condition=Q(taken__lte=2**20), name="no_more_indices_than_the_list_has"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_content=None)
                | Q(closed_at__isnull=False, closed_content__isnull=False),
                name="closed_status_list_has_what_it_begins_with",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "expiry_year"], name="status_list_by_owner"),
            models.Index(
                fields=["changed_at"],
                condition=Q(changed_at__isnull=False),
                name="status_list_to_publish",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.expiry_year} ({self.id})"

    @property
    def uri(self) -> str:
        return f"{settings.BASE_URL}/status-lists/{self.id}"


class StatusEntry(models.Model):
    """A status that is, or once was, not `valid`."""

    class Value(models.IntegerChoices):
        VALID = Status.VALID.value, _("valid")
        INVALID = Status.INVALID.value, _("invalid")
        SUSPENDED = Status.SUSPENDED.value, _("suspended")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    status_list = models.ForeignKey(
        StatusList, on_delete=models.PROTECT, related_name="entries"
    )
    index = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(choices=Value.choices)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("status")
        verbose_name_plural = _("statuses")
        constraints = [
            models.UniqueConstraint(
                fields=["status_list", "index"], name="one_status_per_index"
            ),
            models.CheckConstraint(condition=Q(index__lt=2**20), name="index_is_in_the_list"),
            models.CheckConstraint(
                condition=Q(status__in=[0, 1, 2]), name="status_is_one_of_three"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status_list_id}[{self.index}] = {self.status}"


class StatusListVersion(models.Model):
    """A signed list as it was served; past ones answer for past moments."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    status_list = models.ForeignKey(
        StatusList, on_delete=models.PROTECT, related_name="versions"
    )
    content_sha256 = models.BinaryField(max_length=32)
    token = models.BinaryField()  # the JWT in ASCII
    gzipped = models.BinaryField()
    ttl_seconds = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("published status list")
        verbose_name_plural = _("published status lists")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("issued_at")),
                name="published_list_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(fields=["status_list", "-issued_at"], name="newest_version_of_list"),
        ]

    def __str__(self) -> str:
        return f"{self.status_list_id} of {self.issued_at:%Y-%m-%dT%H:%M:%SZ}"
