"""What kind of credential there is: its issuer, its claims, its words in three languages."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7
from corpid.languages import TAGS
from credentials.sd_jwt_vc import TypeMetadata, read_type_metadata


class CredentialTypeQuerySet(models.QuerySet["CredentialType"]):
    def approved(self) -> "CredentialTypeQuerySet":
        return self.filter(status=CredentialType.Status.APPROVED)


class CredentialType(models.Model):
    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        RETIRED = "retired", _("retired")

    class Sensitivity(models.TextChoices):
        PUBLIC = "public", _("public register")
        LICENCE = "licence", _("licence")
        FINANCIAL = "financial", _("financial or ownership")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=50, unique=True)
    issuer = models.ForeignKey(
        "authentication.EService", on_delete=models.PROTECT, related_name="credential_types"
    )
    version = models.PositiveIntegerField(default=1)
    metadata = models.JSONField()  # the type metadata document, as it is served
    schema = models.JSONField(null=True, blank=True)  # JSON Schema 2020-12 of the claims
    sensitivity = models.CharField(
        max_length=10, choices=Sensitivity.choices, default=Sensitivity.LICENCE
    )
    is_per_premises = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.SUBMITTED)
    created_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)

    objects = CredentialTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("type of credential")
        verbose_name_plural = _("types of credential")
        permissions = [("approve_credentialtype", "Can approve type of credential")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="submitted") | models.Q(approved_at__isnull=False),
                name="credential_type_in_use_was_approved",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def vct(self) -> str:
        return f"{settings.BASE_URL}/credential-types/{self.slug}"

    def read_metadata(self) -> TypeMetadata:
        return read_type_metadata(self.metadata)

    def name_in(self, language: str) -> str:
        """Give the name for a reader of `en`, `zh-hant`, `zh-hans`."""
        names = self.read_metadata().names
        return names.get(TAGS.get(language, "en")) or next(iter(names.values()))


def label_in(metadata: TypeMetadata, path: tuple[Any, ...], language: str) -> str:
    """Give a claim's label in the reader's language; the claim's own name if it has none."""
    for claim in metadata.claims:
        general = tuple(None if isinstance(step, int) else step for step in path)
        if claim.path in {path, general} and claim.labels:
            tag = TAGS.get(language, "en")
            return claim.labels.get(tag) or next(iter(claim.labels.values()))
    return " · ".join(str(step) for step in path)
