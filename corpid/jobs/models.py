"""The job: `queued -> leased(fence, until) -> done | failed | dead | cancelled`."""

from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class JobQuerySet(models.QuerySet["Job"]):
    def dealt_with(self, *, before: datetime) -> Self:
        """Keep those that ended before that moment and leave nobody anything to do."""
        over = [Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED]
        return self.filter(state__in=over, ended_at__lt=before)

    def late(self, *, patience: timedelta) -> Self:
        """Keep open jobs that somebody should be working on, and nobody seems to be."""
        due = Q(state=Job.State.QUEUED, run_after__lte=Now()) & (
            Q(woken_at__lt=Now() - patience) | Q(woken_at__lt=F("run_after"))
        )
        silent = Q(state=Job.State.LEASED, leased_until__lt=Now()) & (
            Q(woken_at__lt=Now() - patience) | Q(woken_at__lt=F("leased_until"))
        )
        late = self.filter(due | silent, state__in=Job.OPEN)
        return late.order_by("priority", "run_after")


class Job(models.Model):
    """`failed` ended with a known code; `dead` used up its attempts and waits for a caseworker.

    `arguments` are ids only: a worker reads the state again and checks authority again.
    A dead one is started again or stopped by a caseworker; the others that ended are purged.
    Moments are the database's clock, so that workers with wrong clocks agree on a lease.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        LEASED = "leased", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        DEAD = "dead", _("dead")
        CANCELLED = "cancelled", _("cancelled")

    class Priority(models.IntegerChoices):
        """Within a queue; the broker's steps, 0 first. Nothing urgent waits behind a batch."""

        URGENT = 0, _("urgent")
        NORMAL = 3, _("normal")
        BULK = 9, _("bulk")

    OPEN = (State.QUEUED, State.LEASED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=60)
    queue = models.CharField(max_length=20)
    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices, default=Priority.NORMAL
    )
    arguments = models.JSONField(default=dict)
    company_id = models.UUIDField(null=True, blank=True)
    unique_key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  none: not unique
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    fence = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    waits = models.PositiveIntegerField(default=0, db_default=0)  # so often, for one switch
    run_after = models.DateTimeField()
    woken_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    progress_message = models.CharField(max_length=200, blank=True)
    trace_id = models.CharField(  # of the request that asked for it
        max_length=32, blank=True, default="", db_default=""
    )
    error_code = models.CharField(max_length=60, blank=True)
    errors = ArrayField(models.TextField(), default=list, blank=True)  # one line an attempt

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "unique_key"],
                condition=models.Q(state__in=["queued", "leased"]),
                name="one_open_job_per_unique_key",
            ),
            models.CheckConstraint(
                condition=models.Q(state="leased", leased_until__isnull=False)
                | (~models.Q(state="leased") & models.Q(leased_until=None)),
                name="leased_job_has_an_end_of_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "leased"], ended_at=None)
                | (
                    ~models.Q(state__in=["queued", "leased"]) & models.Q(ended_at__isnull=False)
                ),
                name="ended_job_has_its_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run_after"],
                condition=models.Q(state__in=["queued", "leased"]),
                name="open_jobs_by_time",
            ),
            models.Index(
                fields=["queue"], condition=models.Q(state="dead"), name="dead_jobs_by_queue"
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(state__in=["done", "failed", "cancelled"]),
                name="ended_jobs_by_time",
            ),
        ]
        permissions = [
            ("redrive_job", "Can start dead jobs again"),
            ("stop_job", "Can stop jobs"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.state})"
