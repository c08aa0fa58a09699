"""Events that nobody changes, the personal values beside them, and the tree that seals them.

The tables live in the schema `audit` and are made by SQL (migrations/0002): partitions,
triggers and grants are the database's own. The models read and insert; `verify_audit` finds
what got past them.
"""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7

REST_AFTER_FAILURE = timedelta(seconds=20)
_LONGEST_FAILURE = 200


class Event(models.Model):
    """Something that happened, written in the transaction that made it happen.

    `facts` hold no personal values; those are in PersonalValue, and here only as salted
    commitments. `hash` is the event's leaf hash. No foreign keys: the log outlives what it is
    about. `transaction` (the database's own column) tells the sealer which are complete.
    """

    pk = models.CompositePrimaryKey("id", "recorded_at")
    id = models.UUIDField(default=uuid7, editable=False)
    recorded_at = models.DateTimeField()
    kind = models.CharField(max_length=80)
    actor = models.CharField(max_length=120)
    subject = models.CharField(max_length=120)
    company_id = models.UUIDField(null=True)
    facts = models.JSONField(default=dict)
    commitments = models.JSONField(default=dict)
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = '"audit"."event"'
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")

    def __str__(self) -> str:
        return f"{self.recorded_at:%Y-%m-%d %H:%M:%S} {self.kind} {self.subject}"


class PersonalValue(models.Model):
    """A personal value of an event, with its salt. Deleting the row erases it for good."""

    pk = models.CompositePrimaryKey("event_id", "name")
    event_id = models.UUIDField()
    name = models.CharField(max_length=80)
    salt = models.BinaryField()
    value = models.TextField()

    class Meta:
        managed = False
        db_table = '"audit"."personal_value"'
        verbose_name = _("personal value of an event")
        verbose_name_plural = _("personal values of events")

    def __str__(self) -> str:
        return f"{self.name} of event {self.event_id}"


class Leaf(models.Model):
    """Where an event stands in the tree."""

    index = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    recorded_at = models.DateTimeField()
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = '"audit"."leaf"'
        verbose_name = _("leaf of the audit tree")
        verbose_name_plural = _("leaves of the audit tree")

    def __str__(self) -> str:
        return f"{self.index}: event {self.event_id}"


class Checkpoint(models.Model):
    """A signed tree head (C2SP tlog-checkpoint). `published_at`: when it had left the house."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = '"audit"."checkpoint"'
        verbose_name = _("audit checkpoint")
        verbose_name_plural = _("audit checkpoints")

    def __str__(self) -> str:
        return f"{self.size} events, signed {self.signed_at:%Y-%m-%d %H:%M:%S}"


class Follower(models.Model):
    """An outside place or a witness: the size it has followed to, and whether it fails."""

    name = models.CharField(max_length=300, primary_key=True)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(null=True)
    followed_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, default="")

    class Meta:
        managed = False
        db_table = '"audit"."follower"'
        verbose_name = _("place or witness of audit checkpoints")
        verbose_name_plural = _("places and witnesses of audit checkpoints")

    def __str__(self) -> str:
        return f"{self.name}: {self.failure or self.size}"

    def has(self, head: Checkpoint) -> bool:
        root = bytes(self.root) if self.root is not None else None
        return (self.size, root) == (head.size, bytes(head.root))

    def rests(self, *, at: datetime) -> bool:
        """Say whether it failed a moment ago: asking again would only cost time."""
        if self.asked_at is None or self.failing_since is None:
            return False
        return self.asked_at <= at < self.asked_at + REST_AFTER_FAILURE

    def note_followed(self, *, size: int, root: bytes, at: datetime) -> None:
        self.size, self.root = size, root
        self.followed_at = self.asked_at = at
        self.failing_since, self.failure = None, ""
        self.save()

    def note_failed(self, *, reason: str, at: datetime) -> None:
        self.asked_at = at
        self.failing_since = self.failing_since or at
        self.failure = reason[:_LONGEST_FAILURE] or "unknown"
        self.save()
