"""Webhooks: where an e-service wants its events, and what became of each."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7
from corpid.notices.models.event import ServiceEvent


def new_endpoint_id() -> str:
    return outside_id("whe")


def new_delivery_reference() -> str:
    return outside_id("whd")


class WebhookEndpoint(models.Model):
    class SwitchedOff(models.TextChoices):
        NO = "", _("in use")
        OWNER = "owner", _("switched off by its owner")
        GONE = "gone", _("answered 410 Gone")

    id = models.CharField(
        max_length=40, primary_key=True, default=new_endpoint_id, editable=False
    )
    e_service_id = models.UUIDField()
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    event_types = ArrayField(models.CharField(max_length=60), default=list, blank=True)  # all
    switched_off = models.CharField(
        max_length=5, choices=SwitchedOff.choices, default=SwitchedOff.NO, blank=True
    )
    switched_off_at = models.DateTimeField(null=True, blank=True)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(switched_off="", switched_off_at=None)
                | (~models.Q(switched_off="") & models.Q(switched_off_at__isnull=False)),
                name="switched_off_endpoint_has_its_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["e_service_id", "id"], name="endpoints_of_an_e_service")
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.url}"

    @property
    def is_in_use(self) -> bool:
        return self.switched_off == self.SwitchedOff.NO

    def wants(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types


class WebhookSecretQuerySet(models.QuerySet["WebhookSecret"]):
    def in_force(self, *, at: datetime) -> "WebhookSecretQuerySet":
        """List the newest first; a replaced one signs along until it ends."""
        current = models.Q(ends_at=None) | models.Q(ends_at__gt=at)
        return self.filter(current).order_by("-created_at")


class WebhookSecret(models.Model):
    """Kept wrapped; the only reader is the worker that signs."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets"
    )
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookSecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook secret")
        verbose_name_plural = _("webhook secrets")
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=models.Q(ends_at=None),
                name="one_present_secret_per_endpoint",
            ),
        ]

    def __str__(self) -> str:
        return f"secret {self.id} of {self.endpoint_id}"


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint: `pending -> (retrying) -> delivered | dead`.

    `gives_up_at` is 24 h after it was asked for; a replay gives it another 24 h. Each try is an
    attempt of its own, which stays.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("not yet sent")
        RETRYING = "retrying", _("failed, is tried again")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("given up")
        SWITCHED_OFF = "switched_off", _("its endpoint was switched off")

    OPEN = (State.PENDING, State.RETRYING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_delivery_reference)
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,  # the indexes below begin with it
    )
    event = models.ForeignKey(ServiceEvent, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    tries = models.PositiveIntegerField(default=0)  # since it was asked for, or replayed
    wake = models.UUIDField(default=uuid7)  # the try that counts; any other's job does nothing
    next_try_at = models.DateTimeField(null=True, blank=True)
    gives_up_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], name="one_delivery_per_endpoint_and_event"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["pending", "retrying"], ended_at=None, next_try_at__isnull=False
                )
                | models.Q(
                    state__in=["delivered", "dead", "switched_off"],
                    ended_at__isnull=False,
                    next_try_at=None,
                ),
                name="open_delivery_has_its_next_try",
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "id"], name="deliveries_of_an_endpoint"),
            models.Index(fields=["endpoint", "state", "id"], name="deliveries_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class WebhookAttempt(models.Model):
    """One call: when, how long, and what came back; of an answer only its beginning."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(
        WebhookDelivery, on_delete=models.CASCADE, related_name="attempts"
    )
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # none: no answer
    error_code = models.CharField(max_length=60, blank=True)  # one of /problems/…
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__isnull=False, error_code="")
                | (models.Q(status=None) & ~models.Q(error_code="")),
                name="attempt_has_an_answer_or_an_error",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} at {self.at}: {self.status or self.error_code}"
