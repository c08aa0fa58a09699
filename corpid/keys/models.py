"""Which keys there are, what for, and in which state; private halves only as ciphertext."""

from datetime import datetime
from typing import cast

from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7
from corpid.protocols.jwk import PublicKey
from corpid.protocols.public_jwk import public_jwk


class Purpose(models.TextChoices):
    """One key serves one purpose, so that no signature can be taken for another's."""

    OP = "op", _("OpenID Provider")
    CA_ROOT = "ca_root", _("root certification authority")
    CA_ISSUING = "ca_issuing", _("issuing certification authority")
    TSA = "tsa", _("time-stamping authority")
    OCSP = "ocsp", _("certificate status (OCSP)")
    SEAL = "seal", _("company seal")
    PERSON = "person", _("person's signature")
    HOLDER = "holder", _("holder of a credential")
    ISSUER = "issuer", _("issuer of credentials")
    STATUS_LIST = "status_list", _("credential status lists")
    VERIFIER = "verifier", _("presentation requests")
    RELEASE = "release", _("sealed pre-filled values")
    AUTHORITY = "authority", _("statements of authority in signatures")
    AUDIT = "audit", _("audit checkpoints")
    OUTAGE = "outage", _("outage notices")
    E_SERVICE = "e_service", _("demonstration e-service")


class Algorithm(models.TextChoices):
    """Names of RFC 7518, section 3.1, and RFC 9864, section 2.2."""

    ES256 = "ES256", "ECDSA P-256, SHA-256"
    RS256 = "RS256", "RSA 3072 PKCS #1 v1.5, SHA-256"
    ED25519 = "Ed25519", "Ed25519"


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    def in_use(self) -> "SigningKeyQuerySet":
        """Those that sign, or will."""
        return self.exclude(state=SigningKey.State.RETIRED)

    def published(self, *, at: datetime) -> "SigningKeyQuerySet":
        """Those whose signatures somebody may still have to check."""
        return self.filter(
            ~Q(state=SigningKey.State.RETIRED)
            | Q(published_until=None)
            | Q(published_until__gt=at)
        )


class SigningKey(models.Model):
    """A key pair; `kid` is its RFC 7638 thumbprint.

    A retired key signs nothing more and stays published until what it signed has expired
    (`published_until`; none: for ever). `scope_id` says whose key of this purpose it is: a
    company, a person, a credential, or nobody's in particular. `wrapping_scope` names the scope
    key that wraps the private half: the company's, for the keys of its credentials. A suspended
    key is in doubt: it signs nothing until the suspension is lifted or another key replaces it.
    """

    class State(models.TextChoices):
        NEXT = "next", _("next")
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")

    class Backend(models.TextChoices):
        SOFTWARE = "software", _("software, envelope-encrypted")
        PKCS11 = "pkcs11", _("PKCS #11 token")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    scope_id = models.CharField(max_length=100, blank=True, default="")
    algorithm = models.CharField(max_length=10, choices=Algorithm.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    backend = models.CharField(max_length=10, choices=Backend.choices)
    kid = models.CharField(max_length=43, unique=True)
    public_key_der = models.BinaryField()  # SubjectPublicKeyInfo
    wrapping_scope = models.CharField(max_length=100, blank=True, default="")
    wrapped_data_key = models.BinaryField(null=True, blank=True)
    sealed_private_key = models.BinaryField(null=True, blank=True)  # PKCS #8, AES-256-GCM
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    published_until = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)  # signs nothing since, for now

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "scope_id"],
                condition=Q(state="active"),
                name="one_active_key_per_purpose_and_scope",
            ),
            models.CheckConstraint(
                condition=Q(state="next", activated_at=None, retired_at=None)
                | Q(state="active", activated_at__isnull=False, retired_at=None)
                | Q(state="retired", retired_at__isnull=False),
                name="key_state_has_its_moments",
            ),
            models.CheckConstraint(
                condition=Q(activated_at=None)
                | Q(retired_at=None)
                | Q(retired_at__gte=models.F("activated_at")),
                name="key_retires_after_it_was_activated",
            ),
            models.CheckConstraint(
                condition=Q(published_until=None) | Q(retired_at__isnull=False),
                name="only_a_retired_key_stops_being_published",
            ),
            models.CheckConstraint(
                condition=Q(
                    backend="software",
                    wrapped_data_key__isnull=False,
                    sealed_private_key__isnull=False,
                )
                | Q(backend="pkcs11", wrapped_data_key=None, sealed_private_key=None),
                name="private_key_is_where_its_backend_keeps_it",
            ),
        ]

    def __str__(self) -> str:
        scope = f" of {self.scope_id}" if self.scope_id else ""
        return f"{self.purpose}{scope} {self.kid} ({self.state})"

    def public_key(self) -> PublicKey:
        return cast("PublicKey", load_der_public_key(bytes(self.public_key_der)))

    def verification_jwk(self) -> dict[str, str]:
        """Give the public half as it stands in a JWK Set: with `kid`, `use` and `alg`."""
        made = public_jwk(self.public_key())
        return made | {"kid": self.kid, "use": "sig", "alg": self.algorithm}


class ScopeKey(models.Model):
    """The key that wraps the data keys of one purpose and scope; itself wrapped by the root.

    Destroying the row destroys everything sealed under it. Rotating the key-encryption key
    re-wraps these rows only (`wrapped_by` says with which it is done) and no record's body.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=40)
    scope_id = models.CharField(max_length=100, blank=True, default="")
    wrapped_key = models.BinaryField()
    wrapped_by = models.CharField(max_length=16)  # fingerprint of the key-encryption key
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("scope key")
        verbose_name_plural = _("scope keys")
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "scope_id"], name="one_scope_key_per_purpose_and_scope"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.scope_id}".strip()
