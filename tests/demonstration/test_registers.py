"""The register simulator: its manners, its faults, its moving world, its own process."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from tests.demonstration.register_simulator import TOKEN, RunningRegisters, running_registers

GOLDEN_HARVEST = "71234567"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SEARCH = "/cr/api/api/v1/api_builder/json/{}/search?"


@pytest.fixture
def registers() -> Iterator[RunningRegisters]:
    with running_registers() as running:
        yield running


def search(register: str, key: str, operator: str, value: str) -> str:
    return SEARCH.format(register) + urlencode(
        {
            "query[0][key1]": key,
            "query[0][key2]": operator,
            "query[0][key3]": value,
            "format": "json",
        }
    )


def test_the_open_data_speaks_with_the_companies_registrys_accent(
    registers: RunningRegisters,
) -> None:
    answer = registers.get(search("local", "Brn", "equal", GOLDEN_HARVEST))

    assert answer.json() == [
        {
            "Brn": GOLDEN_HARVEST,
            "English_Company_Name": "GOLDEN HARVEST TRADING LIMITED",
            "Chinese_Company_Name": "金穗貿易有限公司",
            "Address_of_Registered_Office": (
                "FLAT B 12/F GOLDEN COURT, 188 SHANGHAI ST, YAU MA TEI, KLN"
                " 九龍油麻地上海街188號金苑12樓B室"
            ),
            "Company_Type": "Private company limited by shares",
            "Date_of_Incorporation": "04-03-2019",
            "Re-domiciliation_Date": "NULL",
        }
    ]


def test_a_foreign_company_has_other_fields_and_the_text_null(
    registers: RunningRegisters,
) -> None:
    (found,) = registers.get(search("foreign", "Comp_name", "begins_with", "northern")).json()

    assert found["Corporate_Name"] == "NORTHERN TIMBER AS"
    assert found["Corporate_Name_in_Chinese"] == "NULL"
    assert found["Place_of_Incorporation"] == "NORWAY"


def test_a_query_that_cannot_be_read_is_a_400_inside_a_200(registers: RunningRegisters) -> None:
    answer = registers.get(search("local", "Director", "equal", "LEE"))

    assert answer.status_code == 200
    assert answer.json()["status"] == 400


def test_a_business_and_an_unknown_number_are_absent(registers: RunningRegisters) -> None:
    assert registers.get(search("local", "Brn", "equal", "12345678")).json() == []
    assert registers.get(search("local", "Brn", "equal", "00000000")).json() == []


@pytest.mark.parametrize(
    "path",
    [
        f"/cr-officers/v1/companies/{GOLDEN_HARVEST}",
        f"/ird/business-registration/v1/businesses/{GOLDEN_HARVEST}",
        f"/licensing/v1/licences?ubi={GOLDEN_HARVEST}",
        "/changes?since=0",
    ],
)
def test_what_is_not_open_data_needs_the_token(registers: RunningRegisters, path: str) -> None:
    assert registers.get(path).status_code == 401
    assert registers.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert registers.get(path, headers=BEARER).status_code == 200


def test_every_event_moves_the_world_and_the_feed_tells_it(registers: RunningRegisters) -> None:
    registers.happen("rename", GOLDEN_HARVEST, name_en="GH FOODS LIMITED")
    registers.happen("death", GOLDEN_HARVEST, officer="CHAN KA YAN")
    registers.happen(
        "officer_change",
        GOLDEN_HARVEST,
        appoint={"name_en": "YIP TSZ HIN", "capacity": "director"},
    )
    registers.happen("br_expiry", GOLDEN_HARVEST, expires_on="2026-01-01")
    registers.happen("strike_off", GOLDEN_HARVEST)
    gone = registers.get(search("local", "Brn", "equal", GOLDEN_HARVEST)).json()
    registers.happen("restore", GOLDEN_HARVEST)
    (back,) = registers.get(search("local", "Brn", "equal", GOLDEN_HARVEST)).json()
    registers.happen("liquidator", GOLDEN_HARVEST, name_en="IP KWOK WAI")
    registers.happen("amalgamate", GOLDEN_HARVEST, into="70000001")

    feed = registers.get("/changes?since=2", headers=BEARER).json()
    officers = registers.get(
        f"/cr-officers/v1/companies/{GOLDEN_HARVEST}", headers=BEARER
    ).json()["officers"]
    business = registers.get(
        f"/ird/business-registration/v1/businesses/{GOLDEN_HARVEST}", headers=BEARER
    ).json()
    present = {one["nameEnglish"] for one in officers if one["cessationDate"] is None}
    assert gone == []
    assert back["English_Company_Name"] == "GH FOODS LIMITED"
    assert present == {"LEE SIU MING", "ABC SECRETARIES LIMITED", "YIP TSZ HIN", "IP KWOK WAI"}
    assert business["branches"][0]["expiryDate"] == "2026-01-01"
    assert [change["kind"] for change in feed["changes"]] == [
        "officer_change",
        "br_expiry",
        "strike_off",
        "restore",
        "liquidator",
        "amalgamate",
    ]
    assert feed["next"] == 8


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "earthquake", "ubi": GOLDEN_HARVEST},
        {"kind": "rename", "ubi": "00000000", "name_en": "X"},
        {"kind": "rename", "ubi": GOLDEN_HARVEST},
        {"kind": "death", "ubi": GOLDEN_HARVEST, "officer": "NOBODY"},
        {"kind": "amalgamate", "ubi": GOLDEN_HARVEST, "into": GOLDEN_HARVEST},
        {"kind": "liquidator", "ubi": GOLDEN_HARVEST},
    ],
)
def test_an_event_that_makes_no_sense_changes_nothing(
    registers: RunningRegisters, event: dict[str, str]
) -> None:
    answer = httpx2.post(f"{registers.base_url}/events", json=event)

    assert answer.status_code == 400
    assert registers.get("/changes?since=0", headers=BEARER).json()["changes"] == []


def test_a_form_of_another_site_cannot_move_the_world(registers: RunningRegisters) -> None:
    answer = httpx2.post(
        f"{registers.base_url}/events",
        content=json.dumps({"kind": "strike_off", "ubi": GOLDEN_HARVEST}),
        headers={"Content-Type": "text/plain"},
    )

    assert answer.status_code == 415


def test_a_fault_strikes_where_and_as_often_as_it_was_asked(
    registers: RunningRegisters,
) -> None:
    path = f"/ird/business-registration/v1/businesses/{GOLDEN_HARVEST}"
    other = "/ird/business-registration/v1/businesses/70000001"
    registers.fault("business_registration", "500", ubi=GOLDEN_HARVEST, times=2)

    statuses = [registers.get(path, headers=BEARER).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert registers.get(other, headers=BEARER).status_code == 200

    registers.fault("business_registration", "wrong_company")
    assert registers.get(path, headers=BEARER).json()["brn"] != GOLDEN_HARVEST
    registers.fault("business_registration", "garbage")
    with pytest.raises(ValueError, match=r"utf-8|Expecting"):
        registers.get(path, headers=BEARER).json()
    registers.fault("business_registration", "truncated")
    with pytest.raises(httpx2.HTTPError):
        registers.get(path, headers=BEARER)
    registers.mend()
    assert registers.get(path, headers=BEARER).status_code == 200


def test_it_runs_as_a_process_that_a_signal_ends(tmp_path: Path) -> None:
    data = tmp_path / "world.json"
    data.write_text(json.dumps({"companies": [{"ubi": "87654321", "register": "local"}]}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "corpid.demonstration.registers",
            "--port",
            str(port),
            "--data",
            str(data),
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = httpx2.get(
            f"http://127.0.0.1:{port}{search('local', 'Brn', 'equal', '87654321')}"
        )
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=5)

    assert line.startswith("registers: 1 companies")
    assert found.json()[0]["English_Company_Name"] == "NULL"
    assert process.returncode == 0
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "text", ["", "[]", '{"companies": [{}]}', '{"companies": [{"register": "local"}]}']
)
def test_a_data_file_that_makes_no_sense_stops_the_start(tmp_path: Path, text: str) -> None:
    data = tmp_path / "world.json"
    data.write_text(text)

    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "corpid.demonstration.registers",
            "--port",
            "1",
            "--data",
            str(data),
        ],
        capture_output=True,
        check=False,
        timeout=20,
    )

    assert ended.returncode == 2
    assert b"world.json" in ended.stderr
