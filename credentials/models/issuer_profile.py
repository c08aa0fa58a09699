"""How an e-service appears in credentials: as issuer, as signer of lists, as verifier."""

import base64
import hashlib

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7
from corpid.protocols.strict_encoding import encode_base64url

LIST_OWNER_KIND = "issuer"  # of status lists, as corpid.status names their owners


class IssuerProfile(models.Model):
    """One key with its certificates, for one use, of one e-service.

    A key serves one purpose: what signs credentials signs no status list and asks nobody. The
    chain is in DER, the leaf first, without the anchor.
    """

    class Use(models.TextChoices):
        ISSUER = "issuer", _("issues credentials")
        STATUS_LIST = "status_list", _("signs status lists")
        VERIFIER = "verifier", _("asks for presentations")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    e_service = models.ForeignKey(
        "authentication.EService", on_delete=models.PROTECT, related_name="issuer_profiles"
    )
    use = models.CharField(max_length=12, choices=Use.choices)
    key_id = models.UUIDField()
    chain = ArrayField(models.BinaryField(), size=4)
    valid_until = models.DateTimeField()
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("issuer profile")
        verbose_name_plural = _("issuer profiles")
        constraints = [
            models.UniqueConstraint(
                fields=["e_service", "use"],
                condition=models.Q(retired_at=None),
                name="one_profile_in_use_per_e_service_and_use",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.e_service_id} {self.use}"

    @property
    def x5c(self) -> list[str]:
        return [base64.b64encode(bytes(der)).decode("ascii") for der in self.chain]

    @property
    def fingerprint(self) -> str:
        """The hash of the certificate, as `x509_hash` client identifiers carry it."""
        return encode_base64url(hashlib.sha256(bytes(self.chain[0])).digest())


def issuer_uri(slug: str) -> str:
    """Name an e-service as an issuer: the `iss` of its credentials."""
    return f"{settings.BASE_URL}/issuers/{slug}"


def list_owner(slug: str) -> str:
    """Name an e-service as the owner of its status lists."""
    return f"{LIST_OWNER_KIND}:{slug}"
