"""The worker's part: every fault is a status, and a withdrawal in the middle leaves nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from authentication.models import Member, Officer
from corpid.business_identifier import BusinessIdentifier
from corpid.jobs.models import Job
from corpid.jobs.registry import LeaseLost
from corpid.jobs.services.run_job import run_job
from prefill.field_result import FieldStatus
from prefill.models import FieldRecord, PrefillRequest
from prefill.services.abandon_retrieval import abandon_retrieval
from prefill.services.fetch_items import fetch_items
from prefill.services.revoke_consent import revoke_consent
from tests.demonstration.register_simulator import RunningRegisters
from tests.prefill.fake_register import FakeRegister
from tests.prefill.world import PrefillWorld, make_prefill_world

OF_BUSINESS = ["ird.business.certificate_number", "ird.business.nature"]


def statuses(request: PrefillRequest, *keys: str) -> set[tuple[str, str]]:
    records = FieldRecord.objects.filter(request=request, item_key__in=keys)
    return {(record.status, record.reason) for record in records}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("500", ("unavailable", "not_answering")),
        ("slow", ("timeout", "too_slow")),
        ("garbage", ("unavailable", "unreadable")),
        ("wrong_company", ("unavailable", "wrong_company")),
        ("truncated", ("unavailable", "not_answering")),
        ("huge", ("unavailable", "unreadable")),
    ],
)
def test_a_fault_of_one_register_is_a_status_of_its_fields_alone(
    world: PrefillWorld, registers: RunningRegisters, fault: str, status: tuple[str, str]
) -> None:
    request = world.arrived()
    world.agree(request)
    registers.fault("business_registration", fault, seconds=4)

    request = world.fetch(request)

    assert request.state == PrefillRequest.State.PARTIAL
    assert statuses(request, *OF_BUSINESS) == {status}
    assert statuses(request, "cr.company.name_en") == {("ok", "")}
    claims = world.open(world.collect(request))
    assert "business" not in claims["filled"]
    assert claims["fields"]["/business/nature"]["editable"] is True


def test_all_registers_down_is_still_an_answer(
    world: PrefillWorld, registers: RunningRegisters
) -> None:
    request = world.arrived()
    world.agree(request)
    registers.fault("*", "500")

    claims = world.open(world.collect(world.fetch(request)))

    assert claims["filled"] == {}
    assert {field["status"] for field in claims["fields"].values()} == {
        "unavailable",
        "withheld",
    }


def test_a_consent_withdrawn_in_the_middle_leaves_nothing(world: PrefillWorld) -> None:
    request = world.arrived()
    consent = world.agree(request)

    @contextmanager
    def withdrawn_just_before() -> Iterator[None]:
        revoke_consent(reference=consent.reference, acting=world.acting, at=world.now)
        with transaction.atomic():
            yield

    request = world.fetch(request, completing=withdrawn_just_before)

    assert request.state == PrefillRequest.State.REVOKED
    assert request.sealed_values is None
    assert not FieldRecord.objects.exists()


def test_a_withdrawal_stops_its_own_fetching_at_once_and_no_other(world: PrefillWorld) -> None:
    withdrawn, other = world.arrived(), world.arrived()
    consent = world.agree(withdrawn)
    world.agree(other)

    revoke_consent(reference=consent.reference, acting=world.acting, at=world.now)

    states = dict(Job.objects.values_list("unique_key", "state"))
    assert states[str(withdrawn.id)] == Job.State.CANCELLED
    assert states[str(other.id)] == Job.State.QUEUED


def test_a_consent_that_expires_in_the_middle_leaves_nothing(world: PrefillWorld) -> None:
    request = world.arrived()
    consent = world.agree(request)
    moments = iter([world.now, consent.expires_at])

    request = world.fetch(request, clock=lambda: next(moments))

    assert request.state == PrefillRequest.State.REVOKED
    assert not FieldRecord.objects.exists()


def test_whoever_lost_the_power_meanwhile_no_longer_counts(world: PrefillWorld) -> None:
    request = world.arrived()
    world.agree(request)
    Officer.objects.filter(person=world.director).update(
        ceased_on=(world.now - timedelta(days=1)).date()
    )

    request = world.fetch(request)

    assert not Member.objects.exists()
    assert request.state == PrefillRequest.State.REVOKED
    assert not FieldRecord.objects.exists()


def test_the_work_done_twice_has_one_effect(world: PrefillWorld) -> None:
    request = world.arrived()
    world.agree(request)

    first = world.fetch(request)
    second = world.fetch(request)

    assert bytes(first.sealed_values or b"") == bytes(second.sealed_values or b"")
    assert FieldRecord.objects.count() == 14


def test_a_worker_that_lost_its_lease_stores_nothing(world: PrefillWorld) -> None:
    request = world.arrived()
    world.agree(request)

    @contextmanager
    def lost() -> Iterator[None]:
        with transaction.atomic():
            yield
            raise LeaseLost

    with pytest.raises(LeaseLost):
        world.fetch(request, completing=lost)

    assert PrefillRequest.objects.get(pk=request.pk).state == PrefillRequest.State.FETCHING
    assert not FieldRecord.objects.exists()


def test_attempts_used_up_are_told_field_by_field(world: PrefillWorld) -> None:
    request = world.arrived()
    world.agree(request, "cr.capital.issued")

    abandon_retrieval(request_id=request.id, at=world.now)

    request.refresh_from_db()
    assert request.state == PrefillRequest.State.PARTIAL
    assert statuses(request, "cr.company.name_en") == {("unavailable", "not_answering")}
    assert statuses(request, "cr.capital.issued") == {("skipped", "not_granted")}
    assert world.open(world.collect(request))["filled"] == {}


@pytest.mark.usefixtures("registers")
@pytest.mark.django_db(transaction=True)
def test_the_job_does_it_from_its_id_alone() -> None:
    world = make_prefill_world(timezone.now())
    request = world.arrived()
    world.agree(request)
    job = Job.objects.get(kind="prefill.retrieve")

    run_job(job_id=job.id)

    job.refresh_from_db()
    request.refresh_from_db()
    assert (job.state, job.queue) == ("done", "retrieve")
    assert (job.progress_done, job.progress_total) == (3, 3)
    assert request.state == PrefillRequest.State.PARTIAL


def test_sources_are_asked_at_the_same_time_and_once_each() -> None:
    all_asked = threading.Barrier(3)  # none answers before the last one is asked

    def fake(name: str, *items: str) -> FakeRegister:
        return FakeRegister(
            name, frozenset(items), {"71234567": dict.fromkeys(items, "X")}, meets=all_asked
        )

    sources = {
        "companies_registry": fake(
            "companies_registry", "cr.company.name_en", "cr.company.name_tc"
        ),
        "companies_registry_officers": fake(
            "companies_registry_officers", "cr.officers[].name_en"
        ),
        "business_registration": fake("business_registration", "ird.business.nature"),
    }

    results = fetch_items(
        identifier=BusinessIdentifier("71234567", "brn"),
        item_keys=[key for source in sources.values() for key in source.items],
        sources=sources,
    )

    assert [len(source.asked) for source in sources.values()] == [1, 1, 1]
    assert results["cr.company.name_en"].status is FieldStatus.OK
    # A list is promised for the officers; a text is not taken for one.
    assert results["cr.officers[].name_en"].status is FieldStatus.UNAVAILABLE


def test_protected_items_are_not_even_asked_for() -> None:
    source = FakeRegister("companies_registry_officers", frozenset(), {})

    results = fetch_items(
        identifier=BusinessIdentifier("71234567", "brn"),
        item_keys=["cr.officers[].identity_number"],
        sources={"companies_registry_officers": source},
    )

    assert source.asked == []
    assert results["cr.officers[].identity_number"].status is FieldStatus.WITHHELD


def test_a_register_of_nobody_is_said_to_be_not_connected() -> None:
    results = fetch_items(
        identifier=BusinessIdentifier("71234567", "brn"),
        item_keys=["ird.business.nature"],
        sources={},
    )

    assert results["ird.business.nature"].reason == "not_configured"
