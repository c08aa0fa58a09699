"""`/company/activity`: who did what for the company, with proofs to take away."""

import ast
import base64
import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from authentication.models import Capacity, Company, Person
from corpid.audit.origin import published_verifier_keys
from corpid.audit.services.publish_checkpoint import publish_checkpoint
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.portal.activity_words import WORDS
from corpid.protocols.checkpoint import read_checkpoint
from corpid.protocols.merkle import verify_inclusion
from tests.makers import make_company, make_e_service, make_member, make_officer, make_person
from tests.signing_in import sign_in_as

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def director() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


@pytest.fixture
def company(client: Client, director: Person) -> Company:
    company = make_company()
    make_officer(company, director)
    sign_in_as(client, director, company=company)
    return company


def happened(company: Company, kind: str = "prefill.consent.given", **more: Any) -> None:
    facts = {"at": NOW, "actor": "system", "subject": "consent:con_1", **more}
    record_event(kind=kind, company_id=company.id, **facts)


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/company/activity{query}")
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


@pytest.mark.django_db
def test_it_says_who_did_what_in_words(
    client: Client, company: Company, director: Person
) -> None:
    bank = make_e_service()
    happened(company, "prefill.consent.given", actor=f"person:{director.id}")
    happened(company, "prefill.request.pushed", actor=f"e-service:{bank.client_id}")
    happened(company, "caseworkers.company.viewed", actor="caseworker:7")

    shown = page(client)

    for expected in (
        *("Agreed to send data", "Lee Siu Ming", "Asked for data", "Harbour Bank"),
        *("Looked at the company&#x27;s record", "a caseworker", "2026-03-02 17:30:00"),
    ):
        assert expected in shown
    assert "caseworker:7" not in shown  # which of us it was is for an inquiry, not for a page


@pytest.mark.django_db
def test_another_companys_events_are_not_shown(client: Client, company: Company) -> None:
    happened(make_company("Other Limited"), subject="consent:others")

    assert "consent:others" not in page(client)
    assert "consent:others" not in exported(client, "json")


@pytest.mark.django_db
def test_what_must_not_be_told_is_not_shown(client: Client, company: Company) -> None:
    happened(company, subject="restriction:told", facts={"may_be_told": True})
    happened(company, subject="restriction:quiet", facts={"may_be_told": False})

    shown = page(client) + exported(client, "csv") + exported(client, "json")

    assert "restriction:told" in shown
    assert "restriction:quiet" not in shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"), [("administrator", 200), ("auditor", 200), ("filer", 403)]
)
def test_administrators_and_auditors_see_it_others_do_not(
    client: Client, role: str, status: int
) -> None:
    company, member = make_company(), make_person("Member", email="m@example.com")
    make_member(company, member, role)
    sign_in_as(client, member, company=company)

    statuses = {client.get(f"/company/activity{door}").status_code for door in ("", "/export")}

    assert statuses == {status}


@pytest.mark.django_db
def test_a_secretary_keeps_records_and_does_not_see_it(client: Client) -> None:
    company, secretary = make_company(), make_person("Sec", email="s@example.com")
    make_officer(company, secretary, Capacity.SECRETARY)
    sign_in_as(client, secretary, company=company)

    assert client.get("/company/activity").status_code == 403


@pytest.mark.django_db
def test_days_are_those_of_hong_kong_and_the_last_is_included(
    client: Client, company: Company
) -> None:
    midnight = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # 3 March begins in Hong Kong
    for name, moment in (
        ("before", datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)),
        ("first", datetime(2026, 3, 1, 16, 0, tzinfo=UTC)),
        ("last", midnight - timedelta(microseconds=1)),
        ("after", midnight),
    ):
        happened(company, subject=f"consent:{name}.", at=moment)

    shown = page(client, "?since=2026-03-02&until=2026-03-02")

    found = [name for name in ("before", "first", "last", "after") if f":{name}." in shown]
    assert found == ["first", "last"]


@pytest.mark.django_db
def test_the_earliest_and_the_latest_day_can_be_asked_for(
    client: Client, company: Company
) -> None:
    happened(company, subject="consent:con_9")

    assert "consent:con_9" in page(client, "?since=1970-01-01&until=2999-12-31")


@pytest.mark.django_db
def test_a_subject_can_be_chosen(client: Client, company: Company) -> None:
    happened(company, "signatures.request.opened", subject="request:sig_9")
    happened(company, subject="consent:con_9")

    shown = page(client, "?about=signatures.")

    assert "request:sig_9" in shown
    assert "consent:con_9" not in shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "?since=x",
        "?since=0001-01-01",
        "?until=1969-12-31",
        "?until=3000-01-01",
        "?until=9999-12-31",
        "?about=keys.",
        "?after=1",
        f"?after={'9' * 17}_{'-' * 36}",
    ],
)
def test_a_question_that_makes_no_sense_is_answered_with_the_form(
    client: Client, company: Company, query: str
) -> None:
    for door in ("", "/export"):
        assert client.get(f"/company/activity{door}{query}").status_code == 422


