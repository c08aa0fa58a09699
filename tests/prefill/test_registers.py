"""One contract for every register, over real HTTP and for the fake; then each one's ways."""

import time

import pytest

from corpid.business_identifier import BusinessIdentifier, parse_business_identifier
from corpid.outbound.client import guarded_client
from prefill.catalogue import CATALOGUE
from prefill.field_result import FieldReason, FieldResult, FieldStatus
from prefill.form_schema import compile_trusted
from prefill.registers.breaker import Breaker, BreakerOpen
from prefill.registers.business_registration import BusinessRegistration
from prefill.registers.companies_registry import CompaniesRegistry
from prefill.registers.directory import registers as configured
from prefill.registers.register import Endpoint, Register
from tests.demonstration.register_simulator import RunningRegisters
from tests.prefill.fake_register import FakeRegister

GOLDEN_HARVEST = parse_business_identifier("71234567")
NOBODY = parse_business_identifier("99999999")
REAL = ("companies_registry", "companies_registry_officers", "business_registration")


def soon() -> float:
    return time.monotonic() + 2.5


@pytest.fixture(params=[*REAL, "fake"])
def register(request: pytest.FixtureRequest, registers: RunningRegisters) -> Register:
    assert registers.base_url
    if request.param == "fake":
        items = {key: item.examples[0] for key, item in CATALOGUE.items()}
        return FakeRegister("fake", frozenset(items), {GOLDEN_HARVEST.text: items})
    return configured()[request.param]


def test_a_register_answers_for_every_item_with_what_the_catalogue_promises(
    register: Register,
) -> None:
    results = register.fetch(GOLDEN_HARVEST, register.items, soon())

    assert set(results) == register.items
    for key, result in results.items():
        assert result.status is FieldStatus.OK, key
        assert result.source == register.id
        assert compile_trusted(dict(CATALOGUE[key].schema)).is_valid(result.value), key


def test_a_register_answers_only_for_what_it_is_asked(register: Register) -> None:
    one = min(register.items)

    assert set(register.fetch(GOLDEN_HARVEST, {one}, soon())) == {one}


def test_a_company_that_is_not_there_is_empty_and_says_so(register: Register) -> None:
    results = register.fetch(NOBODY, register.items, soon())

    assert {(result.status, result.reason) for result in results.values()} == {
        (FieldStatus.EMPTY, FieldReason.NOT_ON_REGISTER)
    }


def test_a_deadline_in_the_past_is_a_time_out_of_every_item(register: Register) -> None:
    results = register.fetch(GOLDEN_HARVEST, register.items, time.monotonic())

    assert {result.status for result in results.values()} == {FieldStatus.TIMEOUT}


def test_a_register_has_nothing_to_complain_of(register: Register) -> None:
    assert register.check_configuration() == []


