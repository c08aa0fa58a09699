"""A company's answer to one request, item by item, and the receipt of it."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7


def new_reference() -> str:
    return outside_id("con")


class ConsentQuerySet(models.QuerySet["Consent"]):
    def in_force(self, *, at: datetime) -> "ConsentQuerySet":
        return self.filter(decision="given", revoked_at=None, expires_at__gt=at)

    def described(self) -> "ConsentQuerySet":
        return self.select_related(
            "request__template_version__template", "e_service", "person", "receipt"
        )


class Consent(models.Model):
    """`notice_sha256` is of the text that was on the screen, in `language`."""

    class Decision(models.TextChoices):
        GIVEN = "given", _("given")
        REFUSED = "refused", _("refused")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_reference)
    request = models.OneToOneField(
        "prefill.PrefillRequest", on_delete=models.PROTECT, related_name="consent"
    )
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="consents"
    )
    e_service = models.ForeignKey(
        "authentication.EService",
        on_delete=models.PROTECT,
        related_name="consents",
        db_index=False,  # an index below begins with it
    )
    person = models.ForeignKey(
        "authentication.Person", on_delete=models.PROTECT, related_name="consents"
    )
    decision = models.CharField(max_length=7, choices=Decision.choices)
    capacity = models.CharField(max_length=30)  # in which the person answered
    decided_at = models.DateTimeField()
    notice_version = models.CharField(max_length=20)
    notice_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=7)
    expires_at = models.DateTimeField()
    end_told_at = models.DateTimeField(null=True, blank=True)  # that it ends soon
    max_uses = models.PositiveSmallIntegerField()
    uses = models.PositiveSmallIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=80, blank=True)  # as in the audit: person:…

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uses__lte=models.F("max_uses")),
                name="consent_is_not_used_too_often",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoked_by="")),
                name="revoked_consent_says_by_whom",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("decided_at")),
                name="consent_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "decided_at"], name="consents_by_company"),
            models.Index(fields=["e_service", "id"], name="consents_by_e_service"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(decision="given", revoked_at=None, end_told_at=None),
                name="consents_whose_end_is_untold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.decision})"

    def is_in_force(self, *, at: datetime) -> bool:
        return (
            self.decision == Consent.Decision.GIVEN
            and self.revoked_at is None
            and self.expires_at > at
        )

    def granted_keys(self) -> list[str]:
        items = self.items.filter(is_granted=True).order_by("item_key")
        return list(items.values_list("item_key", flat=True))


class ConsentItem(models.Model):
    """One item of the catalogue, agreed to or not; the version says in which meaning."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="items")
    item_key = models.CharField(max_length=100)
    item_version = models.PositiveIntegerField()
    is_required = models.BooleanField()
    is_granted = models.BooleanField()

    class Meta:
        verbose_name = _("item of a consent")
        verbose_name_plural = _("items of a consent")
        constraints = [
            models.UniqueConstraint(
                fields=["consent", "item_key"], name="one_answer_per_item_and_consent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_key}: {'yes' if self.is_granted else 'no'}"


class Receipt(models.Model):
    """The signed record of a consent (in the shape of ISO/IEC TS 27560), for both sides."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="receipt")
    jws = models.TextField()
    issued_at = models.DateTimeField()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")

    def __str__(self) -> str:
        return f"receipt of {self.consent_id}"
