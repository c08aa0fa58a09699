"""Authorities beyond our own whose issuers and verifiers we rely on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class TrustAnchor(models.Model):
    """A root or issuing certificate that a caseworker put on the list, for one use."""

    class Use(models.TextChoices):
        ISSUER = "issuer", _("issuers and their status lists")
        VERIFIER = "verifier", _("verifiers")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    use = models.CharField(max_length=10, choices=Use.choices)
    certificate = models.BinaryField()  # DER
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("trust anchor")
        verbose_name_plural = _("trust anchors")
        constraints = [
            models.UniqueConstraint(
                fields=["use", "certificate"],
                condition=models.Q(removed_at=None),
                name="one_anchor_per_use_and_certificate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.use})"
