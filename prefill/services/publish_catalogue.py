"""Record the catalogue of this release: each version of an item once, unchangeable."""

from datetime import datetime
from typing import Any

from django.db import transaction

from prefill.catalogue import ITEMS, DataItemDefinition
from prefill.models import DataItem


class ItemChangedUnderItsVersion(Exception):
    """A programming error: what companies agreed to must not change its meaning."""


@transaction.atomic
def publish_catalogue(*, at: datetime) -> int:
    """Add the versions that are new; return how many. Raises ItemChangedUnderItsVersion."""
    known = {(item.key, item.version): item.definition for item in DataItem.objects.all()}
    new = []
    for item in ITEMS:
        written = _written(item)
        recorded = known.get((item.key, item.version))
        if recorded is None:
            new.append(
                DataItem(
                    key=item.key, version=item.version, definition=written, published_at=at
                )
            )
        elif recorded["meaning"] != written["meaning"]:
            raise ItemChangedUnderItsVersion(f"{item.key}: raise its version")
    DataItem.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _written(item: DataItemDefinition) -> dict[str, Any]:
    """Labels may be reworded; the meaning is what needs a new version."""
    return {
        "meaning": {
            "register": item.register,
            "department": item.department.slug,
            "subject": item.subject,
            "sensitivity": item.sensitivity,
            "schema": dict(item.schema),
            "code_list": list(item.code_list),
        },
        "labels": {"en": item.label_en, "tc": item.label_tc, "sc": item.label_sc},
    }
