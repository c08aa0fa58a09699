"""An outage or maintenance that a caseworker announced: which functions, from when to when."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7
from corpid.operations.models.function_off import SwitchedFunction


def new_outage_reference() -> str:
    return outside_id("out")


class OutageQuerySet(models.QuerySet["Outage"]):
    def standing(self) -> "OutageQuerySet":
        """Those that were not called off before they began."""
        return self.exclude(closed_at__lte=F("starts_at"))


class Outage(models.Model):
    """What was published stays: it is ended or called off, and never rewritten.

    `ends_at` is nothing while nobody knows. Closing sets it; closed before it begins, it has
    been called off.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_outage_reference)
    functions = ArrayField(models.CharField(max_length=10, choices=SwitchedFunction.choices))
    text_en = models.CharField(_("text in English"), max_length=500)
    text_tc = models.CharField(_("text in traditional Chinese"), max_length=300)
    text_sc = models.CharField(_("text in simplified Chinese"), max_length=300)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    announced_by = models.CharField(_("announced by"), max_length=100)
    announced_at = models.DateTimeField(_("announced at"))
    closed_by = models.CharField(_("closed by"), max_length=100, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = OutageQuerySet.as_manager()

    class Meta:
        verbose_name = _("announced outage")
        verbose_name_plural = _("announced outages")
        permissions = [("announce_outage", "Can announce and close outages")]
        constraints = [
            models.CheckConstraint(
                condition=Q(functions__len__gt=0), name="outage_concerns_a_function"
            ),
            models.CheckConstraint(
                condition=~Q(text_en="") & ~Q(text_tc="") & ~Q(text_sc=""),
                name="outage_is_told_in_three_languages",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="outage_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(closed_by="", closed_at=None)
                | (~Q(closed_by="") & Q(closed_at__isnull=False)),
                name="closing_an_outage_has_its_person_and_moment",
            ),
        ]
        indexes = [models.Index(fields=["starts_at"], name="outages_by_time")]

    def __str__(self) -> str:
        return f"{', '.join(self.functions)} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def subject(self) -> str:
        return f"outage:{self.reference}"

    def is_over(self, *, at: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= at
