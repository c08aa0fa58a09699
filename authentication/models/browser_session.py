"""A browser in which somebody is signed in: what they see and end under Account, Security."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class BrowserSessionQuerySet(models.QuerySet["BrowserSession"]):
    def open(self) -> "BrowserSessionQuerySet":
        return self.filter(ended_at=None)


class BrowserSession(models.Model):
    """A cookie of an ended one opens nothing; e-services learn a `sid` each of their own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(
        "authentication.Account", on_delete=models.CASCADE, related_name="browser_sessions"
    )
    browser = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BrowserSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("browser session")
        verbose_name_plural = _("browser sessions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seen_at__gte=models.F("started_at")),
                name="session_is_seen_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account"],
                condition=models.Q(ended_at=None),
                name="open_sessions_by_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} since {self.started_at:%Y-%m-%d %H:%M}"
