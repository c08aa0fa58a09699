"""A function that is switched off: since when, why, and whose two words turned it on again."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7

ASKED_FOR = timedelta(hours=24)  # so long one person's wish to turn it on waits for another's


def new_switch_reference() -> str:
    return outside_id("out")  # as outages are called, which is what outsiders see of it


class SwitchedFunction(models.TextChoices):
    """What can be switched off; the sign-in to one e-service by its client id."""

    SIGNING = "signing", _("signing")
    ISSUING = "issuing", _("issuing of licences and certificates")
    PREFILL = "prefill", _("sending of company data")
    LOGIN = "login", _("signing in to e-services")


class FunctionOffQuerySet(models.QuerySet["FunctionOff"]):
    def standing(self) -> "FunctionOffQuerySet":
        return self.filter(on_at=None)


class FunctionOff(models.Model):
    """One time that a function was off. One person turns it off, two turn it on again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_switch_reference)
    function = models.CharField(_("function"), max_length=10, choices=SwitchedFunction.choices)
    client_id = models.CharField(_("client id"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    off_by = models.CharField(_("turned off by"), max_length=100)
    off_at = models.DateTimeField(_("off since"))
    on_asked_by = models.CharField(_("asked to turn it on"), max_length=100, blank=True)
    on_asked_at = models.DateTimeField(null=True, blank=True)
    on_reason = models.CharField(_("why it can be on again"), max_length=500, blank=True)
    on_by = models.CharField(_("turned on by"), max_length=100, blank=True)
    on_at = models.DateTimeField(_("on since"), null=True, blank=True)

    objects = FunctionOffQuerySet.as_manager()

    class Meta:
        verbose_name = _("function switched off")
        verbose_name_plural = _("functions switched off")
        permissions = [
            ("turn_off_function", "Can turn a function off"),
            ("turn_on_function", "Can ask for and confirm that a function is turned on"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["function", "client_id"],
                condition=Q(on_at=None),
                name="function_is_off_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=(Q(function="login") & ~Q(client_id=""))
                | (~Q(function="login") & Q(client_id="")),
                name="only_a_login_is_of_one_client",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="function_is_off_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(on_asked_by="", on_asked_at=None, on_reason="")
                | (~Q(on_asked_by="") & Q(on_asked_at__isnull=False) & ~Q(on_reason="")),
                name="asking_to_turn_on_has_its_person_moment_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(on_by="", on_at=None)
                | (~Q(on_by="") & Q(on_at__isnull=False) & ~Q(on_asked_by="")),
                name="function_on_again_was_asked_for_and_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(on_by="") | ~Q(on_by=F("on_asked_by")),
                name="function_is_turned_on_by_two_people",
            ),
        ]
        indexes = [
            models.Index(fields=["off_at"], name="functions_off_by_time"),
        ]

    def __str__(self) -> str:
        client = f" ({self.client_id})" if self.client_id else ""
        return f"{self.get_function_display()}{client} {self.off_at:%Y-%m-%d %H:%M}"

    @property
    def subject(self) -> str:
        return f"function:{self.function}" + (f":{self.client_id}" if self.client_id else "")

    def waits_for_second(self, *, at: datetime) -> bool:
        """Say whether somebody asked, within a day, to turn it on."""
        asked = self.on_asked_at
        return self.on_at is None and asked is not None and at < asked + ASKED_FOR
