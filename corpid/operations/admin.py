"""The caseworker's view of re-keyings: how far each is, and the second person's word."""

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from corpid.operations.models import RekeyedKey, Rekeying
from corpid.operations.services.confirm_rekeying import (
    RekeyingNotOpen,
    SecondPersonNeeded,
    confirm_rekeying,
)
from corpid.reading_room import ReadOnlyAdmin


@admin.register(Rekeying)
class RekeyingAdmin(ReadOnlyAdmin[Rekeying]):
    list_display = ["__str__", "reason", "asked_by", "confirmed_by", "progress", "ended_at"]
    list_filter = ["state"]
    actions = ["confirm"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rekeying]:
        replaced = Count("keys", filter=Q(keys__state=RekeyedKey.State.REPLACED))
        failed = Count("keys", filter=Q(keys__state=RekeyedKey.State.FAILED))
        return (
            super()
            .get_queryset(request)
            .annotate(replaced=replaced, failed=failed, total=Count("keys"))
        )

    @admin.display(description=_("replaced / all (failed)"))
    def progress(self, rekeying: Rekeying) -> str:
        return "{replaced} / {total} ({failed})".format(**vars(rekeying))

    @admin.action(description=_("Confirm: replace the keys"), permissions=["confirm"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Rekeying]) -> None:
        for rekeying in queryset:
            try:
                confirm_rekeying(
                    rekeying=rekeying,
                    actor=f"caseworker:{request.user.pk}",
                    at=timezone.now(),
                )
            except (RekeyingNotOpen, SecondPersonNeeded) as error:
                words = f"{gettext(error.title)} {gettext(error.remedy)}"
                self.message_user(request, f"{rekeying}: {words}", messages.ERROR)

    def has_confirm_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to change re-keyings: who only reads confirms nothing."""
        return request.user.has_perm("operations.change_rekeying")


@admin.register(RekeyedKey)
class RekeyedKeyAdmin(ReadOnlyAdmin[RekeyedKey]):
    list_display = ["key", "rekeying", "state", "error_code"]
    list_select_related = ["key", "rekeying"]
    list_filter = ["state", "error_code"]
    search_fields = ["=rekeying__id", "=key__kid"]
