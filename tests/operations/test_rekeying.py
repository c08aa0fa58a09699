"""Keys in doubt: suspended at once, replaced on a second person's word, most urgent first."""

from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from corpid.audit.models import Event
from corpid.errors import Conflict
from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.keys.key_pair import KeySuspended
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.create_key import create_key
from corpid.keys.services.retire_key import retire_key
from corpid.keys.store import key_store
from corpid.keys.token import TokenAway
from corpid.operations import rekeying as registry
from corpid.operations.models import Rekeying
from corpid.operations.services.begin_rekeying import NoKeyMatches, begin_rekeying
from corpid.operations.services.confirm_rekeying import (
    RekeyingNotOpen,
    confirm_rekeying,
)
from corpid.operations.services.lapse_rekeyings import lapse_rekeyings
from corpid.operations.services.rekey import BATCH, SomeKeysNotReplaced, rekey
from corpid.operations.services.require_two import SecondPersonNeeded

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


class HolderIsGone(Conflict):
    code = "holder_is_gone"
    title = "Gone"
    remedy = "None"


class Replacements:
    """Who replaces keys in these tests: notes the order, and fails where it is told to."""

    def __init__(self) -> None:
        self.order: list[UUID] = []
        self.failing: dict[UUID, Exception] = {}
        self.awaited: set[UUID] = set()

    def __call__(
        self, *, key: SigningKey, is_compromised: bool, actor: str, at: datetime
    ) -> None:
        if key.id in self.failing:
            raise self.failing[key.id]
        self.order.append(key.id)
        retire_key(key=key, at=at)


@pytest.fixture
def replacements(monkeypatch: pytest.MonkeyPatch) -> Replacements:
    made = Replacements()
    monkeypatch.setattr(registry, "_rekeyers", {})
    for purpose, rank in (("tsa", 0), ("seal", 1), ("person", 2)):
        registry.register_rekeying(
            purpose, rank=rank, replace_key=made, keys_awaited=lambda: made.awaited
        )
    return made


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def make(
    purpose: Purpose,
    at: datetime,
    algorithm: Algorithm = Algorithm.ES256,
) -> SigningKey:
    return create_key(purpose=purpose, algorithm=algorithm, at=at, scope_id=str(uuid4()))


def begin(at: datetime, **changes: object) -> Rekeying:
    wishes: dict[str, object] = {
        "is_compromised": False,
        "reason": "a weakness was published",
        "actor": "operator:one",
        "at": at,
    }
    return begin_rekeying(**(wishes | changes))  # type: ignore[arg-type]  # a table of wishes


def confirmed(at: datetime, **changes: object) -> Rekeying:
    rekeying = begin(at, **changes)
    confirm_rekeying(rekeying=rekeying, actor="operator:two", at=at)
    rekeying.refresh_from_db()
    return rekeying


def run(rekeying: Rekeying) -> list[tuple[int, int]]:
    reports: list[tuple[int, int]] = []
    rekey(
        rekeying=rekeying,
        report=lambda done, total, _: reports.append((done, total)),
        now=timezone.now,
    )
    return reports


def test_each_property_chooses_and_all_have_to_hold(
    replacements: Replacements, now: datetime
) -> None:
    wanted = make(Purpose.SEAL, now - DAY)
    make(Purpose.SEAL, now)  # too young
    make(Purpose.PERSON, now - DAY)  # another purpose
    make(Purpose.SEAL, now - DAY, Algorithm.RS256)  # another algorithm
    make(Purpose.OP, now - DAY)  # nobody replaces it this way
    retire_key(key=make(Purpose.SEAL, now - DAY), at=now)

    begin(now, purposes=["seal"], algorithm="ES256", backend="software", created_before=now)

    suspended = SigningKey.objects.filter(suspended_at__isnull=False)
    assert list(suspended) == [wanted]


def test_nothing_named_is_every_key_that_can_be_replaced(
    replacements: Replacements, now: datetime
) -> None:
    for purpose in (Purpose.SEAL, Purpose.PERSON, Purpose.TSA, Purpose.OP):
        make(purpose, now)

    rekeying = begin(now)

    assert rekeying.purposes == ["tsa", "seal", "person"]
    assert SigningKey.objects.filter(suspended_at=now).count() == 3
    event = Event.objects.get(subject=rekeying.subject)
    assert (event.actor, event.facts["keys"]) == ("operator:one", 3)


def test_keys_that_match_nothing_are_said_to(replacements: Replacements, now: datetime) -> None:
    make(Purpose.SEAL, now)

    with pytest.raises(NoKeyMatches):
        begin(now, algorithm="RS256")


def test_a_suspended_key_signs_nothing_and_work_waits(
    replacements: Replacements, now: datetime
) -> None:
    key = make(Purpose.SEAL, now)
    key_store().sign(key.id, bytes(32))

    begin(now)

    with pytest.raises(KeySuspended):
        key_store().sign(key.id, bytes(32))


