import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.protocols.es256 import CompactJWS
from corpid.protocols.status_list import (
    MEDIA_TYPE,
    Status,
    StatusListToken,
    StatusReference,
    verify_status_list,
)
from corpid.protocols.x5c import trusted_signer
from corpid.status.models import StatusEntry, StatusList, StatusListVersion
from corpid.status.permutation import permute
from corpid.status.services.allocate_index import allocate_index
from corpid.status.services.find_version import NoSuchStatusList, find_version
from corpid.status.services.publish_status_list import TTL, publish_status_list
from corpid.status.services.refresh_status_lists import refresh_status_lists
from corpid.status.services.set_status import set_status
from corpid.status.signing import NobodySigns
from tests.protocols.certificates import Certification, EndEntity

AT = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
EXPIRY = datetime(2027, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize("bits", [2, 8, 10])
def test_a_permutation_gives_each_index_once(bits: int) -> None:
    found = {permute(number, bits=bits, key=b"k" * 32) for number in range(2**bits)}

    assert found == set(range(2**bits))


def test_indices_in_turn_tell_nothing_of_their_order() -> None:
    indices = [permute(number, bits=20, key=b"k" * 32) for number in range(2000)]

    rising = sum(a < b for a, b in pairwise(indices))
    assert 800 < rising < 1200  # a counter would rise 1999 times
    assert len({index >> 14 for index in indices}) == 64  # all over the list
    assert min(abs(a - b) for a, b in pairwise(indices)) < 20_000


def test_another_key_gives_another_order() -> None:
    first, second = (
        [permute(n, bits=20, key=key * 32) for n in range(50)] for key in (b"a", b"b")
    )

    assert len(set(first) & set(second)) < 3


@pytest.mark.parametrize(("number", "bits"), [(-1, 2), (4, 2), (0, 3)])
def test_a_number_that_does_not_fit_is_refused(number: int, bits: int) -> None:
    with pytest.raises(ValueError, match="fit"):
        permute(number, bits=bits, key=b"k" * 32)


def _allocate(count: int = 1, owner: str = "test:a") -> list[StatusReference]:
    return [allocate_index(owner=owner, expires_at=EXPIRY, at=AT) for _ in range(count)]


def _read(
    token: bytes | memoryview, uri: str, certification: Certification, at: datetime = AT
) -> StatusListToken:
    def issuer_key(jws: CompactJWS) -> ec.EllipticCurvePublicKey:
        anchors = [certification.root.certificate]
        return trusted_signer(jws.header, anchors=anchors, at=at).key

    text = bytes(token).decode()
    return verify_status_list(text, uri=uri, issuer_key=issuer_key, at=at)


@pytest.mark.django_db
def test_credentials_of_one_owner_and_year_share_a_list(owner: EndEntity) -> None:
    references = _allocate(20)

    assert len({reference.uri for reference in references}) == 1
    assert len({reference.index for reference in references}) == 20
    assert StatusList.objects.get().taken == 20


@pytest.mark.django_db
def test_another_owner_or_year_has_a_list_of_its_own(owner: EndEntity) -> None:
    first = _allocate()[0]
    other_owner = _allocate(owner="test:b")[0]
    later = allocate_index(owner="test:a", expires_at=EXPIRY + timedelta(days=365), at=AT)

    assert len({first.uri, other_owner.uri, later.uri}) == 3


@pytest.mark.django_db
def test_a_full_list_is_followed_by_another(owner: EndEntity) -> None:
    first = _allocate()[0]
    StatusList.objects.update(taken=StatusList.SIZE)

    assert _allocate()[0].uri != first.uri


@pytest.mark.django_db
def test_a_list_is_served_from_its_first_moment(
    owner: EndEntity, certification: Certification
) -> None:
    reference = _allocate()[0]
    version = StatusListVersion.objects.get()

    verified = _read(version.token, reference.uri, certification)

    assert verified.status(reference.index) == Status.VALID


@pytest.mark.django_db
def test_a_change_is_in_the_next_version(
    owner: EndEntity, certification: Certification
) -> None:
    revoked, suspended, resumed, untouched = _allocate(4)
    list_id = StatusList.objects.get().id
    for reference, status in (
        (revoked, Status.INVALID),
        (suspended, Status.SUSPENDED),
        (resumed, Status.SUSPENDED),
        (resumed, Status.VALID),
    ):
        set_status(list_id=list_id, index=reference.index, status=status, at=AT)
    assert StatusList.objects.get().changed_at == AT

    version = publish_status_list(list_id=list_id, at=AT)

    verified = _read(version.token, revoked.uri, certification)
    assert [
        verified.status(reference.index)
        for reference in (revoked, suspended, resumed, untouched)
    ] == [Status.INVALID, Status.SUSPENDED, Status.VALID, Status.VALID]
    assert StatusList.objects.get().changed_at is None


@pytest.mark.django_db
def test_many_changes_share_one_job(owner: EndEntity) -> None:
    references = _allocate(5)
    list_id = StatusList.objects.get().id

    for reference in references:
        set_status(list_id=list_id, index=reference.index, status=Status.INVALID, at=AT)

    assert Job.objects.filter(kind="status.publish").count() == 1


@pytest.mark.django_db
def test_an_urgent_change_does_not_wait(owner: EndEntity) -> None:
    reference = _allocate()[0]
    list_id = StatusList.objects.get().id

    set_status(list_id=list_id, index=reference.index, status=Status.INVALID, at=AT)
    set_status(
        list_id=list_id, index=reference.index, status=Status.INVALID, at=AT, is_urgent=True
    )

    assert list(Job.objects.order_by("run_after").values_list("run_after", flat=True)) == [
        AT,
        AT + timedelta(seconds=5),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_worker_publishes_what_changed(
    owner: EndEntity, certification: Certification
) -> None:
    now = timezone.now()
    reference = allocate_index(owner="test:a", expires_at=EXPIRY, at=now)
    list_id = StatusList.objects.get().id
    set_status(
        list_id=list_id, index=reference.index, status=Status.INVALID, at=now, is_urgent=True
    )

    run_job(job_id=Job.objects.get().id)

    assert Job.objects.get().state == Job.State.DONE
    later = timezone.now()
    version = find_version(list_id=list_id, at=later)
    verified = _read(version.token, reference.uri, certification, later)
    assert verified.status(reference.index) == Status.INVALID


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "is_due"), [(TTL / 2 - timedelta(seconds=1), False), (TTL / 2, True)]
)
def test_a_list_is_signed_again_at_half_of_its_time_to_live(
    owner: EndEntity, age: timedelta, *, is_due: bool
) -> None:
    _allocate()

    assert refresh_status_lists(at=AT + age) == int(is_due)


