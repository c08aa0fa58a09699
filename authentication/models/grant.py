"""A sign-in at an e-service: pushed, agreed to, and what rests on it until it ends."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7


def new_session_id() -> str:
    return outside_id("ses")


class PushedRequest(models.Model):
    """What an e-service pushed before it sent the browser (RFC 9126); only a hash finds it.

    Checked within 90 s at the first visit; then the browser that came may take its time to sign
    in. Used up when it is answered.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference_hash = models.BinaryField(max_length=32, unique=True)
    e_service = models.ForeignKey(
        "authentication.EService", on_delete=models.PROTECT, related_name="pushed_requests"
    )
    parameters = models.JSONField()
    dpop_thumbprint = models.CharField(max_length=43, blank=True)  # of a proof at the PAR door
    pushed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    visited_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pushed authorization request")
        verbose_name_plural = _("pushed authorization requests")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("pushed_at")),
                name="pushed_request_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(used_at=None) | models.Q(visited_at__isnull=False),
                name="pushed_request_is_visited_before_it_is_used",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="pushed_request_by_expiry")]

    def __str__(self) -> str:
        return f"of {self.e_service_id} at {self.pushed_at:%Y-%m-%d %H:%M:%S}"


class EServiceSession(models.Model):
    """One browser's session at one e-service for one company: the `sid` of its tokens."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sid = models.CharField(max_length=40, unique=True, default=new_session_id)
    browser_session = models.ForeignKey(
        "authentication.BrowserSession", on_delete=models.PROTECT, related_name="at_e_services"
    )
    e_service = models.ForeignKey(
        "authentication.EService", on_delete=models.PROTECT, related_name="sessions"
    )
    person = models.ForeignKey(
        "authentication.Person", on_delete=models.PROTECT, related_name="e_service_sessions"
    )
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="e_service_sessions"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("session at an e-service")
        verbose_name_plural = _("sessions at e-services")
        constraints = [
            models.UniqueConstraint(
                fields=["browser_session", "e_service", "person", "company"],
                condition=models.Q(ended_at=None),
                name="one_live_session_per_browser_and_company",
            ),
        ]

    def __str__(self) -> str:
        return self.sid


class GrantQuerySet(models.QuerySet["Grant"]):
    def live(self) -> "GrantQuerySet":
        return self.filter(ended_at=None)

    def letting_ask(self) -> "GrantQuerySet":
        """Those whose person agreed that the e-service asks what they may do, also later."""
        taken_back = (Grant.Ending.REVOKED, Grant.Ending.CODE_REUSED)
        return self.filter(scopes__contains=["authority"]).exclude(ending__in=taken_back)

    def ended_since(self, *, moment: datetime) -> "GrantQuerySet":
        return self.filter(ended_at__gte=moment)

    def with_parties(self) -> "GrantQuerySet":
        """Bring along whom tokens tell about."""
        return self.select_related(
            "session__person", "session__company__current_name", "subject"
        )


class Grant(models.Model):
    """The yes to one authorization request. Codes and tokens rest on it and end with it.

    `capacity`, `firms` and `mandates` are the way to the company's authority that was agreed
    to. The one refresh token has no row of its own: it is as good as its grant.
    """

    class Ending(models.TextChoices):
        CODE_REUSED = "code_reused", _("authorization code used twice")
        AUTHORITY_ENDED = "authority_ended", _("authority ended")
        SIGNED_OUT = "signed_out", _("signed out")
        REVOKED = "revoked", _("revoked")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(
        EServiceSession, on_delete=models.PROTECT, related_name="grants"
    )
    subject = models.ForeignKey(
        "authentication.PairwiseSubject", on_delete=models.PROTECT, related_name="grants"
    )
    scopes = ArrayField(models.CharField(max_length=50))
    nonce = models.TextField(null=True, blank=True)  # noqa: DJ001  absent is not empty in OIDC
    id_token_claims = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    userinfo_claims = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    capacity = models.CharField(max_length=30)
    firms = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    mandates = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    level = models.PositiveSmallIntegerField()  # of `acr`
    methods = ArrayField(models.CharField(max_length=10))  # `amr`
    authenticated_at = models.DateTimeField()
    approved_at = models.DateTimeField()
    exchanged_at = models.DateTimeField(null=True, blank=True)
    refresh_token_hash = models.BinaryField(max_length=32, null=True, blank=True, unique=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=20, choices=Ending.choices, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ending="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ending="")),
                name="grant_says_how_it_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="grant_by_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} of {self.session_id}"


class RevokedAccessTokenQuerySet(models.QuerySet["RevokedAccessToken"]):
    def expired(self, *, at: datetime) -> "RevokedAccessTokenQuerySet":
        return self.filter(expires_at__lte=at)

    def unexpired(self, *, at: datetime) -> "RevokedAccessTokenQuerySet":
        return self.filter(expires_at__gt=at)


class RevokedAccessToken(models.Model):
    """An access token that its client took back alone, until it would have expired anyway."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_id = models.CharField(max_length=40, unique=True)  # its `jti`
    revoked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = RevokedAccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("revoked access token")
        verbose_name_plural = _("revoked access tokens")
        indexes = [models.Index(fields=["expires_at"], name="revoked_token_by_expiry")]

    def __str__(self) -> str:
        return f"{self.token_id} at {self.revoked_at:%Y-%m-%d %H:%M:%S}"