FAULTS = {
    "500": (FieldStatus.UNAVAILABLE, FieldReason.NOT_ANSWERING),
    "slow": (FieldStatus.TIMEOUT, FieldReason.TOO_SLOW),
    "garbage": (FieldStatus.UNAVAILABLE, FieldReason.UNREADABLE),
    "wrong_company": (FieldStatus.UNAVAILABLE, FieldReason.WRONG_COMPANY),
    "truncated": (FieldStatus.UNAVAILABLE, FieldReason.NOT_ANSWERING),
    "huge": (FieldStatus.UNAVAILABLE, FieldReason.UNREADABLE),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", REAL)
def test_every_fault_becomes_a_status_of_every_item(
    registers: RunningRegisters, name: str, fault: str
) -> None:
    register = configured()[name]
    registers.fault(name, fault, seconds=3)

    began = time.monotonic()
    results = register.fetch(GOLDEN_HARVEST, register.items, began + 0.6)

    assert time.monotonic() - began < 1.2
    assert {(one.status, one.reason) for one in results.values()} == {FAULTS[fault]}
    assert {one.value for one in results.values()} == {None}


def test_a_quick_failure_is_tried_once_more(registers: RunningRegisters) -> None:
    register = configured()["business_registration"]
    registers.fault("business_registration", "500", times=1)

    results = register.fetch(GOLDEN_HARVEST, register.items, soon())

    assert {result.status for result in results.values()} == {FieldStatus.OK}


def test_a_slow_failure_is_not_tried_again(registers: RunningRegisters) -> None:
    register = configured()["business_registration"]
    registers.fault("business_registration", "slow", seconds=3, times=1)

    results = register.fetch(GOLDEN_HARVEST, register.items, time.monotonic() + 0.3)

    assert {result.status for result in results.values()} == {FieldStatus.TIMEOUT}


def test_a_register_that_keeps_failing_rests_and_recovers(registers: RunningRegisters) -> None:
    moments = [0.0]
    breaker = Breaker(threshold=2, rest_seconds=10, clock=lambda: moments[0])
    url = f"{registers.base_url}/ird/business-registration"
    register = BusinessRegistration(
        Endpoint(url, guarded_client(), "sandbox-registers", breaker)
    )
    registers.fault("business_registration", "500")

    def ask() -> FieldResult:
        return register.fetch(GOLDEN_HARVEST, {"ird.business.nature"}, soon())[
            "ird.business.nature"
        ]

    reasons = [ask().reason for _ in range(4)]
    registers.mend()
    resting = ask().reason
    moments[0] = 10.5
    mended = ask().status

    assert reasons == [
        FieldReason.NOT_ANSWERING,
        FieldReason.NOT_ANSWERING,
        FieldReason.RESTING,
        FieldReason.RESTING,
    ]
    assert resting is FieldReason.RESTING
    assert mended is FieldStatus.OK
    assert not breaker.is_open


def test_an_unknown_company_does_not_open_the_breaker(registers: RunningRegisters) -> None:
    register = configured()["business_registration"]
    assert registers.base_url

    reasons = {
        register.fetch(NOBODY, {"ird.business.nature"}, soon())["ird.business.nature"].reason
        for _ in range(8)
    }

    assert reasons == {FieldReason.NOT_ON_REGISTER}


def test_a_wrong_token_is_said_to_the_operator_not_guessed_around(
    registers: RunningRegisters,
) -> None:
    url = f"{registers.base_url}/ird/business-registration"
    register = BusinessRegistration(Endpoint(url, guarded_client(), "wrong"))

    result = register.fetch(GOLDEN_HARVEST, {"ird.business.nature"}, soon())

    assert result["ird.business.nature"].reason is FieldReason.REFUSED_US


@pytest.mark.parametrize("url", ["", "http://10.0.0.1/cr", "ftp://register.example"])
def test_a_register_without_a_usable_address_is_not_configured(url: str) -> None:
    register = CompaniesRegistry(Endpoint(url, guarded_client()))

    result = register.fetch(GOLDEN_HARVEST, {"cr.company.name_en"}, soon())

    assert result["cr.company.name_en"].reason is FieldReason.NOT_CONFIGURED
    assert CompaniesRegistry(Endpoint("", guarded_client())).check_configuration()


def fetch(name: str, ubi: str, *keys: str) -> list[object]:
    identifier = parse_business_identifier(ubi)
    results = configured()[name].fetch(identifier, keys, soon())
    return [results[key].value for key in keys]


def test_the_companies_registrys_manners_are_understood(registers: RunningRegisters) -> None:
    assert registers.base_url

    assert fetch(
        "companies_registry",
        "71234567",
        "cr.company.incorporated_on",
        "cr.company.place_of_incorporation",
        "cr.company.name_tc",
    ) == ["2019-03-04", "HONG KONG", "金穗貿易有限公司"]


def test_a_foreign_company_is_found_and_null_is_empty(registers: RunningRegisters) -> None:
    assert registers.base_url
    identifier = BusinessIdentifier("F0012345", "dummy")

    results = configured()["companies_registry"].fetch(
        identifier, ["cr.company.name_tc", "cr.company.place_of_incorporation"], soon()
    )

    assert results["cr.company.name_tc"].status is FieldStatus.EMPTY
    assert results["cr.company.place_of_incorporation"].value == "NORWAY"


def test_only_officers_in_office_are_named(registers: RunningRegisters) -> None:
    assert registers.base_url

    assert fetch(
        "companies_registry_officers",
        "71234567",
        "cr.officers[].name_en",
        "cr.officers[].capacity",
        "cr.capital.issued",
    ) == [
        ["LEE SIU MING", "CHAN KA YAN", "ABC SECRETARIES LIMITED"],
        ["director", "director", "secretary"],
        {"amount": "10000.00", "currency": "HKD"},
    ]


def test_a_change_at_the_register_shows_at_the_next_fetch(registers: RunningRegisters) -> None:
    registers.happen("rename", "71234567", name_en="GH FOODS LIMITED")
    registers.happen("strike_off", "70000001")

    assert fetch("companies_registry", "71234567", "cr.company.name_en") == ["GH FOODS LIMITED"]
    assert fetch("companies_registry", "70000001", "cr.company.name_en") == [None]


def test_while_one_caller_tries_an_open_breaker_the_others_still_rest() -> None:
    moments = [0.0]
    breaker = Breaker(threshold=1, rest_seconds=1, clock=lambda: moments[0])
    with pytest.raises(ZeroDivisionError), breaker.guard(failures=(ZeroDivisionError,)):
        moments[0] = 1 / 0
    moments[0] = 2.0

    with (
        breaker.guard(failures=(ZeroDivisionError,)),
        pytest.raises(BreakerOpen),
        breaker.guard(failures=(ZeroDivisionError,)),
    ):
        pytest.fail("the second caller went through")
    with breaker.guard(failures=(ZeroDivisionError,)):
        is_open = breaker.is_open

    assert not is_open
