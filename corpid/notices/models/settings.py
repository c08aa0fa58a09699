"""What a person has chosen about notices; whoever chose nothing has no row."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeSettings(models.Model):
    """`switched_off` are kinds of notices of which no e-mail is sent."""

    person_id = models.UUIDField(primary_key=True)
    check_phrase = models.CharField(max_length=40, blank=True)  # none: the one that we drew
    switched_off = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("settings of notices")
        verbose_name_plural = _("settings of notices")

    def __str__(self) -> str:
        return f"settings of {self.person_id}"
