"""Forget a request's data key, and with it every value that it sealed."""

from django.db.models import QuerySet

from prefill.models import PrefillRequest, Release


def destroy_values(*, requests: QuerySet[PrefillRequest]) -> int:
    """Leave states alone; sent copies kept for repeating go as well. Returns how many."""
    Release.objects.filter(consent__request__in=requests).exclude(sealed="").update(sealed="")
    return requests.filter(wrapped_data_key__isnull=False).update(
        wrapped_data_key=None, sealed_values=None
    )
