"""After a restore nothing that was issued since is valid, and no index is given out twice."""

from datetime import timedelta

import pytest

from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.protocols.status_list import Status, StatusReference
from corpid.status.models import StatusEntry, StatusList, StatusListVersion
from corpid.status.services.allocate_index import allocate_index
from corpid.status.services.close_status_lists import close_status_lists
from corpid.status.services.publish_status_list import publish_status_list
from corpid.status.services.set_status import set_status
from tests.protocols.certificates import Certification, EndEntity
from tests.status.test_status_lists import AT, EXPIRY, _allocate, _read

LATER = AT + timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(owner: EndEntity) -> list[StatusReference]:
    """Three licences that came back: one valid, one suspended, one revoked."""
    kept = _allocate(3)
    list_id = StatusList.objects.get().id
    for reference, status in zip(kept[1:], (Status.SUSPENDED, Status.INVALID), strict=True):
        set_status(list_id=list_id, index=reference.index, status=status, at=AT)
    return kept


@pytest.fixture
def lost(kept: list[StatusReference]) -> StatusReference:
    """A licence that was issued after the moment and revoked; the restore knows of neither."""
    (lost,) = _allocate()
    StatusList.objects.update(taken=3)
    return lost


def published(reference: StatusReference, certification: Certification) -> dict[int, Status]:
    version = publish_status_list(list_id=reference.uri.rpartition("/")[2], at=LATER)
    verified = _read(version.token, reference.uri, certification, at=LATER)
    return {index: Status(verified.status(index)) for index in range(StatusList.SIZE)}


def test_without_closing_a_licence_that_was_lost_is_valid(
    lost: StatusReference, certification: Certification
) -> None:
    assert published(lost, certification)[lost.index] == Status.VALID


def test_what_was_not_given_out_by_the_moment_is_invalid(
    kept: list[StatusReference], lost: StatusReference, certification: Certification
) -> None:
    assert close_status_lists(at=LATER) == 1

    found = published(lost, certification)
    assert found[lost.index] == Status.INVALID
    assert [found[each.index] for each in kept] == [
        Status.VALID,
        Status.SUSPENDED,
        Status.INVALID,
    ]
    assert sum(status != Status.INVALID for status in found.values()) == 2


def test_a_kept_licence_is_still_resumed_and_revoked(
    kept: list[StatusReference], certification: Certification
) -> None:
    close_status_lists(at=LATER)
    list_id = StatusList.objects.get().id

    for reference, status in zip(kept, (Status.INVALID, Status.VALID), strict=False):
        set_status(list_id=list_id, index=reference.index, status=status, at=LATER)

    found = published(kept[0], certification)
    assert [found[each.index] for each in kept] == [
        Status.INVALID,
        Status.VALID,
        Status.INVALID,
    ]


def test_a_new_licence_gets_no_index_of_a_lost_one(lost: StatusReference) -> None:
    close_status_lists(at=LATER)

    new = allocate_index(owner="test:a", expires_at=EXPIRY, at=LATER)

    assert new.uri != lost.uri


def test_the_closed_list_is_published_by_the_next_worker(
    lost: StatusReference, certification: Certification
) -> None:
    Job.objects.all().delete()
    close_status_lists(at=LATER)

    run_job(job_id=Job.objects.get().id)

    newest = StatusListVersion.objects.order_by("-issued_at").first()
    assert newest is not None
    verified = _read(newest.token, lost.uri, certification, at=newest.issued_at)
    assert verified.status(lost.index) == Status.INVALID


def test_a_second_restore_and_a_year_that_is_over_change_nothing(
    lost: StatusReference,
) -> None:
    assert close_status_lists(at=LATER.replace(year=2028)) == 0
    assert close_status_lists(at=LATER) == 1
    content = bytes(StatusList.objects.get().closed_content or b"")
    StatusEntry.objects.all().delete()

    assert close_status_lists(at=LATER + timedelta(days=1)) == 0

    assert bytes(StatusList.objects.get().closed_content or b"") == content
