"""Seeding the sandbox: what is there, that it agrees with the registers, that it repeats."""

import base64
import gc
import json
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.conf import settings
from django.db import transaction
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from authentication.joint_policy import write_policy
from authentication.models import (
    Account,
    BusinessRegistration,
    Capacity,
    Company,
    CompanyName,
    EService,
    Mandate,
    Member,
    Officer,
    Person,
    Premises,
)
from authentication.services.check_power import NoAuthority, check_power
from authentication.services.find_acting import find_acting
from authentication.services.find_signing_rule import find_signing_rule
from corpid.demonstration.registers.world import read_world
from corpid.demonstration.services.seed import seed
from signatures.services.establish_pki import establish_pki

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
COUNTED = (Account, BusinessRegistration, Company, CompanyName, EService, Mandate, Member)
COUNTED_TOO = (Officer, Person, Premises, TOTPDevice)
GOLDEN_HARVEST, CHAN_KEE = "71234567", "12345678"


@pytest.fixture(scope="module", autouse=True)
def _seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Seed once for all these tests, and take it back after the last."""
    for name in ("sandbox.json", "registers.json", "demonstration.json"):
        (settings.STATE_DIR / name).unlink(missing_ok=True)
    with django_db_blocker.unblock(), transaction.atomic():
        establish_pki(at=NOW)
        seed(at=NOW)
        yield
        transaction.set_rollback(True)


def handle() -> dict[str, Any]:
    written: dict[str, Any] = json.loads((settings.STATE_DIR / "sandbox.json").read_text())
    return written


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (*COUNTED, *COUNTED_TOO)}


def person(email: str) -> Person:
    return Person.objects.get(account__email=email)


def test_a_second_run_doubles_nothing_and_is_quick() -> None:
    before, written = counts(), handle()

    gc.collect()
    gc.disable()  # what it would collect is other tests'
    try:
        began = time.process_time()  # ours alone: the machine may be busy with other tests
        seed(at=NOW + timedelta(days=1))
        took = time.process_time() - began
    finally:
        gc.enable()

    assert counts() == before
    assert handle() == written
    assert took < 0.3


def test_a_second_run_leaves_what_somebody_has_changed() -> None:
    account = Account.objects.get(email="siuming.lee@goldenharvest.example")
    account.set_password("another password of mine")
    account.save()

    seed(at=NOW + timedelta(days=1))

    account.refresh_from_db()
    assert account.check_password("another password of mine")


def test_there_are_at_least_200_companies_of_every_kind_and_both_identifiers() -> None:
    kinds = set(Company.objects.values_list("kind", flat=True))

    assert Company.objects.count() >= 200
    assert kinds >= {
        *("local_private", "guarantee", "non_hong_kong"),
        *("sole_proprietorship", "partnership", "limited_partnership_fund"),
    }
    assert set(Company.objects.values_list("ubi_kind", flat=True)) == {"brn", "dummy"}


def test_names_hold_supplementary_characters_and_extension_b() -> None:
    names = "".join(CompanyName.objects.values_list("tc", flat=True))

    assert set("邨磡埗㗎𠮷𨋢") <= set(names)
    assert any(ord(character) > 0x20000 for character in names)


def test_some_registrations_lapse_soon_and_some_have_lapsed() -> None:
    ends = list(BusinessRegistration.objects.values_list("valid_until", flat=True))
    today = NOW.date()

    assert any(today < end <= today + timedelta(days=30) for end in ends)
    assert any(today - timedelta(days=30) < end <= today for end in ends)
    assert Company.objects.filter(status="registration_expired").exists()


def test_the_registers_tell_the_same_as_our_database() -> None:
    world = read_world(settings.STATE_DIR / "registers.json", NOW)

    ours = {
        ubi: (en or None, tc or None)
        for ubi, en, tc in Company.objects.values_list(
            "ubi", "current_name__en", "current_name__tc"
        )
    }
    theirs = {
        ubi: (company["name_en"], company["name_tc"])
        for ubi, company in world.companies.items()
    }
    assert theirs == ours
    assert sum(len(company["officers"]) for company in world.companies.values()) == (
        Officer.objects.count()
    )


def test_any_two_of_three_directors_sign_for_golden_harvest() -> None:
    company = Company.objects.get(ubi=GOLDEN_HARVEST)

    rule = find_signing_rule(company=company, at=NOW)

    assert company.officers.filter(capacity=Capacity.DIRECTOR).count() == 3
    assert write_policy(rule) == {"any_of": [[{"needed": 2, "of": ["director"]}]]}


def test_the_sole_director_signs_alone() -> None:
    company = Company.objects.get(ubi="90471182")

    rule = find_signing_rule(company=company, at=NOW)

    assert company.officers.count() == 1
    assert write_policy(rule) == {"any_of": [[{"needed": 1, "of": ["director"]}]]}


def test_the_secretary_acts_for_at_least_40_clients_by_office_and_by_mandate() -> None:
    actings = find_acting(person=person("meiling.wong@abcsecretaries.example"), at=NOW)

    capacities = [acting.capacity for acting in actings]
    assert capacities.count("secretary") >= 40
    assert capacities.count("agent") >= 10


def test_the_clerk_is_a_member_without_any_power() -> None:
    clerk = person("chihang.lau@goldenharvest.example")
    company = Company.objects.get(ubi=GOLDEN_HARVEST)

    with pytest.raises(NoAuthority):
        check_power(person=clerk, company=company, power="corpid.sign_in", at=NOW)

    assert [acting.capacity for acting in find_acting(person=clerk, at=NOW)] == ["member"]


def test_the_noodle_shop_has_an_owner_and_is_not_enrolled() -> None:
    shop = Company.objects.get(ubi=CHAN_KEE)

    assert shop.enrolled_at is None
    assert shop.officers.get().person == person("siufong.chan@chankee.example")


def test_the_handle_has_the_shape_that_outsiders_rely_on() -> None:
    schema = json.loads((Path(__file__).parent / "sandbox.schema.json").read_text())

    problems = list(jsonschema_rs.validator_for(schema).iter_errors(handle()))

    assert [f"{list(problem.instance_path)}: {problem.message}" for problem in problems] == []


def test_the_handle_lets_its_persons_in() -> None:
    for login in (*handle()["persons"], *handle()["caseworkers"]):
        account = Account.objects.get(email=login["email"])
        device = TOTPDevice.objects.get(user=account, confirmed=True)

        assert account.check_password(login["password"])
        assert device.verify_token(totp(device.bin_key, t0=0))
        assert device.bin_key == base32(login["totp_secret"])


def base32(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


def test_private_keys_stay_out_of_the_database() -> None:
    for e_service in EService.objects.all():
        assert e_service.jwks is not None
        assert [key["use"] for key in e_service.jwks["keys"]] == ["sig", "enc"]
        assert all("d" not in key for key in e_service.jwks["keys"])


def test_files_with_secrets_are_readable_by_their_owner_alone() -> None:
    for name in ("sandbox.json", "demonstration.json"):
        mode = (settings.STATE_DIR / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600


def test_seeding_a_seeded_sandbox_asks_a_bounded_number_of_questions(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(280):
        seed(at=NOW)


@pytest.mark.parametrize("permission", ["jobs.redrive_job", "jobs.stop_job"])
def test_caseworkers_may_press_the_buttons_of_jobs(permission: str) -> None:
    for worker in handle()["caseworkers"]:
        account = Account.objects.get(email=worker["email"])

        assert account.has_perm(permission)
        assert not account.is_superuser
