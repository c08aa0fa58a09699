"""The catalogue as it was published: every version that somebody ever agreed to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class DataItem(models.Model):
    """Written by `publish_catalogue` alone; `definition` never changes under its version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("data item")
        verbose_name_plural = _("data items")
        constraints = [
            models.UniqueConstraint(
                fields=["key", "version"], name="one_definition_per_item_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} (version {self.version})"
