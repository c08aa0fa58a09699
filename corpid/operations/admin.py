"""The caseworkers' switches and re-keyings: one may stop, two let it go on."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from corpid.errors import CorpIDError
from corpid.operations.clients import known_clients
from corpid.operations.models import (
    FunctionOff,
    Outage,
    RecheckFinding,
    RecheckPass,
    RekeyedKey,
    Rekeying,
    SwitchedFunction,
)
from corpid.operations.services.announce_outage import announce_outage
from corpid.operations.services.ask_to_turn_on import RIGHT as TO_TURN_ON
from corpid.operations.services.ask_to_turn_on import ask_to_turn_on
from corpid.operations.services.close_outage import close_outage
from corpid.operations.services.confirm_rekeying import RIGHT as TO_CONFIRM
from corpid.operations.services.confirm_rekeying import confirm_rekeying
from corpid.operations.services.turn_off_function import turn_off_function
from corpid.operations.services.turn_on_function import turn_on_function
from corpid.reading_room import ReadOnlyAdmin, Row


def refusal_of(error: CorpIDError) -> str:
    return f"{gettext(error.title)} {gettext(error.remedy)}"


class AddedByService(ReadOnlyAdmin[Row]):
    """What the service refuses is the form's error, and what was typed is still there."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except CorpIDError as error:  # its transaction is rolled back: show the form again
            request.refusal = refusal_of(error)  # type: ignore[attr-defined]  # for get_form
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        refusal = getattr(request, "refusal", "")
        if not refusal:
            return form

        class Refused(form):  # type: ignore[misc,valid-type]  # a class made for the request
            def clean(self) -> None:
                super().clean()
                self.add_error(None, refusal)

        return Refused


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
            except CorpIDError as error:
                words = f"{rekeying}: {refusal_of(error)}"
                self.message_user(request, words, messages.ERROR)

    def has_confirm_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to change re-keyings: who only reads confirms nothing."""
        return request.user.has_perm(TO_CONFIRM)


@admin.register(RekeyedKey)
class RekeyedKeyAdmin(ReadOnlyAdmin[RekeyedKey]):
    list_display = ["key", "rekeying", "state", "error_code"]
    list_select_related = ["key", "rekeying"]
    list_filter = ["state", "error_code"]
    search_fields = ["=rekeying__id", "=key__kid"]


class TurnOffForm(forms.ModelForm[FunctionOff]):
    class Meta:
        model = FunctionOff
        fields = ["function", "client_id", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "client_id" in self.fields:  # not where the record is only read
            self.fields["client_id"] = forms.ChoiceField(
                label=_("e-service, for signing in"),
                choices=[("", "—"), *known_clients().items()],
                required=False,
            )
            self.fields["reason"].widget = forms.Textarea(attrs={"rows": 3})


class ReasonForm(ActionForm):
    reason = forms.CharField(label=_("Why it can be on again"), max_length=500, required=False)


@admin.register(FunctionOff)
class FunctionOffAdmin(AddedByService[FunctionOff]):
    """To add one is to turn a function off; two actions by two people turn it on again."""

    form = TurnOffForm
    action_form = ReasonForm
    list_display = [
        *("__str__", "reason", "off_by", "off_at"),
        *("on_asked_by", "on_reason", "on_by", "on_at"),
    ]
    list_filter = ["function", ("on_at", admin.EmptyFieldListFilter)]
    actions = ["ask_for_on", "confirm_on"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("operations.turn_off_function")

    def has_turn_on_permission(self, request: HttpRequest) -> bool:
        """Ask for a right of its own: who may stop a function may not let it go on."""
        return request.user.has_perm(TO_TURN_ON)

    def save_model(
        self, request: HttpRequest, obj: FunctionOff, _form: object, _change: object
    ) -> None:
        made = turn_off_function(
            function=SwitchedFunction(obj.function),
            client_id=obj.client_id,
            reason=obj.reason,
            actor=f"caseworker:{request.user.pk}",
            at=timezone.now(),
        )
        obj.pk, obj.off_at = made.pk, made.off_at

    @admin.action(description=_("Ask to turn on (with a reason)"), permissions=["turn_on"])
    def ask_for_on(self, request: HttpRequest, queryset: QuerySet[FunctionOff]) -> None:
        for off in queryset:
            try:
                ask_to_turn_on(
                    off=off,
                    reason=request.POST.get("reason", ""),
                    actor=f"caseworker:{request.user.pk}",
                    at=timezone.now(),
                )
            except CorpIDError as error:
                self._say(request, off, error)

    @admin.action(description=_("Confirm: turn on"), permissions=["turn_on"])
    def confirm_on(self, request: HttpRequest, queryset: QuerySet[FunctionOff]) -> None:
        for off in queryset:
            try:
                turn_on_function(
                    off=off, actor=f"caseworker:{request.user.pk}", at=timezone.now()
                )
            except CorpIDError as error:
                self._say(request, off, error)

    def _say(self, request: HttpRequest, off: FunctionOff, error: CorpIDError) -> None:
        self.message_user(request, f"{off}: {refusal_of(error)}", messages.ERROR)


@admin.register(RecheckFinding)
class RecheckFindingAdmin(ReadOnlyAdmin[RecheckFinding]):
    list_display = ["subject", "code", "detail", "found_at", "seen_at", "ended_at"]
    list_filter = ["what", "code", ("ended_at", admin.EmptyFieldListFilter)]
    search_fields = ["=subject"]


@admin.register(RecheckPass)
class RecheckPassAdmin(ReadOnlyAdmin[RecheckPass]):
    list_display = ["what", "kind", "checked", "began_at", "moved_at", "ended_at"]


class AnnounceForm(forms.ModelForm[Outage]):
    class Meta:
        model = Outage
        fields = ["functions", "starts_at", "ends_at", "text_en", "text_tc", "text_sc"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "functions" in self.fields:  # not where the record is only read
            self.fields["functions"] = forms.MultipleChoiceField(
                label=_("functions"),
                choices=SwitchedFunction.choices,
                widget=forms.CheckboxSelectMultiple,
            )
            for name in ("text_en", "text_tc", "text_sc"):
                self.fields[name].widget = forms.Textarea(attrs={"rows": 3})


@admin.register(Outage)
class OutageAdmin(AddedByService[Outage]):
    """To add one is to announce it; it is published at once, and never rewritten."""

    form = AnnounceForm
    list_display = ["__str__", "text_en", "starts_at", "ends_at", "announced_by", "closed_at"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter)]
    actions = ["close"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("operations.announce_outage")

    def has_close_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def save_model(
        self, request: HttpRequest, obj: Outage, _form: object, _change: object
    ) -> None:
        made = announce_outage(
            functions=[SwitchedFunction(each) for each in obj.functions],
            texts={"en": obj.text_en, "zh-hant": obj.text_tc, "zh-hans": obj.text_sc},
            starts_at=obj.starts_at,
            ends_at=obj.ends_at,
            actor=f"caseworker:{request.user.pk}",
            at=timezone.now(),
        )
        obj.pk = made.pk

    @admin.action(description=_("End now, or call off"), permissions=["close"])
    def close(self, request: HttpRequest, queryset: QuerySet[Outage]) -> None:
        for outage in queryset:
            try:
                close_outage(
                    outage=outage, actor=f"caseworker:{request.user.pk}", at=timezone.now()
                )
            except CorpIDError as error:
                self.message_user(request, f"{outage}: {refusal_of(error)}", messages.ERROR)
