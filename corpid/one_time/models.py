"""What may be used once: tokens of ours by purpose, and since when others' are remembered."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class OneTimeToken(models.Model):
    """Only the SHA-256 of the token is kept: it has 256 random bits, so no salt is needed.

    `bound_to` is what the effect needs and re-checks; the present state of person, company and
    role is read again when the token is used.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    purpose = models.CharField(max_length=50)
    subject = models.CharField(max_length=100)
    bound_to = models.JSONField(default=dict)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("single-use token")
        verbose_name_plural = _("single-use tokens")
        indexes = [
            models.Index(fields=["expires_at"], name="one_time_by_expiry"),
            models.Index(fields=["purpose", "subject"], name="one_time_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} for {self.subject}"


class MemoryEpoch(models.Model):
    """Since when Valkey remembers what was used once (epoch.py); rows are only added."""

    id = models.CharField(primary_key=True, max_length=32, editable=False)
    number = models.BigIntegerField(unique=True, editable=False)  # in the order of beginning
    began_at = models.DateTimeField()

    class Meta:
        verbose_name = _("epoch of the replay memory")
        verbose_name_plural = _("epochs of the replay memory")

    def __str__(self) -> str:
        return f"{self.number} since {self.began_at:%Y-%m-%d %H:%M:%S}"
