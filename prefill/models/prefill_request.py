"""One form of one company on its way from the ask to the handing-over."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import is_outside_id, outside_id, uuid7
from prefill.field_result import FieldReason, FieldStatus


def new_reference() -> str:
    return outside_id("pre")


class PrefillRequestQuerySet(models.QuerySet["PrefillRequest"]):
    def alive(self, *, at: datetime) -> "PrefillRequestQuerySet":
        return self.filter(expires_at__gt=at)

    def referred_to(self, reference: str) -> "PrefillRequestQuerySet":
        """Leave open whose it is: the caller decides. PostgreSQL refuses a NUL, for one."""
        return self.filter(reference=reference) if is_outside_id(reference) else self.none()

    def unconfirmed(self) -> "PrefillRequestQuerySet":
        """Keep what was sent, without an outcome, and whose sender was not reminded."""
        return self.filter(state="released", outcome="", reminded_at=None)

    def described(self) -> "PrefillRequestQuerySet":
        """Bring along what every page and answer about a request prints."""
        return self.select_related(
            "e_service", "template_version__template", "company__current_name", "consent"
        )


class PrefillRequest(models.Model):
    """One ask for one form; every step of its state is a conditional update.

    `requested -> awaiting_consent -> (awaiting_checker) -> fetching -> ready | partial ->
    released`, and from there or before `refused | expired | revoked | purged`.

    The values that came back are one body under a data key of the request's own; to forget the
    key is to destroy them.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting for you to arrive")
        AWAITING_CONSENT = "awaiting_consent", _("waiting for your yes")
        AWAITING_CHECKER = "awaiting_checker", _("waiting for a second yes")
        FETCHING = "fetching", _("collecting")
        READY = "ready", _("ready to be collected")
        PARTIAL = "partial", _("ready in part")
        RELEASED = "released", _("sent, not yet confirmed as filed")
        REFUSED = "refused", _("nothing was sent")
        EXPIRED = "expired", _("expired")
        REVOKED = "revoked", _("withdrawn")
        PURGED = "purged", _("ended")

    class Outcome(models.TextChoices):
        NONE = "", _("not reported")
        FILED = "filed", _("filed")
        REJECTED = "rejected", _("rejected")

    # A person whom the e-service's token names may answer from the inbox, before any browser.
    ANSWERABLE = (State.REQUESTED, State.AWAITING_CONSENT)
    BEFORE_CONSENT = (State.REQUESTED, State.AWAITING_CONSENT, State.AWAITING_CHECKER)
    HOLDING_VALUES = (State.READY, State.PARTIAL, State.RELEASED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_reference)
    e_service = models.ForeignKey(
        "authentication.EService", on_delete=models.PROTECT, related_name="prefill_requests"
    )
    template_version = models.ForeignKey(
        "prefill.FormTemplateVersion", on_delete=models.PROTECT, related_name="requests"
    )
    company = models.ForeignKey(
        "authentication.Company",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="prefill_requests",
    )  # none until somebody who acts for one has answered, unless the e-service named it
    state = models.CharField(max_length=16, choices=State.choices, default=State.REQUESTED)
    resume_uri = models.CharField(max_length=500)
    created_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True, blank=True)
    wrapped_data_key = models.BinaryField(null=True, blank=True)
    sealed_values = models.BinaryField(null=True, blank=True)
    outcome = models.CharField(
        max_length=8, choices=Outcome.choices, default=Outcome.NONE, blank=True
    )
    outcome_reference = models.CharField(max_length=100, blank=True)
    outcome_accepted_at = models.DateTimeField(null=True, blank=True)  # the e-service's clock
    reminded_at = models.DateTimeField(null=True, blank=True)  # that no outcome is reported

    objects = PrefillRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("pre-fill request")
        verbose_name_plural = _("pre-fill requests")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(wrapped_data_key=None, sealed_values=None)
                | models.Q(wrapped_data_key__isnull=False, sealed_values__isnull=False),
                name="values_and_their_key_go_together",
            ),
            models.CheckConstraint(
                condition=models.Q(wrapped_data_key=None)
                | models.Q(state__in=["ready", "partial", "released"]),
                name="values_are_held_only_while_they_may_be_sent",
            ),
            models.CheckConstraint(
                condition=models.Q(company__isnull=False)
                | models.Q(state__in=["requested", "awaiting_consent", "refused", "expired"]),
                name="answered_request_has_its_company",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", outcome_accepted_at=None)
                | (~models.Q(outcome="") & models.Q(outcome_accepted_at__isnull=False)),
                name="outcome_has_its_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "created_at"], name="prefill_by_company"),
            models.Index(fields=["expires_at"], name="prefill_by_expiry"),
            models.Index(
                fields=["id"],
                condition=models.Q(state="released", outcome="", reminded_at=None),
                name="prefill_without_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.state})"

    @property
    def subject(self) -> str:
        """Name the request as the audit and the inbox know it."""
        return f"prefill-request:{self.reference}"

    def lock(self) -> None:
        """Hold the request until the transaction ends.

        Whoever changes its consent, its values or its releases holds it first; taken in one
        order, no two of them wait for each other in a circle.
        """
        PrefillRequest.objects.select_for_update().get(pk=self.pk)

    def is_alive(self, *, at: datetime) -> bool:
        return self.expires_at > at


class FieldRecord(models.Model):
    """How one item stands: everything but its value, which lies sealed with the request."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(PrefillRequest, on_delete=models.CASCADE, related_name="fields")
    item_key = models.CharField(max_length=100)
    status = models.CharField(
        max_length=11, choices=[(status.value, status.value) for status in FieldStatus]
    )
    reason = models.CharField(
        max_length=20,
        choices=[(reason.value, reason.value) for reason in FieldReason],
        blank=True,
    )
    source = models.CharField(max_length=50)
    source_updated_at = models.DateTimeField(null=True, blank=True)
    retrieved_at = models.DateTimeField()
    from_cache = models.BooleanField(default=False)
    digest = models.CharField(max_length=64, blank=True)  # salted; empty without a value

    class Meta:
        verbose_name = _("field result")
        verbose_name_plural = _("field results")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "item_key"], name="one_result_per_item_and_request"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["ok", "stale"])
                & models.Q(digest__regex="^[0-9a-f]{64}$")
                | ~models.Q(status__in=["ok", "stale"]) & models.Q(digest=""),
                name="field_with_a_value_has_its_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_key}: {self.status}"
