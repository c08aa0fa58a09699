"""An audit event in a transaction of its own, beside the bare INSERT of the same row.

Both are rolled back: a row without its true hash would be found by `verify_audit`, rightly.
"""

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.measuring import Case, InProcess
from benchmarks.product import Product

TITLE = "Record an audit event"
_BARE = (
    "INSERT INTO audit.event (id, recorded_at, kind, actor, subject, facts, commitments, hash)"
    " VALUES (gen_random_uuid(), now(), 'benchmark.bare', 'system', 'benchmark:1',"
    " '{\"number\": 1}', '{}', sha256('x'))"
)


def prepare(product: Product) -> Case:
    from corpid.audit.services.record_event import record_event  # noqa: PLC0415  after setup

    def recorded() -> None:
        with transaction.atomic():
            record_event(
                kind="benchmark.recorded",
                at=timezone.now(),
                actor="system",
                subject="benchmark:1",
                facts={"number": 1},
            )
            transaction.set_rollback(True)

    def bare() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_BARE)
            transaction.set_rollback(True)

    return Case(
        name="audit",
        title=TITLE,
        subject=InProcess("record_event", recorded, product.cpu_of_servers),
        comparison=InProcess("bare INSERT of the row", bare, product.cpu_of_servers),
    )
