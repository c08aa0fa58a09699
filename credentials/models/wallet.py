"""A company's wallet, and who saw what in it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class Wallet(models.Model):
    """One per company that uses Corp ID; opened when its first credential can land."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.OneToOneField(
        "authentication.Company", on_delete=models.PROTECT, related_name="wallet"
    )
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")

    def __str__(self) -> str:
        return f"wallet of {self.company_id}"


class AccessLog(models.Model):
    """What the company sees happen to one of its credentials, in its own words.

    The audit log proves; this tells. `actor` is written as in the audit log; `verifier` is the
    name in the certificate of whoever was shown it.
    """

    class Kind(models.TextChoices):
        ISSUED = "issued", _("Issued")
        CLAIMED = "claimed", _("Taken into the wallet")
        PRESENTED = "presented", _("Shown")
        SUSPENDED = "suspended", _("Suspended by the issuer")
        RESUMED = "resumed", _("In force again")
        REVOKED = "revoked", _("Revoked by the issuer")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    credential = models.ForeignKey(
        "credentials.Credential", on_delete=models.PROTECT, related_name="log"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    actor = models.CharField(max_length=100)
    verifier = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        indexes = [models.Index(fields=["credential", "-at"], name="accesses_of_credential")]

    def __str__(self) -> str:
        return f"{self.credential_id} {self.kind} {self.at:%Y-%m-%d %H:%M}"
