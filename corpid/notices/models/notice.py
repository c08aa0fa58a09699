"""Notices to persons: what stands in their inbox, and what waits for them."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7
from corpid.notices.catalogue import CATALOGUE, NoticeKind


class NoticeQuerySet(models.QuerySet["Notice"]):
    def tasks(self) -> "NoticeQuerySet":
        return self.filter(is_task=True)

    def waiting(self) -> "NoticeQuerySet":
        return self.tasks().filter(done_at=None)

    def over(self, *, before: datetime) -> "NoticeQuerySet":
        """Keep what was over by then: news once told, a task once done or past its time."""
        over_at = models.Case(
            models.When(is_task=True, then=Coalesce("done_at", "due_at")),
            default="raised_at",
        )
        told = self.filter(raised_at__lt=before)  # by an index: mostly there are none
        return told.annotate(over_at=over_at).filter(over_at__lt=before)

    def unread(self) -> "NoticeQuerySet":
        """Keep what the badge counts: unread news, and tasks that still wait."""
        return self.filter(
            models.Q(is_task=True, done_at=None) | models.Q(is_task=False, read_at=None)
        )


class Notice(models.Model):
    """Recipient and company are plain ids: this package lies below the apps that know them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=60)
    person_id = models.UUIDField()
    company_id = models.UUIDField(null=True, blank=True)
    subject = models.CharField(max_length=120)  # as in the audit log: `signature-request:sig_…`
    path = models.CharField(max_length=300)  # a page of ours
    facts = models.JSONField(default=dict)
    is_task = models.BooleanField()
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "person_id", "subject"], name="one_notice_per_subject_and_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(is_task=True) | models.Q(done_at=None),
                name="only_a_task_is_done",
            ),
            models.CheckConstraint(
                condition=models.Q(path__startswith="/") & ~models.Q(path__startswith="//"),
                name="notice_leads_to_a_page_of_ours",
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "-raised_at"], name="notices_of_a_person"),
            models.Index(fields=["kind", "subject"], name="notices_about_a_subject"),
            models.Index(fields=["raised_at"], name="notices_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"

    @property
    def entry(self) -> NoticeKind:
        return CATALOGUE[self.kind]
