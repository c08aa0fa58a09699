"""The caseworker's view of jobs: late, dead, and buttons to start again or to stop them."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from corpid.errors import Conflict
from corpid.jobs.models import Job
from corpid.jobs.services.dismiss_job import dismiss_job
from corpid.jobs.services.redrive_job import redrive_job
from corpid.reading_room import ReadOnlyAdmin


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    list_display = [
        *("id", "kind", "queue", "state", "priority", "attempts"),
        *("created_at", "ended_at", "error_code"),
    ]
    list_filter = ["state", "queue", "kind"]
    search_fields = ["=id", "=company_id"]
    actions = ["redrive", "stop"]

    @admin.action(description=_("Start again"), permissions=["redrive"])
    def redrive(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        begun = self._each(request, queryset, redrive_job)
        if begun:
            words = ngettext(
                "%(count)d job begins again.", "%(count)d jobs begin again.", begun
            )
            self.message_user(request, words % {"count": begun}, messages.SUCCESS)

    @admin.action(description=_("Stop"), permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        stopped = self._each(request, queryset, dismiss_job)
        if stopped:
            words = ngettext(
                "%(count)d job is stopped.", "%(count)d jobs are stopped.", stopped
            )
            self.message_user(request, words % {"count": stopped}, messages.SUCCESS)

    def has_redrive_permission(self, request: HttpRequest) -> bool:
        """Ask for a right of its own: who only reads starts nothing."""
        return request.user.has_perm("jobs.redrive_job")

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.stop_job")

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Job], change: Callable[..., None]
    ) -> int:
        """Change each by itself: one that can't be keeps none of the others back."""
        actor, changed = f"caseworker:{request.user.pk}", 0
        for job_id in queryset.values_list("id", flat=True):
            try:
                change(job_id=job_id, actor=actor, at=timezone.now())
                changed += 1
            except Conflict as error:
                words = f"{gettext(error.title)} {gettext(error.remedy)}"
                self.message_user(request, f"{job_id}: {words}", messages.ERROR)
        return changed
