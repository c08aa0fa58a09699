"""Figures in the text form that Prometheus reads (docs/production.md lists them)."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from corpid.operations.services.measure_installation import Installation, StoredFigures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def expose(installation: Installation, counts: list[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Given([*counts, *_measured(installation)]))
    return generate_latest(registry)


class _Given(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def _measured(installation: Installation) -> Iterator[Metric]:
    yield _by_one(
        "corpid_part_up",
        "1 if the part answers as /readyz asks it to, 0 if not.",
        "part",
        {name: float(is_up) for name, is_up in installation.parts.items()},
    )
    if installation.stored is not None:
        yield from _stored(installation.stored)


def _stored(stored: StoredFigures) -> Iterator[Metric]:
    jobs = GaugeMetricFamily(
        "corpid_queue_jobs",
        "Jobs that have not ended well, by state.",
        labels=["queue", "state"],
    )
    for queue, figures in stored.queues.items():
        for state in ("waiting", "later", "running", "dead"):
            jobs.add_metric([queue, state], getattr(figures, state))
    yield jobs
    yield _by_one(
        "corpid_queue_oldest_waiting_seconds",
        "How long the oldest job of a queue has been due; 0 if none waits.",
        "queue",
        {
            queue: figures.waiting_for.total_seconds() if figures.waiting_for else 0.0
            for queue, figures in stored.queues.items()
        },
    )
    yield from _audit(stored)
    yield from _keys(stored)
    yield from _rechecks(stored)
    yield _by_one(
        "corpid_expired_oldest_seconds",
        "How long the oldest row that should be gone has been due to go; 0 if none is.",
        "what",
        {name: late.total_seconds() for name, late in stored.overdue.items()},
    )


def _audit(stored: StoredFigures) -> Iterator[Metric]:
    log = stored.log
    unsealed = log.waiting_for.total_seconds() if log.waiting_for else 0.0
    unpublished = log.unpublished_for.total_seconds() if log.unpublished_for else 0.0
    for name, text, value in (
        ("sealed_events", "Events sealed in the audit log.", log.size),
        ("unsealed_events", "Events that wait to be sealed.", log.waiting),
        ("unsealed_seconds", "How long the oldest of them has waited.", unsealed),
        ("unpublished_seconds", "How long a head waits for a place outside.", unpublished),
        ("failing_places", "Places and witnesses that fail now.", len(log.failing)),
    ):
        yield GaugeMetricFamily(f"corpid_audit_{name}", text, value=value)


def _rechecks(stored: StoredFigures) -> Iterator[Metric]:
    rechecks = stored.rechecks.items()
    yield _by_one(
        "corpid_recheck_mismatches",
        "What was signed or issued and should not be as it is, or could not be looked at.",
        "what",
        {name: float(figures.mismatches) for name, figures in rechecks},
    )
    yield _by_one(
        "corpid_recheck_held_up_seconds",
        "How long a pass of the re-check is tried in vain; 0 if none is.",
        "what",
        {name: figures.held_up.total_seconds() for name, figures in rechecks},
    )
    yield _by_one(
        "corpid_recheck_round_seconds",
        "How long the round over everything has been under way; 0 while it rests.",
        "what",
        {name: figures.round.total_seconds() for name, figures in rechecks},
    )


def _keys(stored: StoredFigures) -> Iterator[Metric]:
    wrapped = stored.scope_keys
    yield _by_one(
        "corpid_scope_keys",
        "Scope keys by the key-encryption key that wraps them.",
        "wrapped_by",
        {"present": wrapped.present, "earlier": wrapped.earlier, "unknown": wrapped.unknown},
    )
    counted = GaugeMetricFamily(
        "corpid_signing_keys", "Signing keys in use.", labels=["purpose", "state"]
    )
    oldest = GaugeMetricFamily(
        "corpid_signing_key_oldest_seconds",
        "Age of the oldest: since it began to sign, or since it was made.",
        labels=["purpose", "state"],
    )
    for key in stored.signing_keys:
        counted.add_metric([key.purpose, key.state], key.count)
        oldest.add_metric([key.purpose, key.state], key.oldest.total_seconds())
    yield counted
    yield oldest


def _by_one(name: str, text: str, label: str, figures: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, figure in figures.items():
        family.add_metric([value], figure)
    return family
