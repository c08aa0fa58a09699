"""Registers that say anything at all: whatever it is, every field gets a status."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpid.business_identifier import parse_business_identifier
from corpid.outbound.client import Answer, GuardedClient
from prefill.catalogue import CATALOGUE
from prefill.field_result import FieldStatus
from prefill.form_schema import compile_trusted
from prefill.registers.business_registration import BusinessRegistration
from prefill.registers.companies_registry import CompaniesRegistry, CompaniesRegistryOfficers
from prefill.registers.register import Endpoint, Register

IDENTIFIER = parse_business_identifier("71234567")
KINDS = (CompaniesRegistry, CompaniesRegistryOfficers, BusinessRegistration)

texts = st.text(max_size=12) | st.sampled_from(
    ["NULL", "71234567", "2019-03-04", "04-03-2019", "32-13-2019", "director", "active", "000"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
OPEN_DATA = {
    "Brn": "71234567",
    "English_Company_Name": "A",
    "Chinese_Company_Name": "甲",
    "Address_of_Registered_Office": "HK",
    "Company_Type": "X",
    "Date_of_Incorporation": "04-03-2019",
}
OFFICERS = {
    "brn": "71234567",
    "lastUpdated": "2026-03-03T00:00:00+00:00",
    "shareCapital": {"issued": "1.00", "currency": "HKD"},
    "officers": [
        {
            "nameEnglish": "A",
            "nameChinese": "甲",
            "capacity": "director",
            "appointmentDate": "2019-03-04",
            "cessationDate": None,
            "identityNumber": "A123456(3)",
        }
    ],
}
BUSINESS = {
    "brn": "71234567",
    "lastUpdated": "2026-03-03T00:00:00+00:00",
    "businessNameEnglish": "A",
    "businessNameChinese": "甲",
    "natureOfBusiness": "X",
    "status": "ACTIVE",
    "commencementDate": "2019-03-04",
    "branches": [
        {
            "branch": "000",
            "address": "HK",
            "certificateNumber": "71234567-000-03-26-4",
            "expiryDate": "2027-03-03",
        }
    ],
}
SOUND = {
    CompaniesRegistry: [OPEN_DATA],
    CompaniesRegistryOfficers: OFFICERS,
    BusinessRegistration: BUSINESS,
}


class Saying(GuardedClient):
    """A client that hears one answer, whatever it asks; it opens nothing."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def request(self, method: str, url: str, **_: Any) -> Answer:
        assert (method, url.startswith("http://127.0.0.1/")) == ("GET", True)
        return Answer(200, {}, self.content)


def ask(kind: type[Any], content: bytes) -> None:
    client = Saying(content)
    register: Register = kind(Endpoint("http://127.0.0.1", client, "token"))

    results = register.fetch(IDENTIFIER, register.items, time.monotonic() + 1)

    assert set(results) == register.items
    for result in results.values():
        assert (result.value is not None) is (result.status is FieldStatus.OK)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sound_answer_is_read_whole(kind: type[Any]) -> None:
    client = Saying(json.dumps(SOUND[kind]).encode())
    register: Register = kind(Endpoint("http://127.0.0.1", client, "token"))

    results = register.fetch(IDENTIFIER, register.items, time.monotonic() + 1)

    for key, result in results.items():
        assert result.status is FieldStatus.OK, key
        assert compile_trusted(dict(CATALOGUE[key].schema)).is_valid(result.value), key


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=60))
def test_any_bytes(kind: type[Any], content: bytes) -> None:
    ask(kind, content)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(value=values)
def test_any_json(kind: type[Any], value: Any) -> None:
    ask(kind, json.dumps(value).encode())


@st.composite
def spoiled(draw: st.DrawFn, sound: Any) -> Any:
    """Take a sound answer and put anything in one place of it, or take the place away."""
    copied = json.loads(json.dumps(sound))
    here = copied
    while True:
        places = list(here) if isinstance(here, dict) else list(range(len(here)))
        place = draw(st.sampled_from(places))
        inner = here[place]
        if isinstance(inner, dict | list) and inner and draw(st.booleans()):
            here = inner
            continue
        if isinstance(here, dict) and draw(st.booleans()):
            del here[place]
        else:
            here[place] = draw(values)
        return copied


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=300, deadline=None)
@given(chosen=st.data())
def test_a_sound_answer_spoiled_in_one_place(kind: type[Any], chosen: st.DataObject) -> None:
    ask(kind, json.dumps(chosen.draw(spoiled(SOUND[kind]))).encode())


@pytest.mark.parametrize(
    "text",
    [
        "A\x00B",
        "A\nB",
        "GOLDEN \u202eDETIMIL",  # written backwards by a bidirectional override
        "A" * 1001,
    ],
)
def test_no_control_character_comes_from_a_register(text: str) -> None:
    client = Saying(json.dumps([{**OPEN_DATA, "English_Company_Name": text}]).encode())
    register = CompaniesRegistry(Endpoint("http://127.0.0.1", client))

    result = register.fetch(IDENTIFIER, ["cr.company.name_en"], time.monotonic() + 1)

    assert result["cr.company.name_en"].status is FieldStatus.UNAVAILABLE


@pytest.mark.parametrize("brn", ["71234568", "71234567 ", 71234567, None, ["71234567"]])
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_about_anybody_else_is_not_taken(kind: type[Any], brn: Any) -> None:
    sound = json.loads(json.dumps(SOUND[kind]))
    if isinstance(sound, list):
        sound[0]["Brn"] = brn
    else:
        sound["brn"] = brn
    client = Saying(json.dumps(sound).encode())
    register: Register = kind(Endpoint("http://127.0.0.1", client, "token"))

    results = register.fetch(IDENTIFIER, register.items, time.monotonic() + 1)

    assert {result.reason for result in results.values()} == {"wrong_company"}
