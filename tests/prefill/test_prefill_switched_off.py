"""While sending of data is off nothing is asked, fetched or handed over; all of it waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.operations.models import FunctionOff, SwitchedFunction
from corpid.operations.services.require_function import PrefillSwitchedOff
from prefill.models import Consent, FieldRecord, PrefillRequest
from prefill.services.receive_browser import receive_browser
from tests.demonstration.register_simulator import RunningRegisters
from tests.prefill.world import PrefillWorld, make_prefill_world
from tests.signing_in import sign_in_as
from tests.switches import switch_off, switch_on


def test_an_e_service_asks_for_nothing_meanwhile(world: PrefillWorld) -> None:
    off = switch_off(SwitchedFunction.PREFILL)

    with pytest.raises(PrefillSwitchedOff):
        world.push()

    switch_on(off)
    assert world.push().request_uri


def test_an_address_to_arrive_at_is_not_used_up(world: PrefillWorld) -> None:
    pushed = world.push()
    off = switch_off(SwitchedFunction.PREFILL)

    with pytest.raises(PrefillSwitchedOff):
        receive_browser(request_uri=pushed.request_uri, at=world.now)

    switch_on(off)
    assert receive_browser(request_uri=pushed.request_uri, at=world.now) == pushed.request


def test_the_person_gets_a_page_that_says_how_to_go_on(
    world: PrefillWorld, client: Client
) -> None:
    sign_in_as(client, world.director, company=world.company)
    pushed = world.push()
    switch_off(SwitchedFunction.PREFILL)

    page = client.get(f"/consents/new?request_uri={quote(pushed.request_uri)}")

    assert (page.status_code, page["Retry-After"]) == (503, "60")
    assert "Forms can be filled in by hand." in page.content.decode()


def test_a_yes_is_refused_and_a_no_is_not(world: PrefillWorld) -> None:
    request = world.arrived()
    switch_off(SwitchedFunction.PREFILL)

    with pytest.raises(PrefillSwitchedOff):
        world.agree(request)
    said = world.agree(request, granted=())

    assert said.decision == Consent.Decision.REFUSED


@pytest.mark.django_db(transaction=True)
def test_what_was_agreed_to_before_waits_and_is_fetched_afterwards(
    registers: RunningRegisters,
) -> None:
    world = make_prefill_world(timezone.now())
    request = world.arrived()
    world.agree(request)
    job = Job.objects.get(kind="prefill.retrieve")
    off = switch_off(SwitchedFunction.PREFILL)

    for _ in range(6):  # more often than the kind has attempts
        Job.objects.filter(id=job.id).update(run_after=job.created_at)
        run_job(job_id=job.id)
    job.refresh_from_db()

    assert (job.state, job.attempts, job.error_code) == ("queued", 0, "prefill_switched_off")
    assert FieldRecord.objects.count() == 0

    switch_on(off)
    Job.objects.filter(id=job.id).update(run_after=job.created_at)
    run_job(job_id=job.id)

    request.refresh_from_db()
    assert request.state in {PrefillRequest.State.READY, PrefillRequest.State.PARTIAL}


def test_a_switch_turned_while_registers_answer_keeps_nothing(world: PrefillWorld) -> None:
    request = world.arrived()
    world.agree(request)
    turned: list[FunctionOff] = []

    @contextmanager
    def turned_just_before() -> Iterator[None]:
        turned.append(switch_off(SwitchedFunction.PREFILL))
        with transaction.atomic():
            yield

    with pytest.raises(PrefillSwitchedOff):
        world.fetch(request, completing=turned_just_before)

    request.refresh_from_db()
    assert (request.state, request.sealed_values) == (PrefillRequest.State.FETCHING, None)

    switch_on(turned[0])
    assert world.fetch(request).sealed_values is not None


def test_values_are_handed_over_afterwards_and_no_use_is_lost(world: PrefillWorld) -> None:
    request = world.fetched()
    off = switch_off(SwitchedFunction.PREFILL)

    with pytest.raises(PrefillSwitchedOff):
        world.collect(request)

    assert world.consent_of(request).uses == 0
    switch_on(off)
    assert world.open(world.collect(request))["request"] == request.reference


def test_another_function_that_is_off_stops_nothing_here(world: PrefillWorld) -> None:
    switch_off(SwitchedFunction.SIGNING)
    switch_off(SwitchedFunction.ISSUING)

    assert world.collect(world.fetched()).jwe
