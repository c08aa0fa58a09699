"""A relying party: a department's or bank's system registered with us."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from authentication.models.restriction import Restriction
from corpid.identifiers import outside_id, uuid7


def new_client_id() -> str:
    return outside_id("esv")


class EServiceQuerySet(models.QuerySet["EService"]):
    def active(self) -> "EServiceQuerySet":
        return self.filter(status=EService.Status.ACTIVE)

    def unrestricted(self, *, at: datetime, power: str | None = None) -> "EServiceQuerySet":
        """Leave out whose use of this power (or of Corp ID as a whole) is stopped."""
        standing = Restriction.objects.in_force(at=at).stopping(power)
        ours = standing.filter(
            subject_kind=Restriction.SubjectKind.E_SERVICE, subject_id=models.OuterRef("pk")
        )
        return self.exclude(models.Exists(ours))


class EService(models.Model):
    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("government department")
        BANK = "bank", _("bank")
        OTHER = "other", _("other organisation")

    class Profile(models.TextChoices):
        FAPI2 = "fapi2", "FAPI 2.0"
        OIDC = "oidc", "OpenID Connect"

    class Status(models.TextChoices):
        APPLIED = "applied", _("applied")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        RETIRED = "retired", _("retired")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=50, unique=True)
    client_id = models.CharField(max_length=40, unique=True, default=new_client_id)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name_en = models.CharField(max_length=200)
    name_tc = models.CharField(max_length=100)
    name_sc = models.CharField(max_length=100)
    purpose_en = models.CharField(max_length=300, blank=True)  # why staff sign in there
    purpose_tc = models.CharField(max_length=200, blank=True)
    purpose_sc = models.CharField(max_length=200, blank=True)
    profile = models.CharField(max_length=5, choices=Profile.choices)
    jwks = models.JSONField(null=True, blank=True)  # public keys, `use` sig and enc
    jwks_uri = models.URLField(blank=True)
    client_secret_sha256 = models.CharField(max_length=64, blank=True)
    redirect_uris = ArrayField(models.CharField(max_length=500), default=list)
    post_logout_redirect_uris = ArrayField(
        models.CharField(max_length=500), default=list, blank=True
    )
    sector_identifier = models.CharField(max_length=200)
    scopes = ArrayField(models.CharField(max_length=50), default=list)
    minimum_acr = models.PositiveSmallIntegerField(default=2)
    dpop_bound_access_tokens = models.BooleanField(default=True)
    contact_email = models.EmailField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.APPLIED)

    objects = EServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-service")
        verbose_name_plural = _("e-services")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(profile="fapi2")
                | models.Q(client_secret_sha256="", dpop_bound_access_tokens=True),
                name="fapi_client_has_keys_and_no_secret",
            ),
            models.CheckConstraint(
                condition=models.Q(jwks=None) | models.Q(jwks_uri=""),
                name="keys_by_value_or_by_address",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def name_in(self, language: str) -> str:
        return {"zh-hant": self.name_tc, "zh-hans": self.name_sc}.get(language, self.name_en)

    def purpose_in(self, language: str) -> str:
        return {"zh-hant": self.purpose_tc, "zh-hans": self.purpose_sc}.get(
            language, self.purpose_en
        )
