"""What a company is told of its licences, and who is told."""

from datetime import timedelta

import pytest
from django.utils import translation

from authentication.models import Company, Person
from corpid.notices.models import Notice
from corpid.notices.services.word_notice import word_notice
from credentials.models import Credential
from credentials.powers import POWERS
from credentials.services.change_status import Change, change_status
from credentials.services.claim_held_credentials import claim_held_credentials
from tests.credentials.conftest import AT, World, enrol
from tests.makers import make_company, make_member, make_officer, make_person

pytestmark = pytest.mark.django_db


def change(world: World, credential: Credential, to: Change, *, minutes: int = 1) -> None:
    change_status(
        issuer=world.department,
        credential_id=credential.id,
        change=to,
        reason="x",
        at=AT + timedelta(minutes=minutes),
    )


def told(kind: str) -> list[Notice]:
    return list(Notice.objects.filter(kind=kind).order_by("raised_at"))


def test_a_director_is_told_of_a_new_licence_and_led_to_it(world: World) -> None:
    credential = world.issue()

    (notice,) = told("credentials.received")
    assert (notice.person_id, notice.company_id, notice.path) == (
        world.director.id,
        world.company.id,
        f"/wallet/{credential.id}",
    )
    words = word_notice(notice=notice)
    assert words.title == (
        "New in the wallet of Golden Harvest Trading Limited: Food business licence"
    )
    assert words.text == "Issued by Harbour Bank. You can show it, or only part of it."


def test_each_change_of_status_is_told_in_the_readers_language(world: World) -> None:
    credential = world.issue()

    change(world, credential, Change.SUSPEND, minutes=1)
    change(world, credential, Change.RESUME, minutes=2)
    change(world, credential, Change.SUSPEND, minutes=3)
    change(world, credential, Change.REVOKE, minutes=4)

    notices = told("credentials.status_changed")
    assert [word_notice(notice=notice).title for notice in notices] == [
        "Food business licence: suspended",
        "Food business licence: in force",
        "Food business licence: suspended",
        "Food business licence: revoked",
    ]
    with translation.override("zh-hant"):
        assert word_notice(notice=notices[-1]).title.startswith("食物業牌照")
        assert "revoked" not in word_notice(notice=notices[-1]).title


def test_administrators_are_told_and_other_members_are_not(world: World, clerk: Person) -> None:
    administrator = make_person("Admin Au", email="admin@example.hk")
    make_member(world.company, administrator, "administrator", powers=POWERS)

    world.issue()

    told_to = {notice.person_id for notice in told("credentials.received")}
    assert told_to == {world.director.id, administrator.id}
    assert clerk.id not in told_to


def test_another_companys_people_and_former_directors_are_told_nothing(
    world: World, other_company: Company
) -> None:
    stranger = make_person("Stranger", email="stranger@example.hk")
    make_officer(other_company, stranger)
    former = make_person("Former", email="former@example.hk")
    make_officer(world.company, former, ceased_on=AT.date())

    world.issue()

    assert [notice.person_id for notice in told("credentials.received")] == [world.director.id]


def test_a_licence_that_was_held_is_told_when_it_lands(world: World) -> None:
    newcomer = make_company("Newcomer Limited")
    owner = make_person("Owner", email="owner@example.hk")
    make_officer(newcomer, owner)
    world.issue(newcomer)
    assert told("credentials.received") == []

    claim_held_credentials(company=enrol(newcomer), at=AT)

    assert [notice.person_id for notice in told("credentials.received")] == [owner.id]


def test_what_was_revoked_before_it_landed_is_not_told(world: World) -> None:
    newcomer = make_company("Newcomer Limited")
    make_officer(newcomer, make_person("Owner", email="owner@example.hk"))
    credential = world.issue(newcomer)

    change(world, credential, Change.REVOKE)

    assert not Notice.objects.exists()
