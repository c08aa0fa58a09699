"""Members of a company, their roles, and the powers that roles carry."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class Power(models.Model):
    """One thing that can be done for a company, at one e-service or in Corp ID itself."""

    class Risk(models.TextChoices):
        LOW = "L", _("low")
        MEDIUM = "M", _("medium")
        HIGH = "H", _("high")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=100, unique=True)  # `ird.profits_tax.file`
    e_service = models.ForeignKey(
        "authentication.EService",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="powers",
    )  # none: a power in Corp ID itself
    name_en = models.CharField(max_length=200)
    name_tc = models.CharField(max_length=100)
    name_sc = models.CharField(max_length=100)
    risk = models.CharField(max_length=1, choices=Risk.choices)
    is_delegable = models.BooleanField(default=True)
    max_depth = models.PositiveSmallIntegerField(default=3)
    needs_limit = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("power")
        verbose_name_plural = _("powers")

    def __str__(self) -> str:
        return self.key

    def name_in(self, language: str) -> str:
        return {"zh-hant": self.name_tc, "zh-hans": self.name_sc}.get(language, self.name_en)


class Role(models.Model):
    """A named set of powers: a system role for every company, or one that a company made."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey(
        "authentication.Company",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="roles",
    )
    key = models.CharField(max_length=50)
    name_en = models.CharField(max_length=100)
    name_tc = models.CharField(max_length=50)
    name_sc = models.CharField(max_length=50)
    powers = models.ManyToManyField(Power, related_name="roles", blank=True)
    minimum_acr = models.PositiveSmallIntegerField(default=2)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "key"], nulls_distinct=False, name="one_role_per_key"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def name_in(self, language: str) -> str:
        return {"zh-hant": self.name_tc, "zh-hans": self.name_sc}.get(language, self.name_en)


class Member(models.Model):
    """A person whom a company has let in."""

    class Status(models.TextChoices):
        INVITED = "invited", _("invited")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        LEFT = "left", _("left")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="members"
    )
    person = models.ForeignKey(
        "authentication.Person", on_delete=models.PROTECT, related_name="memberships"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.INVITED)
    since = models.DateTimeField()
    roles = models.ManyToManyField(Role, through="MemberRole", related_name="members")

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "person"], name="one_membership_per_person_and_company"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.company_id}"


class MemberRoleQuerySet(models.QuerySet["MemberRole"]):
    def in_force(self, *, at: datetime) -> "MemberRoleQuerySet":
        return self.filter(valid_from__lte=at).filter(
            models.Q(valid_until=None) | models.Q(valid_until__gt=at)
        )


class MemberRole(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    e_service = models.ForeignKey(
        "authentication.EService", null=True, blank=True, on_delete=models.PROTECT
    )  # none: everywhere
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    objects = MemberRoleQuerySet.as_manager()

    class Meta:
        verbose_name = _("member's role")
        verbose_name_plural = _("members' roles")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until=None)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="member_role_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role_id} of {self.member_id}"
