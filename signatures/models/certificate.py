"""Every certificate that we issued, and which of them were revoked."""

from datetime import datetime

from cryptography import x509
from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7
from signatures.pki.crl import Revocation, RevocationReason


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def in_force(self, *, at: datetime) -> "CertificateQuerySet":
        return self.filter(not_before__lte=at, not_after__gt=at, revoked_at=None)

    def revoked_or_on_hold(self) -> "CertificateQuerySet":
        """Give those that a revocation list names."""
        on_hold = models.Q(key__suspended_at__isnull=False, profile__in=Certificate.HELD)
        return self.filter(models.Q(revoked_at__isnull=False) | on_hold)


class Certificate(models.Model):
    class Profile(models.TextChoices):
        ROOT = "root", _("root")
        ISSUING = "issuing", _("issuing authority")
        PERSON = "person", _("person for a company")
        SEAL = "seal", _("company's electronic seal")
        TSA = "tsa", _("time-stamping authority")
        OCSP = "ocsp", _("certificate status")
        E_SERVICE = "e_service", _("e-service's credentials and requests")

    # On hold while their keys are suspended. An authority's is not: with it, all that it ever
    # answered for would be in doubt; its suspended key answers for nothing more.
    HELD = (Profile.PERSON, Profile.SEAL)

    class Reason(models.TextChoices):
        UNSPECIFIED = "unspecified", _("not specified")
        KEY_COMPROMISE = "keyCompromise", _("key compromised")
        AFFILIATION_CHANGED = "affiliationChanged", _("name or company changed")
        SUPERSEDED = "superseded", _("replaced")
        CESSATION_OF_OPERATION = "cessationOfOperation", _("no longer used")
        PRIVILEGE_WITHDRAWN = "privilegeWithdrawn", _("right withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    profile = models.CharField(max_length=10, choices=Profile.choices)
    serial_number = models.CharField(max_length=40, unique=True)  # hex, no leading zeros
    company = models.ForeignKey(
        "authentication.Company",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="certificates",
    )
    person = models.ForeignKey(
        "authentication.Person",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="certificates",
    )
    issuer = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="issued"
    )
    key = models.ForeignKey(
        "keys.SigningKey", on_delete=models.PROTECT, related_name="certificates"
    )
    der = models.BinaryField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    shard = models.CharField(max_length=10, blank=True)  # the CRL that would name it
    revoked_at = models.DateTimeField(null=True, blank=True)
    revocation_reason = models.CharField(max_length=30, choices=Reason.choices, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(not_after__gt=models.F("not_before")),
                name="certificate_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revocation_reason="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revocation_reason="")),
                name="revocation_has_its_moment_and_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    profile="person", company__isnull=False, person__isnull=False
                )
                | models.Q(profile="seal", company__isnull=False, person=None)
                | (
                    ~models.Q(profile__in=["person", "seal"])
                    & models.Q(company=None, person=None)
                ),
                name="certificate_names_whom_its_profile_says",
            ),
            models.CheckConstraint(
                condition=models.Q(profile="root", issuer=None)
                | (~models.Q(profile="root") & models.Q(issuer__isnull=False)),
                name="only_a_root_has_no_issuer",
            ),
        ]
        indexes = [
            models.Index(
                fields=["shard"],
                condition=models.Q(revoked_at__isnull=False),
                name="revoked_by_shard",
            ),
            models.Index(fields=["company", "profile"], name="certificate_by_company"),
        ]

    def __str__(self) -> str:
        return f"{self.profile} {self.serial_number}"

    @property
    def on_hold_since(self) -> datetime | None:
        """Say since when its key is suspended; the key has to be loaded with it."""
        return self.key.suspended_at if self.profile in self.HELD else None

    def as_x509(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(bytes(self.der))

    def revocation(self) -> Revocation | None:
        """Say since when it is revoked, or on hold because its key is suspended."""
        number = int(self.serial_number, 16)
        if self.revoked_at is not None:
            return Revocation(number, self.revoked_at, RevocationReason(self.revocation_reason))
        if self.on_hold_since is not None:
            return Revocation(number, self.on_hold_since, RevocationReason.CERTIFICATE_HOLD)
        return None
