"""What an e-service is told: the same event over its webhooks and in its list."""

import orjson
from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id


def new_event_id() -> str:
    return outside_id("evt")


class ServiceEvent(models.Model):
    """The recipient is a plain id: e-services belong to an app above this one.

    `position` orders the events of one e-service for those who read the list. It is given after
    the commit, by `number_events`: an id or a time is given out before it, so that a slow
    transaction would appear behind what a reader has seen already, and be passed over for ever.
    """

    id = models.CharField(max_length=40, primary_key=True, default=new_event_id, editable=False)
    e_service_id = models.UUIDField()
    type = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    position = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("event for an e-service")
        verbose_name_plural = _("events for e-services")
        constraints = [
            models.UniqueConstraint(
                fields=["e_service_id", "position"], name="one_event_per_position"
            ),
        ]
        indexes = [
            models.Index(
                fields=["e_service_id"],
                condition=models.Q(position=None),
                name="events_not_yet_numbered",
            ),
            models.Index(fields=["e_service_id", "occurred_at"], name="events_by_time"),
            models.Index(fields=["occurred_at"], name="events_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    def payload(self) -> dict[str, object]:
        return {
            "id": self.id,
            "type": self.type,
            "timestamp": self.occurred_at.isoformat(),
            "data": self.data,
        }

    def body(self) -> bytes:
        """Write what is signed and sent: the same bytes at every attempt."""
        return orjson.dumps(self.payload(), option=orjson.OPT_SORT_KEYS)
