"""Forms that an e-service may have filled, in immutable versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7
from prefill.mapping import read_mapping
from prefill.powers import CONSENT


def new_reference() -> str:
    return outside_id("frm")


class FormTemplate(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_reference)
    e_service = models.ForeignKey(
        "authentication.EService", on_delete=models.PROTECT, related_name="form_templates"
    )
    slug = models.SlugField(max_length=60)
    title_en = models.CharField(max_length=200)
    title_tc = models.CharField(max_length=100)
    title_sc = models.CharField(max_length=100)

    class Meta:
        verbose_name = _("form template")
        verbose_name_plural = _("form templates")
        constraints = [
            models.UniqueConstraint(
                fields=["e_service", "slug"], name="one_form_template_per_slug"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def title_in(self, language: str) -> str:
        return {"zh-hant": self.title_tc, "zh-hans": self.title_sc}.get(language, self.title_en)


class FormTemplateVersion(models.Model):
    """What is asked, why, and for how long it is kept.

    `purpose` completes "asks for 14 details of …, <to open a business account>"; `retention`
    completes "may keep them for 90 days <if no account is opened>", and may be empty.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    class Keeping(models.TextChoices):
        VIEW = "view", _("only looked at")
        STORE = "store", _("stored")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    template = models.ForeignKey(
        FormTemplate, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    schema = models.JSONField()
    mapping = models.JSONField()  # [{pointer, item, transform?, required?, on_missing?}]
    purpose_en = models.CharField(max_length=300)
    purpose_tc = models.CharField(max_length=200)
    purpose_sc = models.CharField(max_length=200)
    legal_basis = models.CharField(max_length=300)
    keeping = models.CharField(max_length=5, choices=Keeping.choices)
    retention_days = models.PositiveIntegerField()
    retention_en = models.CharField(max_length=200, blank=True)
    retention_tc = models.CharField(max_length=100, blank=True)
    retention_sc = models.CharField(max_length=100, blank=True)
    max_uses = models.PositiveSmallIntegerField(default=1)
    consent_days = models.PositiveSmallIntegerField(default=1)  # how long a yes may be used
    consent_power = models.CharField(max_length=100, default=CONSENT)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("version of a form template")
        verbose_name_plural = _("versions of form templates")
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"], name="one_form_version_per_number"
            ),
            models.UniqueConstraint(
                fields=["template"],
                condition=models.Q(state="published"),
                name="one_published_version_per_form",
            ),
            models.CheckConstraint(
                condition=models.Q(retention_days__gt=0, max_uses__gt=0, consent_days__gt=0),
                name="form_says_how_long_and_how_often",
            ),
            models.CheckConstraint(
                condition=~models.Q(purpose_en="")
                & ~models.Q(purpose_tc="")
                & ~models.Q(purpose_sc=""),
                name="form_has_its_purpose_in_three_languages",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["published", "retired"], published_at__isnull=False
                )
                | models.Q(state__in=["draft", "submitted", "approved"], published_at=None),
                name="published_form_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} (version {self.number})"

    def asked_items(self) -> dict[str, bool]:
        """Give the items of the form in its order, and whether any field requires each."""
        required: dict[str, bool] = {}
        for line in read_mapping(self.mapping):
            required[line.item] = required.get(line.item, False) or line.required
        return required

    def purpose_in(self, language: str) -> str:
        return {"zh-hant": self.purpose_tc, "zh-hans": self.purpose_sc}.get(
            language, self.purpose_en
        )

    def retention_in(self, language: str) -> str:
        return {"zh-hant": self.retention_tc, "zh-hans": self.retention_sc}.get(
            language, self.retention_en
        )
