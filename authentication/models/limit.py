"""How much may be done by a mandate, and what of it is reserved and used."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7

_CURRENCY = r"^[A-Z]{3}$"


@dataclass(frozen=True, slots=True)
class Amount:
    """`currency` is a code of ISO 4217."""

    value: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.value} {self.currency}"


def new_reservation_reference() -> str:
    return outside_id("res")


class MandateLimit(models.Model):
    """Several may stand side by side; days, months and years are Hong Kong's.

    A mandate that has any allows nothing in other currencies.
    """

    class Period(models.TextChoices):
        DAY = "day", _("a day")
        MONTH = "month", _("a month")
        YEAR = "year", _("a year")
        WHOLE = "whole", _("as long as the mandate runs")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mandate = models.ForeignKey(
        "authentication.Mandate", on_delete=models.PROTECT, related_name="limits"
    )
    currency = models.CharField(max_length=3)
    per = models.CharField(max_length=5, choices=Period.choices, default=Period.WHOLE)
    each = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    total = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("limit of a mandate")
        verbose_name_plural = _("limits of mandates")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(each__isnull=False)
                | models.Q(total__isnull=False)
                | models.Q(count__isnull=False),
                name="limit_limits_something",
            ),
            models.CheckConstraint(
                condition=(models.Q(each=None) | models.Q(each__gt=0))
                & (models.Q(total=None) | models.Q(total__gt=0))
                & (models.Q(count=None) | models.Q(count__gt=0)),
                name="limit_leaves_something",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=_CURRENCY), name="limit_has_a_currency"
            ),
            models.UniqueConstraint(
                fields=["mandate", "currency", "per"], name="one_limit_per_period_and_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.total or self.each or self.count} {self.currency} {self.per}"

    def counts_from(self, *, at: datetime) -> datetime | None:
        """Give the beginning of the period that a moment falls into; None of the whole."""
        midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
        beginnings = {
            self.Period.DAY: midnight,
            self.Period.MONTH: midnight.replace(day=1),
            self.Period.YEAR: midnight.replace(month=1, day=1),
        }
        return beginnings.get(self.Period(self.per))


class LimitUseQuerySet(models.QuerySet["LimitUse"]):
    def counting(self, *, at: datetime) -> "LimitUseQuerySet":
        """Those that take room: what was captured, and what is still held."""
        held = models.Q(state=LimitUse.State.RESERVED, expires_at__gt=at)
        return self.filter(models.Q(state=LimitUse.State.CAPTURED) | held)

    def overdue(self, *, at: datetime) -> "LimitUseQuerySet":
        return self.filter(state=LimitUse.State.RESERVED, expires_at__lte=at)

    def without_effect(self) -> "LimitUseQuerySet":
        return self.filter(state__in=[LimitUse.State.RELEASED, LimitUse.State.EXPIRED])

    def value(self) -> Decimal:
        """Add up what they take; what was captured may be less than was reserved."""
        taken = models.Sum(Coalesce("captured_value", "value"))
        found: Decimal | None = self.aggregate(taken=taken)["taken"]
        return found or Decimal(0)


class LimitUse(models.Model):
    """An amount that an e-service reserves, before it acts, against every limit of a chain.

    Used by office or by role, it counts against no mandate.
    """

    class State(models.TextChoices):
        RESERVED = "reserved", _("reserved")
        CAPTURED = "captured", _("captured")
        RELEASED = "released", _("released")
        EXPIRED = "expired", _("expired")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_reservation_reference)
    e_service = models.ForeignKey(
        "authentication.EService", on_delete=models.PROTECT, related_name="limit_uses"
    )
    e_service_reference = models.CharField(max_length=100)  # what it calls its own act
    person = models.ForeignKey(
        "authentication.Person", on_delete=models.PROTECT, related_name="limit_uses"
    )
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="limit_uses"
    )
    power = models.CharField(max_length=100)
    mandates = models.ManyToManyField("authentication.Mandate", related_name="limit_uses")
    value = models.DecimalField(max_digits=15, decimal_places=2)
    captured_value = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RESERVED)
    reserved_at = models.DateTimeField()  # decides in which day, month and year it counts
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = LimitUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of a limit")
        verbose_name_plural = _("uses of limits")
        constraints = [
            models.UniqueConstraint(
                fields=["e_service", "e_service_reference"],
                name="one_use_per_reference_of_an_e_service",
            ),
            models.CheckConstraint(
                condition=models.Q(value__gt=0, currency__regex=_CURRENCY),
                name="limit_use_is_of_an_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("reserved_at")),
                name="limit_use_expires_after_it_is_reserved",
            ),
            models.CheckConstraint(
                condition=models.Q(state="reserved", ended_at=None)
                | (~models.Q(state="reserved") & models.Q(ended_at__isnull=False)),
                name="limit_use_that_ended_has_its_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="captured",
                    captured_value__isnull=False,
                    captured_value__gt=0,
                    captured_value__lte=models.F("value"),
                )
                | (~models.Q(state="captured") & models.Q(captured_value=None)),
                name="limit_use_captures_at_most_what_was_reserved",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="reserved"),
                name="limit_uses_held_by_expiry",
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(state__in=["released", "expired"]),
                name="limit_uses_without_effect",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.state})"

    def state_at(self, *, at: datetime) -> str:
        """Say what it is now: its time may have passed without anybody writing that down."""
        is_over = self.state == self.State.RESERVED and self.expires_at <= at
        return self.State.EXPIRED if is_over else self.State(self.state)
