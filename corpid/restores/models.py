"""One time that the database was brought back, and how far what has to follow is."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class Restoration(models.Model):
    """Written before the first effect of finish_restore, so that a crash leaves it unfinished.

    `log_size` is what the audit log held then; `event_id` is the event `audit.log.restored`,
    committed with the effects. `finished_at` comes last.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    backup = models.CharField(_("backup"), max_length=100)
    restored_to = models.DateTimeField(_("restored to"), null=True, blank=True)
    begun_by = models.CharField(_("begun by"), max_length=120)
    begun_at = models.DateTimeField(_("begun at"))
    log_size = models.BigIntegerField(_("events in the log"))
    event_id = models.UUIDField(_("event"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("restore")
        verbose_name_plural = _("restores")
        constraints = [
            models.UniqueConstraint(
                fields=["finished_at"],
                condition=Q(finished_at=None),
                nulls_distinct=False,
                name="one_restore_is_unfinished_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(event_id__isnull=False),
                name="finished_restore_has_its_event",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.backup} {self.begun_at:%Y-%m-%d %H:%M:%S}"
