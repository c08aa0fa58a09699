"""Officers: persons or companies that a register names, and in which capacity."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class Capacity(models.TextChoices):
    DIRECTOR = "director", _("director")
    RESERVE_DIRECTOR = "reserve_director", _("reserve director")
    ALTERNATE_DIRECTOR = "alternate_director", _("alternate director")
    SECRETARY = "secretary", _("company secretary")
    PROPRIETOR = "proprietor", _("owner")
    PARTNER = "partner", _("partner")
    GENERAL_PARTNER = "general_partner", _("general partner")
    MANAGER = "manager", _("manager")
    LOCAL_AGENT = "local_agent", _("authorised representative in Hong Kong")
    LIQUIDATOR = "liquidator", _("liquidator")
    PROVISIONAL_LIQUIDATOR = "provisional_liquidator", _("provisional liquidator")
    RECEIVER = "receiver", _("receiver")
    OFFICIAL_RECEIVER = "official_receiver", _("Official Receiver")
    PERSONAL_REPRESENTATIVE = "personal_representative", _("personal representative")


_CHANGED = models.Q(ceased_on__isnull=False) | models.Q(contested_at__isnull=False)
# Few rows: of most it was told that they are named, and nothing has come since.
_MAY_HAVE_NEWS = models.Q(told__in=["", "contested"]) | models.Q(told="named") & _CHANGED


class OfficerQuerySet(models.QuerySet["Officer"]):
    def in_office(self, *, on: date) -> "OfficerQuerySet":
        return self.filter(appointed_on__lte=on).filter(
            models.Q(ceased_on=None) | models.Q(ceased_on__gt=on)
        )

    def untold(self, *, on: date) -> "OfficerQuerySet":
        """Keep those of whom something has come to be by then that was not told."""
        current = models.Q(ceased_on=None) | models.Q(ceased_on__gt=on)
        undisputed, contested = models.Q(contested_at=None), ~models.Q(contested_at=None)
        return self.filter(_MAY_HAVE_NEWS, appointed_on__lte=on).filter(
            ~current  # told of its end drops out of the index
            | current & contested & ~models.Q(told="contested")
            | current & undisputed & ~models.Q(told="named")
        )

    def undisputed(self) -> "OfficerQuerySet":
        return self.filter(contested_at=None)


class Officer(models.Model):
    """Written only from the register's feed, never from a form.

    `told` is what was told of it last; whoever writes rows that are old news says so in them.
    """

    class Told(models.TextChoices):
        NAMED = "named", _("that the register names them")
        CONTESTED = "contested", _("that the office is contested")
        REMOVED = "removed", _("that it has ended")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="officers"
    )
    person = models.ForeignKey(
        "authentication.Person",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="offices",
    )
    firm = models.ForeignKey(
        "authentication.Company",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="offices",
    )  # a corporate officer: its own authorised staff act in its capacity
    capacity = models.CharField(max_length=30, choices=Capacity.choices)
    appointed_on = models.DateField()
    ceased_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=50)
    contested_at = models.DateTimeField(null=True, blank=True)
    told = models.CharField(max_length=10, choices=Told.choices, blank=True)

    objects = OfficerQuerySet.as_manager()

    class Meta:
        verbose_name = _("officer")
        verbose_name_plural = _("officers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, firm=None)
                | models.Q(person=None, firm__isnull=False),
                name="officer_is_a_person_or_a_firm",
            ),
            models.CheckConstraint(
                condition=models.Q(ceased_on=None)
                | models.Q(ceased_on__gte=models.F("appointed_on")),
                name="officer_ceases_after_appointment",
            ),
            models.UniqueConstraint(
                fields=["company", "person", "firm", "capacity", "appointed_on"],
                nulls_distinct=False,
                name="one_office_per_appointment",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "capacity"], name="officer_by_company"),
            models.Index(
                fields=["appointed_on"],
                condition=_MAY_HAVE_NEWS,
                name="officers_to_tell_of",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.capacity} {self.person_id or self.firm_id} of {self.company_id}"