@pytest.mark.django_db
def test_a_list_of_a_year_that_is_over_is_not_signed_again(owner: EndEntity) -> None:
    _allocate()

    assert refresh_status_lists(at=EXPIRY + timedelta(days=365)) == 0


@pytest.mark.django_db
def test_versions_that_say_nothing_new_do_not_pile_up(owner: EndEntity) -> None:
    reference = _allocate()[0]
    list_id = StatusList.objects.get().id
    for minutes in range(5, 60, 5):
        publish_status_list(list_id=list_id, at=AT + timedelta(minutes=minutes))
    changed_at = AT + timedelta(minutes=60)
    set_status(list_id=list_id, index=reference.index, status=Status.INVALID, at=changed_at)
    for minutes in range(60, 120, 5):
        publish_status_list(list_id=list_id, at=AT + timedelta(minutes=minutes))

    # The first and last before the change, the first and last after it.
    assert StatusListVersion.objects.count() == 4


@pytest.mark.django_db
def test_a_past_moment_is_answered_as_it_was_then(
    owner: EndEntity, certification: Certification
) -> None:
    reference = _allocate()[0]
    list_id = StatusList.objects.get().id
    changed_at = AT + timedelta(hours=1)
    set_status(list_id=list_id, index=reference.index, status=Status.INVALID, at=changed_at)
    publish_status_list(list_id=list_id, at=changed_at)
    before = changed_at - timedelta(seconds=1)

    then, now = (find_version(list_id=list_id, at=at) for at in (before, changed_at))

    assert (
        _read(bytes(then.token), reference.uri, certification, before).status(reference.index)
        == 0
    )
    assert (
        _read(bytes(now.token), reference.uri, certification, changed_at).status(
            reference.index
        )
        == 1
    )
    with pytest.raises(NoSuchStatusList):
        find_version(list_id=list_id, at=AT - timedelta(seconds=1))


