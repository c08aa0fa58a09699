"""What has waited for a switch goes on: it was turned on again."""

from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, Value
from django.db.models.functions import Now, Random

from corpid.jobs.models import Job

# Every process knows of a switch within a second; and not all come back in the same moment.
KNOWN_AFTER = timedelta(seconds=1)
SPREAD = timedelta(seconds=4)


def wake_waiting(*, error_code: str) -> int:
    """Let all jobs that wait with this error run within five seconds; say how many.

    The sweep wakes their workers (`sweep_jobs`): there may be more than the broker should hold.
    """
    part = ExpressionWrapper(Random() * Value(SPREAD), output_field=DurationField())
    waiting = Job.objects.filter(state=Job.State.QUEUED, error_code=error_code, waits__gt=0)
    return waiting.update(run_after=Now() + Value(KNOWN_AFTER) + part, waits=0)
