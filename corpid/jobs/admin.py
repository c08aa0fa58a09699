"""The caseworker's view of jobs: late, dead, and a button to start a dead one again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from corpid.jobs.models import Job
from corpid.jobs.services.redrive_job import JobNotDead, redrive_job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin[Job]):
    list_display = ["id", "kind", "queue", "state", "attempts", "created_at", "error_code"]
    list_filter = ["state", "queue", "kind"]
    show_full_result_count = False
    actions = ["redrive"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  the signature of Django
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:  # noqa: ARG002  the signature of Django
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:  # noqa: ARG002  the signature of Django
        return False

    @admin.action(description=_("Start again"), permissions=["view"])
    def redrive(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset:
            try:
                redrive_job(job_id=job.id, at=timezone.now())
            except JobNotDead as error:
                self.message_user(request, f"{job.id}: {error}", messages.ERROR)