@pytest.mark.django_db
def test_an_owner_without_signer_gets_no_list() -> None:
    with pytest.raises(NobodySigns):
        allocate_index(owner="nobody:x", expires_at=EXPIRY, at=AT)


@pytest.mark.django_db
def test_anybody_fetches_a_list_and_keeps_it(client: Client, owner: EndEntity) -> None:
    allocate_index(owner="test:a", expires_at=EXPIRY, at=timezone.now())
    list_id = StatusList.objects.get().id

    response = client.get(f"/status-lists/{list_id}")

    assert response.status_code == 200
    assert response["Content-Type"] == MEDIA_TYPE
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "public, max-age=150"
    assert "Set-Cookie" not in response
    again = client.get(f"/status-lists/{list_id}", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.django_db
def test_a_list_comes_compressed_to_those_who_take_it(client: Client, owner: EndEntity) -> None:
    allocate_index(owner="test:a", expires_at=EXPIRY, at=timezone.now())
    list_id = StatusList.objects.get().id
    plain = client.get(f"/status-lists/{list_id}")

    response = client.get(f"/status-lists/{list_id}", headers={"Accept-Encoding": "br, gzip"})

    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == plain.content
    assert response["ETag"] != plain["ETag"]
    assert "Accept-Encoding" in response["Vary"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?time=yesterday", 400),
        ("?time=-1", 400),
        ("?time=0", 404),
        ("?time=9999999999999999", 400),
    ],
)
def test_a_time_that_is_none_and_one_before_all_are_told_apart(
    client: Client, owner: EndEntity, query: str, status: int
) -> None:
    allocate_index(owner="test:a", expires_at=EXPIRY, at=timezone.now())
    list_id = StatusList.objects.get().id

    assert client.get(f"/status-lists/{list_id}{query}").status_code == status


@pytest.mark.django_db
def test_an_unknown_list_is_not_found(client: Client) -> None:
    assert client.get("/status-lists/stl_unknown").status_code == 404


@pytest.mark.django_db
def test_all_lists_are_named_in_one_place(client: Client, owner: EndEntity) -> None:
    at = timezone.now()
    uri = allocate_index(owner="test:a", expires_at=at + timedelta(days=366), at=at).uri

    assert client.get("/status-lists").json() == {"status_lists": [uri]}


@pytest.mark.django_db
def test_a_busy_list_stays_small(owner: EndEntity) -> None:
    allocate_index(owner="test:a", expires_at=EXPIRY, at=AT)
    list_id = StatusList.objects.get().id
    StatusEntry.objects.bulk_create(
        StatusEntry(
            status_list_id=list_id,
            index=permute(number, bits=20, key=b"k" * 32),
            status=Status.INVALID,
            changed_at=AT,
        )
        for number in range(10_486)  # 1 %
    )

    version = publish_status_list(list_id=list_id, at=AT + timedelta(seconds=1))

    header, signed = bytes(version.token).split(b".", 1)
    assert len(signed) <= 28 * 1024  # beside the certificates of the signer
    assert len(version.gzipped) <= 24 * 1024
    assert len(header) < 2 * 1024


@pytest.mark.django_db(transaction=True)
def test_changing_and_publishing_at_once_never_wait_for_each_other(owner: EndEntity) -> None:
    (first, *others) = _allocate(8)
    list_id = StatusList.objects.get().id
    is_over = threading.Event()

    def change(reference: StatusReference) -> None:
        try:
            for turn in range(12):
                set_status(
                    list_id=list_id,
                    index=reference.index,
                    status=(Status.SUSPENDED, Status.VALID)[turn % 2],
                    at=timezone.now(),
                    is_urgent=True,
                )
        finally:
            connection.close()

    def publish() -> None:
        try:
            while not is_over.is_set():
                for job in Job.objects.filter(state=Job.State.QUEUED, run_after__lte=Now()):
                    run_job(job_id=job.id)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(others) + 2) as threads:
        publishing = [threads.submit(publish) for _ in range(2)]
        changing = [threads.submit(change, each) for each in others]
        for each in changing:
            each.result()  # raises what it met
        is_over.set()
        for each in publishing:
            each.result()

    assert Job.objects.exclude(errors=[]).count() == 0
    assert first.index not in StatusEntry.objects.values_list("index", flat=True)
