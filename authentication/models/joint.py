"""Several people agreeing to one thing: the company's signing rule, approvals and votes."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class SigningRule(models.Model):
    """How many, and which, must agree; without one, Cap. 622 s.127 speaks.

    `rule` is a joint policy as `authentication/joint_policy.py` reads it.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        AGREED = "agreed", _("agreed")
        REFUSED = "refused", _("refused")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="signing_rules"
    )
    rule = models.JSONField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    in_force_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("signing rule")
        verbose_name_plural = _("signing rules")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="agreed", in_force_from__isnull=False)
                | (~models.Q(status="agreed") & models.Q(in_force_from=None)),
                name="agreed_rule_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"rule of {self.company_id}"


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def waiting(self, *, at: datetime) -> "ApprovalQuerySet":
        return self.filter(state=Approval.State.WAITING, closes_at__gt=at)


class Approval(models.Model):
    """One subject, one digest of exactly what is approved, under one joint policy."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        COMPLETE = "complete", _("complete")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("expired")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="approvals"
    )
    subject = models.CharField(max_length=100)  # `signature-request:sig_…`
    digest = models.CharField(max_length=64)  # SHA-256, hex
    rule = models.JSONField()  # frozen when the approval was opened
    maker = models.ForeignKey(
        "authentication.Person",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="approvals_made",
    )  # where the policy parts maker and checker, the maker's own vote does not count
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opened_at")),
                name="approval_closes_after_it_opens",
            ),
            models.UniqueConstraint(
                fields=["subject"],
                condition=models.Q(state="waiting"),
                name="one_waiting_approval_per_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.state})"


class Vote(models.Model):
    """One person's yes or no; a yes can be taken back until the policy is complete."""

    class Choice(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="votes")
    person = models.ForeignKey(
        "authentication.Person", on_delete=models.PROTECT, related_name="votes"
    )
    capacity = models.CharField(max_length=30)
    choice = models.CharField(max_length=3, choices=Choice.choices)
    reason = models.CharField(max_length=500, blank=True)
    cast_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "person"],
                condition=models.Q(taken_back_at=None),
                name="one_standing_vote_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.choice} of {self.person_id} on {self.approval_id}"
