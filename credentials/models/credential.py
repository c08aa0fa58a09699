"""A credential that a company or one of its premises holds, and its versions."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7

CREDENTIAL_BODY = "credential"  # the purpose under which versions are sealed


def new_credential_id() -> str:
    return outside_id("crd")


class CredentialState(models.TextChoices):
    HELD = "held", _("held for claim")  # the company has no wallet yet
    VALID = "valid", _("in force")
    SUSPENDED = "suspended", _("suspended")
    REVOKED = "revoked", _("revoked")


class CredentialQuerySet(models.QuerySet["Credential"]):
    def in_wallet(self) -> "CredentialQuerySet":
        return self.exclude(state=CredentialState.HELD)

    def presentable(self, *, at: datetime) -> "CredentialQuerySet":
        return self.filter(state=CredentialState.VALID, expires_at__gt=at, valid_from__lte=at)


class Credential(models.Model):
    """Clear columns are only what lists, reminders and search need; the claims are sealed."""

    class Source(models.TextChoices):
        OWN = "own", _("issued through Corp ID")
        OID4VCI = "oid4vci", _("imported by OpenID4VCI")
        UPLOAD = "upload", _("uploaded")

    id = models.CharField(
        primary_key=True, max_length=40, default=new_credential_id, editable=False
    )
    type = models.ForeignKey(
        "credentials.CredentialType", on_delete=models.PROTECT, related_name="credentials"
    )
    issuer = models.ForeignKey(
        "authentication.EService", on_delete=models.PROTECT, related_name="issued_credentials"
    )
    holder_ubi = models.CharField(max_length=8)
    company = models.ForeignKey(
        "authentication.Company",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="credentials",
    )  # none: held for a business that we do not know yet
    premises = models.ForeignKey(
        "authentication.Premises",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="credentials",
    )
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.OWN)
    state = models.CharField(max_length=10, choices=CredentialState.choices)
    external_ref = models.CharField(max_length=100, blank=True)
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField()
    status_list_id = models.CharField(max_length=40, blank=True)
    status_index = models.PositiveIntegerField(null=True, blank=True)
    holder_key_id = models.UUIDField(null=True, blank=True)
    current_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = CredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("valid_from")),
                name="credential_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(state="held") | Q(company__isnull=False),
                name="credential_in_a_wallet_has_its_company",
            ),
            models.CheckConstraint(
                condition=Q(state="held", status_index=None, holder_key_id=None)
                | Q(state="revoked", status_index=None, holder_key_id=None)
                | (
                    ~Q(state="held")
                    & Q(status_index__isnull=False, holder_key_id__isnull=False)
                    & ~Q(status_list_id="")
                ),
                name="issued_credential_has_its_index_and_key",
            ),
            models.UniqueConstraint(
                fields=["status_list_id", "status_index"],
                condition=Q(status_index__isnull=False),
                name="one_credential_per_status_index",
            ),
            models.UniqueConstraint(
                fields=["issuer", "type", "external_ref"],
                condition=~Q(external_ref=""),
                name="one_credential_per_external_reference",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "expires_at"], name="credentials_by_expiry"),
            models.Index(
                fields=["holder_ubi"], condition=Q(state="held"), name="held_credentials"
            ),
            models.Index(fields=["issuer", "changed_at"], name="credentials_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"

    def record_name(self, version: int) -> str:
        """Name a version for its seal, so that no other can stand in its place."""
        return f"{self.id}|{version}"

    def is_expired(self, *, at: datetime) -> bool:
        return at >= self.expires_at


class CredentialVersion(models.Model):
    """What was issued, sealed under a data key of its own (company, credential, version).

    The body of a held credential is its claims; once claimed, the signed SD-JWT with all its
    disclosures.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    seal_scope = models.CharField(max_length=100)
    wrapped_data_key = models.BinaryField()
    body = models.BinaryField()
    made_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("version of a credential")
        verbose_name_plural = _("versions of credentials")
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "number"], name="one_version_per_number"
            ),
            models.UniqueConstraint(
                fields=["credential"],
                condition=Q(superseded_at=None),
                name="one_present_version_per_credential",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credential_id} v{self.number}"
