"""The caseworker's view of jobs: late, dead, and a button to start a dead one again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from corpid.jobs.models import Job
from corpid.jobs.services.redrive_job import JobMovedOn, JobNotDead, redrive_job
from corpid.reading_room import ReadOnlyAdmin


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    list_display = ["id", "kind", "queue", "state", "attempts", "created_at", "error_code"]
    list_filter = ["state", "queue", "kind"]
    search_fields = ["=id", "=company_id"]
    actions = ["redrive"]

    @admin.action(description=_("Start again"), permissions=["redrive"])
    def redrive(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset:
            try:
                redrive_job(
                    job_id=job.id, actor=f"caseworker:{request.user.pk}", at=timezone.now()
                )
            except (JobNotDead, JobMovedOn) as error:
                words = f"{gettext(error.title)} {gettext(error.remedy)}"
                self.message_user(request, f"{job.id}: {words}", messages.ERROR)

    def has_redrive_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to change jobs: who only reads starts nothing."""
        return request.user.has_perm("jobs.change_job")
