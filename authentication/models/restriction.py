"""Use of Corp ID stopped, in whole or in part, for a subject and on a basis."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    def in_force(self, *, at: datetime) -> "RestrictionQuerySet":
        return self.filter(valid_from__lte=at).filter(
            models.Q(valid_until=None) | models.Q(valid_until__gt=at)
        )

    def stopping(self, power: str | None) -> "RestrictionQuerySet":
        """Those in which this power rests; of None, those in which every power does."""
        if power is None:
            return self.filter(powers=[], exceptions=[])
        concerned = models.Q(powers=[]) | models.Q(powers__contains=[power])
        return self.filter(concerned).exclude(exceptions__contains=[power])


class Restriction(models.Model):
    """Several may stand at once; a check names the one that bit, unless it must not be told."""

    class SubjectKind(models.TextChoices):
        COMPANY = "company", _("company")
        PERSON = "person", _("person")
        AGENT = "agent", _("agent")
        MANDATE = "mandate", _("mandate")
        E_SERVICE = "e_service", _("e-service")

    class Kind(models.TextChoices):
        COURT_ORDER = "court_order", _("court order")
        SUSPECTED_FRAUD = "suspected_fraud", _("suspected fraud")
        REGISTER = "register", _("register")
        OWN_REQUEST = "own_request", _("own request")

    class Told(models.TextChoices):
        """What the concerned were told of last."""

        SET = "set", _("that it stands")
        REVIEW_DUE = "review_due", _("that its review is due")
        LIFTED = "lifted", _("that it has ended")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind.choices)
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    powers = ArrayField(models.CharField(max_length=100), default=list, blank=True)  # [] = all
    exceptions = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    order_number = models.CharField(max_length=100, blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    may_be_told = models.BooleanField(default=True)
    told = models.CharField(max_length=10, choices=Told.choices, blank=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until=None)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="restriction_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="court_order") | ~models.Q(order_number=""),
                name="court_order_has_a_number",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="restriction_by_subject"),
            models.Index(
                fields=["valid_from"],
                condition=models.Q(may_be_told=True) & ~models.Q(told="lifted"),
                name="restrictions_to_tell_of",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.subject_kind} {self.subject_id}"

    def stops(self, power: str) -> bool:
        """Say whether this power rests while the restriction stands."""
        return power not in self.exceptions and (not self.powers or power in self.powers)
