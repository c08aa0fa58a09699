"""A verifier's question for a presentation, and what came of it."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id


def new_request_id() -> str:
    return outside_id("prq")


class PresentationRequest(models.Model):
    """The answer is sealed under the verifier's own scope; it alone reads it, through us."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        REFUSED = "refused", _("refused by the holder")

    id = models.CharField(
        primary_key=True, max_length=40, default=new_request_id, editable=False
    )
    e_service = models.ForeignKey(
        "authentication.EService",
        on_delete=models.PROTECT,
        related_name="presentation_requests",
    )
    purpose = models.CharField(max_length=300)
    query = models.JSONField()  # DCQL
    client_id = models.CharField(max_length=200)
    nonce = models.CharField(max_length=64)
    state_parameter = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=64, blank=True)
    wrapped_data_key = models.BinaryField(null=True, blank=True)
    answer = models.BinaryField(null=True, blank=True)

    class Meta:
        verbose_name = _("presentation request")
        verbose_name_plural = _("presentation requests")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")),
                name="presentation_request_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None)
                | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="answered_request_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(answer=None, wrapped_data_key=None)
                | Q(state="answered", answer__isnull=False, wrapped_data_key__isnull=False),
                name="only_an_answered_request_has_an_answer",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="presentation_requests_that_go")]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"

    @property
    def request_uri(self) -> str:
        return f"{settings.BASE_URL}/openid4vp/requests/{self.id}"

    @property
    def response_uri(self) -> str:
        return f"{settings.BASE_URL}/openid4vp/responses/{self.id}"

    def is_open(self, *, at: datetime) -> bool:
        return self.state == self.State.OPEN and at < self.expires_at
