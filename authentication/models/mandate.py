"""A company lets a member, a person or another company use powers, within dates."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7


def new_mandate_reference() -> str:
    return outside_id("man")


class MandateQuerySet(models.QuerySet["Mandate"]):
    def in_force(self, *, at: datetime) -> "MandateQuerySet":
        return self.filter(status=Mandate.Status.ACTIVE, valid_from__lte=at, valid_until__gt=at)

    def past_their_time(self, *, at: datetime) -> "MandateQuerySet":
        """Keep those that have run out and don't say so yet."""
        return self.filter(status__in=["active", "paused"], valid_until__lte=at)


class Mandate(models.Model):
    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        WAITING = "waiting", _("waiting for acceptance")
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        ENDED = "ended", _("ended")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_mandate_reference)
    # Whose powers are used, at every depth; the grantor of a child is its parent's delegate.
    principal = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="mandates_given"
    )
    delegate_member = models.ForeignKey(
        "authentication.Member",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mandates",
    )
    delegate_person = models.ForeignKey(
        "authentication.Person",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mandates",
    )
    delegate_company = models.ForeignKey(
        "authentication.Company",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mandates_received",
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    depth = models.PositiveSmallIntegerField(default=1)
    powers = models.ManyToManyField("authentication.Power", related_name="mandates")
    may_subdelegate = models.BooleanField(default=False)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    ended_how = models.CharField(max_length=30, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")),
                name="mandate_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(depth__gte=1, depth__lte=3),
                name="mandate_chain_is_at_most_3",
            ),
            models.CheckConstraint(
                condition=(models.Q(parent=None) & models.Q(depth=1))
                | (models.Q(parent__isnull=False) & models.Q(depth__gt=1)),
                name="mandate_depth_counts_from_the_principal",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    delegate_member__isnull=False, delegate_person=None, delegate_company=None
                )
                | models.Q(
                    delegate_member=None, delegate_person__isnull=False, delegate_company=None
                )
                | models.Q(
                    delegate_member=None, delegate_person=None, delegate_company__isnull=False
                ),
                name="mandate_has_one_delegate",
            ),
            models.CheckConstraint(
                condition=models.Q(status="ended") & ~models.Q(ended_how="")
                | ~models.Q(status="ended") & models.Q(ended_how=""),
                name="mandate_says_how_it_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["valid_until"],
                condition=models.Q(status__in=["active", "paused"]),
                name="mandates_by_end",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def delegate_in(self, language: str) -> str:
        """Name whoever may use it; brings its delegate along (`select_related`)."""
        if self.delegate_company is not None:
            return self.delegate_company.name_in(language)
        member = self.delegate_member
        person = member.person if member is not None else self.delegate_person
        return person.name_in(language) if person is not None else ""

    def is_in_force(self, *, at: datetime) -> bool:
        return self.status == self.Status.ACTIVE and self.valid_from <= at < self.valid_until


class MandateUser(models.Model):
    """Which members of the delegate company may use its mandate."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="users")
    member = models.ForeignKey(
        "authentication.Member", on_delete=models.PROTECT, related_name="mandate_uses"
    )

    class Meta:
        verbose_name = _("user of a mandate")
        verbose_name_plural = _("users of mandates")
        constraints = [
            models.UniqueConstraint(fields=["mandate", "member"], name="one_use_per_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} uses {self.mandate_id}"