def test_whoever_asked_can_not_confirm(replacements: Replacements, now: datetime) -> None:
    make(Purpose.SEAL, now)
    rekeying = begin(now)

    with pytest.raises(SecondPersonNeeded):
        confirm_rekeying(rekeying=rekeying, actor="operator:one", at=now)
    with (
        pytest.raises(IntegrityError, match="confirmed_by_somebody_else"),
        transaction.atomic(),
    ):
        Rekeying.objects.filter(id=rekeying.id).update(
            state="running", confirmed_by="operator:one", confirmed_at=now
        )

    assert not Job.objects.exists()


def test_without_a_second_word_it_lapses_after_a_day_and_keys_sign_again(
    replacements: Replacements, now: datetime
) -> None:
    key = make(Purpose.SEAL, now)
    rekeying = begin(now)

    assert lapse_rekeyings(at=now + DAY - timedelta(seconds=1)) == 0
    assert lapse_rekeyings(at=now + DAY) == 1

    key_store().forget()
    assert key_store().sign(key.id, bytes(32))
    with pytest.raises(RekeyingNotOpen):
        confirm_rekeying(rekeying=rekeying, actor="operator:two", at=now + DAY)


def test_a_confirmed_one_does_not_lapse(replacements: Replacements, now: datetime) -> None:
    make(Purpose.SEAL, now)
    confirmed(now)

    assert lapse_rekeyings(at=now + 2 * DAY) == 0


def test_authorities_come_first_then_what_is_awaited_then_seals_then_persons(
    replacements: Replacements, now: datetime
) -> None:
    person, seal, awaited, tsa = (
        make(purpose, now)
        for purpose in (Purpose.PERSON, Purpose.SEAL, Purpose.PERSON, Purpose.TSA)
    )
    replacements.awaited = {awaited.id}

    run(confirmed(now))

    assert replacements.order == [tsa.id, awaited.id, seal.id, person.id]


def test_it_is_a_job_that_tells_how_far_it_is(
    replacements: Replacements, now: datetime
) -> None:
    for _ in range(3):
        make(Purpose.SEAL, now)
    rekeying = confirmed(now)

    run_job(job_id=Job.objects.get().id)

    job = Job.objects.get()
    rekeying.refresh_from_db()
    assert (job.state, job.progress_done, job.progress_total) == ("done", 3, 3)
    assert rekeying.state == "done"
    events = Event.objects.filter(subject=rekeying.subject)
    assert sorted(event.kind for event in events) == [  # two are of one moment
        "operations.rekeying.asked",
        "operations.rekeying.confirmed",
        "operations.rekeying.done",
    ]


def test_a_run_that_stopped_is_taken_up_where_it_was(
    replacements: Replacements, now: datetime
) -> None:
    for _ in range(3):
        make(Purpose.SEAL, now)
    rekeying = confirmed(now)
    keys = list(rekeying.keys.order_by("rank", "id").values_list("key_id", flat=True))
    replacements.failing = {keys[1]: TokenAway()}
    with pytest.raises(TokenAway):
        run(rekeying)
    replacements.failing = {}

    reports = run(rekeying)

    assert replacements.order == keys
    assert reports == [(1, 3), (3, 3)]


def test_one_key_that_can_not_be_replaced_stops_no_other_and_is_tried_again(
    replacements: Replacements, now: datetime
) -> None:
    keys = [make(Purpose.SEAL, now) for _ in range(3)]
    rekeying = confirmed(now)
    replacements.failing = {keys[0].id: HolderIsGone()}

    with pytest.raises(SomeKeysNotReplaced, match="1 of 3"):
        run(rekeying)

    failed = rekeying.keys.get(state="failed")
    assert (failed.key_id, failed.error_code) == (keys[0].id, "holder_is_gone")
    assert len(replacements.order) == 2
    replacements.failing = {}
    run(rekeying)
    rekeying.refresh_from_db()
    assert rekeying.state == "done"


def test_more_keys_than_a_batch_are_all_replaced(
    replacements: Replacements, now: datetime
) -> None:
    for _ in range(BATCH + 1):
        make(Purpose.SEAL, now)

    run(confirmed(now))

    assert len(replacements.order) == BATCH + 1


def test_a_key_that_is_suspended_already_is_not_suspended_twice(
    replacements: Replacements, now: datetime
) -> None:
    make(Purpose.SEAL, now)
    begin(now)

    with pytest.raises(NoKeyMatches):
        begin(now)


def test_the_operators_commands_take_two_persons(
    replacements: Replacements, now: datetime
) -> None:
    make(Purpose.SEAL, now - DAY)
    said = StringIO()

    call_command(
        "begin_rekeying",
        *("--purpose", "seal", "--created-before", now.isoformat()),
        *("--reason", "a drill", "--by", "one"),
        stdout=said,
    )
    rekeying = Rekeying.objects.get()
    call_command("confirm_rekeying", str(rekeying.id), "--by", "two", stdout=said)

    assert said.getvalue() == (f"{rekeying.id}: 1 keys suspended\njob {Job.objects.get().id}\n")


def test_two_who_replace_the_same_purpose_are_a_mistake_of_ours(
    replacements: Replacements,
) -> None:
    with pytest.raises(ValueError, match="seal"):
        registry.register_rekeying("seal", rank=1, replace_key=replacements, keys_awaited=list)
