"""A human with an identity checked once, acting for one or many companies."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class Person(models.Model):
    """The identity document itself is never stored: a keyed HMAC finds it, a tail shows it."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        LOCKED = "locked", _("locked")
        INCAPACITATED = "incapacitated", _("incapacitated")
        REPORTED_DEAD = "reported_dead", _("reported dead")
        DEAD = "dead", _("dead")
        IDENTITY_DISPUTED = "identity_disputed", _("identity disputed")

    class DocumentKind(models.TextChoices):
        HKID = "hkid", _("Hong Kong identity card")
        PASSPORT = "passport", _("passport")

    class Proof(models.TextChoices):
        NONE = "none", _("not checked")
        IAM_SMART = "iam_smart", _("iAM Smart")
        CERTIFICATE = "certificate", _("recognised personal certificate")
        CERTIFIED_DOCUMENT = "certified_document", _("certified document")
        COUNTER = "counter", _("counter visit")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.OneToOneField(
        "authentication.Account", null=True, blank=True, on_delete=models.PROTECT
    )  # none: the register names a person who has not joined
    name_en = models.CharField(max_length=200, blank=True)
    name_tc = models.CharField(max_length=100, blank=True)
    name_sc = models.CharField(max_length=100, blank=True)
    document_kind = models.CharField(max_length=10, choices=DocumentKind.choices)
    document_hmac = models.BinaryField(max_length=32)
    document_tail = models.CharField(max_length=4)  # what a page may show: `…3(7)` as `37`
    proof = models.CharField(max_length=20, choices=Proof.choices, default=Proof.NONE)
    proven_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        constraints = [
            models.UniqueConstraint(
                fields=["document_kind", "document_hmac"], name="one_person_per_document"
            ),
            models.CheckConstraint(
                condition=~models.Q(name_en="") | ~models.Q(name_tc=""),
                name="person_has_a_name",
            ),
            models.CheckConstraint(
                condition=models.Q(proof="none", proven_at=None)
                | (~models.Q(proof="none") & models.Q(proven_at__isnull=False)),
                name="proof_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.name_en or self.name_tc

    def name_in(self, language: str) -> str:
        """Give the name for a reader of `en`, `zh-hant`, `zh-hans`; another if none."""
        wished = {"zh-hant": self.name_tc, "zh-hans": self.name_sc or self.name_tc}
        return wished.get(language) or self.name_en or self.name_tc


class Caseworker(models.Model):
    """A member of the operating agency's staff."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.OneToOneField("authentication.Account", on_delete=models.PROTECT)
    name = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("caseworker")
        verbose_name_plural = _("caseworkers")

    def __str__(self) -> str:
        return self.name
