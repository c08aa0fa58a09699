"""How far a re-wrapping has come: which key-encryption key wraps how many scope keys."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.views.decorators.debug import sensitive_variables

from corpid.keys.envelope import key_encryption_keys
from corpid.keys.models import ScopeKey


@dataclass(frozen=True, slots=True)
class Wrapped:
    """How many scope keys the present key-encryption key wraps, an earlier one, or neither."""

    present: int
    earlier: int
    unknown: int

    @property
    def total(self) -> int:
        return self.present + self.earlier + self.unknown


@sensitive_variables("roots")
def count_scope_keys() -> Wrapped:
    present, *earlier = key_encryption_keys()
    found = ScopeKey.objects.aggregate(
        all=Count("id"),
        present=Count("id", filter=Q(wrapped_by=present)),
        earlier=Count("id", filter=Q(wrapped_by__in=earlier)),
    )
    unknown = found["all"] - found["present"] - found["earlier"]
    return Wrapped(found["present"], found["earlier"], unknown)
