"""What /metrics tells, to whom, and that nobody can make it grow."""

import uuid
from collections.abc import Iterator

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from corpid.jobs.models import Job
from corpid.meters.counted import AttemptOutcome, CallPurpose
from corpid.meters.expiring import expiring_kinds
from corpid.meters.files import read_counts

TOKEN = "a-token-for-metrics-of-32-letters-at-least"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HOLDER = {"Authorization": f"Bearer {TOKEN}"}

Sample = tuple[str, frozenset[tuple[str, str]]]


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def read(text: str) -> dict[Sample, float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(client: Client) -> dict[Sample, float]:
    answer = client.get("/metrics", headers=HOLDER)
    assert answer.status_code == 200
    return read(answer.content.decode())


def counted(name: str) -> dict[frozenset[tuple[str, str]], float]:
    return {
        frozenset(sample.labels.items()): sample.value
        for metric in read_counts(configured.METRICS_DIR)
        for sample in metric.samples
        if sample.name == name
    }


def labels(**values: str) -> frozenset[tuple[str, str]]:
    return frozenset(values.items())


@pytest.mark.django_db
def test_whoever_holds_the_token_reads_every_figure(client: Client) -> None:
    figures = scrape(client)

    names = {name for name, _ in figures}
    assert names >= {
        "corpid_part_up",
        "corpid_queue_jobs",
        "corpid_queue_oldest_waiting_seconds",
        "corpid_audit_sealed_events",
        "corpid_audit_unsealed_events",
        "corpid_audit_unsealed_seconds",
        "corpid_audit_unpublished_seconds",
        "corpid_audit_failing_places",
        "corpid_scope_keys",
    }
    assert figures["corpid_part_up", labels(part="database")] == 1
    assert figures["corpid_part_up", labels(part="workers")] == 0  # none runs here


@pytest.mark.django_db
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"bearer {TOKEN}",
        f"Basic {TOKEN}",
        "Bearer \xff",
    ],
)
def test_without_the_token_there_is_nothing(client: Client, authorization: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": authorization})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.django_db
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer "])
def test_where_no_token_is_set_nobody_reads(
    client: Client, settings: Settings, authorization: str
) -> None:
    settings.METRICS_TOKEN = ""

    answer = client.get("/metrics", headers={"Authorization": authorization})

    assert answer.status_code == 404


def test_a_figure_of_rows_is_the_rows(client: Client, db: None) -> None:
    now = timezone.now()
    for state, ended in (("queued", None), ("dead", now)):
        Job.objects.create(
            kind="k", queue="sign", state=state, created_at=now, run_after=now, ended_at=ended
        )

    figures = scrape(client)

    assert figures["corpid_queue_jobs", labels(queue="sign", state="waiting")] == 1
    assert figures["corpid_queue_jobs", labels(queue="sign", state="dead")] == 1
    assert 0 < figures["corpid_queue_oldest_waiting_seconds", labels(queue="sign")] < 60


@pytest.mark.django_db
def test_a_request_is_counted_by_its_routes_name_and_no_other_trait(client: Client) -> None:
    of_problem = labels(route="problem", method="GET", status="2xx")
    before = counted("corpid_http_requests_total").get(of_problem, 0)

    for query in ("", "?a=1", "?a=2"):
        client.get(f"/problems/not_found{query}")

    assert counted("corpid_http_requests_total")[of_problem] == before + 3
    assert counted("corpid_http_request_seconds_count")[labels(route="problem")] >= 3


def route_names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from route_names(each, inner)
        else:
            yield namespace + (each.name or each.lookup_str)


@pytest.mark.django_db
def test_hostile_paths_methods_and_hosts_add_no_label(client: Client) -> None:
    before = {*counted("corpid_http_requests_total")}  # other tests have doors of their own
    timed_before = {*counted("corpid_http_request_seconds_count")}
    for number in range(30):
        client.get(f"/{uuid.uuid4()}/{number}")
        client.get(f"/problems/{uuid.uuid4()}")
        client.get(f"/sign-in?{uuid.uuid4()}=1")
        client.generic(f"EVIL{number}", "/healthz")
        client.generic("GET", "/healthz", headers={"Host": f"{uuid.uuid4()}.example"})
        client.get("/sign-in", headers={"Host": f"{number}.example"})
        client.get('/%22%0a{route="x"}')

    admins = "admin:django.contrib.admin.sites.catch_all_view"  # whatever else is below /admin/
    known = {"none", admins, *route_names(get_resolver())}
    for found in counted("corpid_http_requests_total").keys() - before:
        label = dict(found)
        assert label["route"] in known
        assert label["method"] in {*METHODS, "other"}
        assert label["status"] in {"1xx", "2xx", "3xx", "4xx", "5xx"}
    assert {
        dict(found)["route"]
        for found in counted("corpid_http_request_seconds_count").keys() - timed_before
    } <= known


@pytest.mark.django_db
def test_labels_are_of_our_own_lists_alone(client: Client) -> None:
    for _, found in scrape(client):
        names = {name for name, _ in found}
        assert names <= {
            *("route", "method", "status", "le", "kind", "outcome", "purpose", "part"),
            *("queue", "state", "wrapped_by", "what"),
        }
    assert all(len(value) <= 30 for value in (*AttemptOutcome, *CallPurpose))


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_the_rest_is_told(client: Client) -> None:
    client.get("/healthz")
    real = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        figures = scrape(client)
    finally:
        connection.close()
        connection.settings_dict["HOST"] = real

    assert figures["corpid_part_up", labels(part="database")] == 0
    assert ("corpid_scope_keys", labels(wrapped_by="present")) not in figures
    assert "corpid_http_requests_total" in {name for name, _ in figures}


@pytest.mark.django_db
def test_the_guide_for_operators_names_every_figure_and_every_kind_that_expires(
    client: Client,
) -> None:
    guide = (configured.ROOT / "docs" / "production.md").read_text()
    families = text_string_to_metric_families(
        client.get("/metrics", headers=HOLDER).content.decode()
    )
    counters = ("corpid_http_requests", "corpid_job_attempts", "corpid_outbound_calls")

    told = {family.name for family in families} | {f"{name}_total" for name in counters}
    assert {name for name in told - {*counters} if f"`{name}`" not in guide} == set()
    assert {kind for kind in expiring_kinds() if f"`{kind}`" not in guide} == set()
