"""Requests are counted one by one or many at once, with the same sums."""

import os

import pytest
from django.conf import settings
from django.test import Client
from prometheus_client import CollectorRegistry, Histogram
from pytest_django import Settings

from corpid.meters import counted
from corpid.meters.counted import count_request
from corpid.meters.files import read_counts
from tests.gathering import gathered

SECONDS = [0.0, 0.004, 0.005, 0.0051, 0.25, 0.2500001, 30, 30.5, 4000]


def figures(route: str) -> dict[tuple[str, ...], float]:
    """Read what stands in the files: by name, method, status and bound."""
    return {
        (sample.name, *(sample.labels.get(name, "") for name in ("method", "status", "le"))): (
            sample.value
        )
        for metric in read_counts(settings.METRICS_DIR)
        for sample in metric.samples
        if sample.labels.get("route") == route
    }


def count(route: str, *seconds: float, status: int = 200, method: str = "GET") -> None:
    for each in seconds:
        count_request(route=route, method=method, status=status, seconds=each)


def test_many_at_once_give_what_one_by_one_gives() -> None:
    count("tests.singly", *SECONDS)
    with gathered():
        count("tests.gathered", *SECONDS)
        assert figures("tests.gathered") == {}

    assert figures("tests.gathered") == figures("tests.singly")
    assert figures("tests.singly")["corpid_http_requests_total", "GET", "2xx", ""] == 9


def test_each_falls_into_the_bucket_that_the_library_names() -> None:
    theirs = Histogram(
        "theirs",
        "t",
        ["route"],
        buckets=counted.HTTP_BOUNDS,
        registry=CollectorRegistry(),
    )
    for each in SECONDS:
        theirs.labels("a").observe(each)
    with gathered():
        count("tests.buckets", *SECONDS)

    ours = figures("tests.buckets")
    reached = 0.0
    for bucket in theirs.labels("a")._buckets:  # noqa: SLF001  what it counted, bound by bound
        reached += bucket.get()
    bounds = [key for key in ours if key[0] == "corpid_http_request_seconds_bucket"]
    assert len(bounds) == len(counted.HTTP_BOUNDS) + 1
    assert ours["corpid_http_request_seconds_bucket", "", "", "+Inf"] == reached == 9
    assert ours["corpid_http_request_seconds_bucket", "", "", "0.005"] == 3
    assert ours["corpid_http_request_seconds_bucket", "", "", "0.25"] == 5
    assert ours["corpid_http_request_seconds_bucket", "", "", "30.0"] == 7
    assert ours["corpid_http_request_seconds_sum", "", "", ""] == pytest.approx(sum(SECONDS))


def test_by_route_method_and_status_each_by_itself() -> None:
    with gathered():
        count("tests.parted", 1, 1, status=204)
        count("tests.parted", 1, status=404, method="POST")
        count("tests.parted", 1, status=404, method="EVIL1")
        count("tests.parted", 1, status=404, method="EVIL2")

    assert {
        key[1:3]: value
        for key, value in figures("tests.parted").items()
        if key[0] == "corpid_http_requests_total"
    } == {("GET", "2xx"): 2, ("POST", "4xx"): 1, ("other", "4xx"): 2}


def test_a_forked_child_counts_none_of_what_its_parent_has_to_count() -> None:
    with gathered():
        count("tests.forked", 1)
        if (child := os.fork()) == 0:
            counted.count_what_waits()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0

    assert figures("tests.forked")["corpid_http_requests_total", "GET", "2xx", ""] == 1


def test_a_flood_is_counted_by_who_adds_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "_MOST_WAITING", 3)

    with gathered():
        count("tests.flood", 1, 1, 1)
        assert figures("tests.flood") == {}
        count("tests.flood", 1)
        found = figures("tests.flood")

    assert found["corpid_http_requests_total", "GET", "2xx", ""] == 4


@pytest.mark.django_db
def test_whoever_scrapes_reads_what_still_waited(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token-for-metrics-of-32-letters-at-least"
    with gathered(window=0.05):
        count("tests.scraped", 1)
        page = client.get(
            "/metrics", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"}
        )

    assert 'corpid_http_requests_total{method="GET",route="tests.scraped"' in (
        page.content.decode()
    )
