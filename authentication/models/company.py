"""Any registered business, by its Unique Business Identifier, with its names over time."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class CompanyKind(models.TextChoices):
    LOCAL_PRIVATE = "local_private", _("private company limited by shares")
    LOCAL_PUBLIC = "local_public", _("public company limited by shares")
    GUARANTEE = "guarantee", _("company limited by guarantee")
    UNLIMITED = "unlimited", _("unlimited company")
    NON_HONG_KONG = "non_hong_kong", _("registered non-Hong Kong company")
    OPEN_ENDED_FUND = "open_ended_fund", _("open-ended fund company")
    LIMITED_PARTNERSHIP_FUND = "limited_partnership_fund", _("limited partnership fund")
    LIMITED_PARTNERSHIP = "limited_partnership", _("limited partnership")
    SOLE_PROPRIETORSHIP = "sole_proprietorship", _("sole proprietorship")
    PARTNERSHIP = "partnership", _("partnership")
    SOCIETY = "society", _("society or other body")


class CompanyStatus(models.TextChoices):
    LIVE = "live", _("live")
    DORMANT = "dormant", _("dormant")
    REDOMICILED_IN = "redomiciled_in", _("re-domiciled in Hong Kong")
    NAME_BEING_CHANGED = "name_being_changed", _("name being changed")
    REGISTRATION_EXPIRED = "registration_expired", _("business registration expired")
    RECEIVER = "receiver", _("in receivership")
    PROVISIONAL_LIQUIDATOR = "provisional_liquidator", _("provisional liquidator appointed")
    WINDING_UP = "winding_up", _("winding up")
    AMALGAMATED = "amalgamated", _("amalgamated into another company")
    DEREGISTERED = "deregistered", _("deregistered")
    STRUCK_OFF = "struck_off", _("struck off and dissolved")
    CEASED = "ceased", _("business ceased")
    RESTORED = "restored", _("restored to the register")
    UNATTENDED = "unattended", _("without anybody who may act")


_UNTOLD = ~models.Q(status=models.F("told_status")) | ~models.Q(
    current_name=models.F("told_name")
)


class CompanyQuerySet(models.QuerySet["Company"]):
    def named(self) -> "CompanyQuerySet":
        """Bring the present name along, for those who print it."""
        return self.select_related("current_name")

    def untold(self) -> "CompanyQuerySet":
        """Keep those whose present status or name has not been told of yet."""
        return self.filter(_UNTOLD)


class Company(models.Model):
    """`told_…` is what people and e-services were told last: changes are seen in the row.

    So whoever changes it can't forget to tell. Of a company that is new (`told_status` empty)
    nothing is told: it is as it is from the beginning.
    """

    class IdentifierKind(models.TextChoices):
        BRN = "brn", _("business registration number")
        DUMMY = "dummy", _("made from the Companies Registry number")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ubi = models.CharField(max_length=8, unique=True)
    ubi_kind = models.CharField(max_length=5, choices=IdentifierKind.choices)
    cr_number = models.CharField(max_length=8, blank=True)
    kind = models.CharField(max_length=30, choices=CompanyKind.choices)
    status = models.CharField(
        max_length=30, choices=CompanyStatus.choices, default=CompanyStatus.LIVE
    )
    current_name = models.ForeignKey(
        "authentication.CompanyName", null=True, on_delete=models.PROTECT, related_name="+"
    )  # null only inside the transaction that makes the company
    enrolled_at = models.DateTimeField(null=True, blank=True)
    register_version = models.PositiveBigIntegerField(default=0)
    told_status = models.CharField(max_length=30, blank=True)
    told_name = models.ForeignKey(
        "authentication.CompanyName",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ubi__regex=r"^([0-9]{8}|[A-Z]{1,3}[0-9]{5,7})$"),
                name="ubi_has_its_shape",
            ),
            models.UniqueConstraint(
                fields=["cr_number"],
                condition=~models.Q(cr_number=""),
                name="one_company_per_cr_number",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=_UNTOLD, name="companies_untold"),
        ]

    def __str__(self) -> str:
        return self.ubi

    def name_in(self, language: str) -> str:
        """Give the present name for a reader of `en`, `zh-hant`, `zh-hans`; the UBI if none."""
        return self.current_name.in_language(language) if self.current_name else self.ubi

    def names_by_tag(self) -> dict[str, str]:
        """Give what the present name says in each language (BCP 47), as programs read it."""
        name = self.current_name
        written = {"en": name.en, "zh-Hant": name.tc, "zh-Hans": name.sc} if name else {}
        return {tag: words for tag, words in written.items() if words}

    @property
    def is_sole_proprietorship(self) -> bool:
        return self.kind == CompanyKind.SOLE_PROPRIETORSHIP


class CompanyName(models.Model):
    """One name of a company during a period; a company may have only one of the languages."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="names")
    en = models.CharField(max_length=300, blank=True)
    tc = models.CharField(max_length=200, blank=True)
    sc = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField()  # the date on the certificate of change of name
    valid_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=50)

    class Meta:
        verbose_name = _("company name")
        verbose_name_plural = _("company names")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(en="") | ~models.Q(tc=""), name="company_has_a_name"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until=None)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="company_name_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["company"],
                condition=models.Q(valid_until=None),
                name="one_present_name_per_company",
            ),
        ]

    def __str__(self) -> str:
        return self.en or self.tc

    def in_language(self, language: str) -> str:
        """Give the name for a reader of `en`, `zh-hant`, `zh-hans`; another if none."""
        wished = {"zh-hant": self.tc, "zh-hans": self.sc or self.tc}
        return wished.get(language) or self.en or self.tc


class Succession(models.Model):
    """What became of a company: merged into, split, re-domiciled."""

    class Kind(models.TextChoices):
        AMALGAMATION = "amalgamation", _("amalgamation")
        REDOMICILIATION = "redomiciliation", _("re-domiciliation")
        NEW_IDENTIFIER = "new_identifier", _("new identifier")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    predecessor = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="successions"
    )
    successor = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="predecessions"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    effective_on = models.DateField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(predecessor=models.F("successor")),
                name="nobody_succeeds_themselves",
            ),
        ]
        indexes = [
            models.Index(
                fields=["effective_on"],
                condition=models.Q(told_at=None),
                name="successions_untold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id} ({self.effective_on})"


class BusinessRegistration(models.Model):
    """A certificate of the Inland Revenue; a paid demand note is itself one (Cap. 310)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="registrations")
    branch = models.CharField(max_length=3, default="000")  # 000 = main
    certificate_number = models.CharField(max_length=25, unique=True)
    valid_from = models.DateField()
    valid_until = models.DateField()
    source = models.CharField(max_length=50)
    warned_days = models.PositiveSmallIntegerField(
        null=True, blank=True
    )  # before its end, at the last warning

    class Meta:
        verbose_name = _("business registration")
        verbose_name_plural = _("business registrations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")),
                name="business_registration_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["valid_until"], name="registrations_by_end")]

    def __str__(self) -> str:
        return self.certificate_number

    def is_in_force(self, *, on: date) -> bool:
        return self.valid_from <= on < self.valid_until


class Premises(models.Model):
    """A place of business: licences hang on it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="premises")
    name = models.CharField(max_length=200, blank=True)
    address_en = models.CharField(max_length=500, blank=True)
    address_tc = models.CharField(max_length=300, blank=True)
    geocode = models.CharField(max_length=30, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("premises")
        verbose_name_plural = _("premises")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(address_en="") | ~models.Q(address_tc=""),
                name="premises_have_an_address",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.address_en or self.address_tc
