"""The caseworker's view of jobs: late, dead, and a button to start a dead one again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from corpid.jobs.models import Job
from corpid.jobs.services.redrive_job import JobNotDead, redrive_job
from corpid.reading_room import ReadOnlyAdmin


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    list_display = ["id", "kind", "queue", "state", "attempts", "created_at", "error_code"]
    list_filter = ["state", "queue", "kind"]
    search_fields = ["=id", "=company_id"]
    actions = ["redrive"]

    @admin.action(description=_("Start again"), permissions=["view"])
    def redrive(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset:
            try:
                redrive_job(job_id=job.id, at=timezone.now())
            except JobNotDead as error:
                self.message_user(request, f"{job.id}: {error}", messages.ERROR)