@pytest.mark.django_db
def test_pages_follow_each_other_without_gap_or_repetition(
    client: Client, company: Company
) -> None:
    for number in range(120):
        happened(
            company, subject=f"consent:n{number:03}.", at=NOW + timedelta(seconds=number // 7)
        )
    seen: list[str] = []
    query = "?about=prefill."

    while query:
        shown = page(client, query)
        seen += [part[:4] for part in shown.split("consent:")[1:]]
        _, _, rest = shown.partition('href="?about=prefill.&amp;after=')
        query = f"?about=prefill.&after={rest.partition(chr(34))[0]}" if rest else ""

    assert len(seen) == len(set(seen)) == 120
    assert set(seen) == {f"n{number:03}" for number in range(120)}


@pytest.mark.django_db
def test_many_events_cost_no_more_queries_than_one(client: Client, company: Company) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            b"".join(client.get(address))
        return len(queries)

    addresses = ("/company/activity", "/company/activity/export")
    happened(company, actor=f"person:{make_person('One').id}")
    happened(company, actor=f"e-service:{make_e_service('one').client_id}")
    page(client)
    one = [cost(address) for address in addresses]
    for number in range(20):
        happened(company, actor=f"person:{make_person(f'P{number}').id}")

    assert [cost(address) for address in addresses] == one


@pytest.mark.django_db
def test_the_deepest_page_reads_the_companys_index(company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM audit.event WHERE company_id = %s"
            " AND recorded_at < now() ORDER BY recorded_at DESC LIMIT 50",
            [company.id],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "company_id_recorded_at" in plan, plan


# -- Export ------------------------------------------------------------------------------------


def exported(client: Client, form: str) -> str:
    answer = client.get(f"/company/activity/export?format={form}")
    assert answer.status_code == 200
    return b"".join(answer).decode()


def test_the_export_proves_itself_to_somebody_without_us(
    transactional_db: None, client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_CHECKPOINT_DIR = tmp_path
    director = make_person("Lee Siu Ming", email="lee@example.com")
    company = make_company()
    make_officer(company, director)
    sign_in_as(client, director, company=company)
    for number in range(5):
        happened(company, subject=f"consent:{number}", facts={"note": "茶餐廳", "n": number})
    seal_events()
    publish_checkpoint(at=NOW)
    happened(company, subject="consent:too-new", at=timezone.now())
    (key,) = published_verifier_keys(at=NOW)

    kept = json.loads(exported(client, "json"))

    head = read_checkpoint(kept["checkpoint"], key=key)
    newest, *others = kept["events"]
    assert (newest["event"]["subject"], newest["index"], newest["proof"]) == (
        "consent:too-new",
        None,
        None,
    )
    numbers = [one["event"]["facts"]["n"] for one in others if "n" in one["event"]["facts"]]
    assert sorted(numbers) == [0, 1, 2, 3, 4]
    for one in others:
        content = json.dumps(
            one["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        leaf = hashlib.sha256(b"\x00" + content.encode()).digest()
        assert base64.b64decode(one["leaf_hash"]) == leaf
        verify_inclusion(
            leaf=leaf,
            index=one["index"],
            size=head.size,
            proof=[base64.b64decode(step) for step in one["proof"]],
            root=head.root,
        )


@pytest.mark.django_db
def test_a_spreadsheet_takes_no_text_for_a_formula(client: Client, company: Company) -> None:
    for begin in ("=", "+", "-", "@", "\t", "\r"):
        happened(company, subject=f"{begin}HYPERLINK(1)")

    text = exported(client, "csv")

    assert text.startswith("\ufeffid,recorded_at,kind,actor,subject,facts,commitments,index")
    subjects = [row["subject"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    dangerous = [subject for subject in subjects if subject.endswith("HYPERLINK(1)")]
    assert len(dangerous) == 6
    assert all(subject.startswith("'") for subject in dangerous)


@pytest.mark.django_db
def test_an_export_is_a_file_that_no_cache_keeps(client: Client, company: Company) -> None:
    answer = client.get("/company/activity/export?format=csv")

    assert answer["Content-Disposition"] == f'attachment; filename="{company.ubi}.csv"'
    assert "no-store" in answer["Cache-Control"]


# -- What is recorded has words ----------------------------------------------------------------


def kinds_recorded() -> set[str]:
    """Find the kinds, as literals, of every event about a company that the code records."""
    kinds = set()
    root = Path(__file__).resolve().parent.parent.parent
    for package in ("authentication", "signatures", "credentials", "prefill"):
        for path in (root / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {
                    "record_event",
                    "record_credential_event",
                }:
                    kinds |= _kinds(node)
    return kinds


def _kinds(call: ast.Call) -> set[str]:
    arguments = {each.arg: each.value for each in call.keywords}
    if "company_id" not in arguments and "credential" not in arguments:
        return set()
    return {
        each.value
        for each in ast.walk(arguments["kind"])
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value
    }


def test_every_kind_of_event_about_a_company_has_words() -> None:
    recorded = kinds_recorded()

    literal = {kind for kind in recorded if not kind.endswith(".")}
    families = recorded - literal
    assert len(literal) > 15
    assert literal - WORDS.keys() == set()
    assert all(any(word.startswith(family) for word in WORDS) for family in families)
