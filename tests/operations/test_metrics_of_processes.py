"""/metrics of a running product: every process counts, and the dead stay counted."""

import os
import signal
import time
from collections.abc import Callable

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from corpid.embedded.processes import descendants
from tests.running import Product

pytestmark = pytest.mark.processes


class Scraper:
    def __init__(self, product: Product) -> None:
        self._base_url = product.base_url
        self._token = product.environment["METRICS_TOKEN"]

    def figure(self, name: str, **labels: str) -> float:
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = httpx2.get(f"{self._base_url}/metrics", headers=headers, timeout=30)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return sum(
            sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


def eventually(asked: Callable[[], bool], *, within: float = 30.0) -> None:
    deadline = time.monotonic() + within
    while not asked():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def ask(product: Product, times: int) -> None:
    """Each on a connection of its own, so that both web processes answer some."""
    for _ in range(times):
        answer = httpx2.get(f"{product.base_url}/problems/not_found", timeout=30)
        assert answer.status_code == 200


def test_requests_to_both_web_processes_are_counted_also_after_one_was_killed(
    running: Product,
) -> None:
    scraper = Scraper(running)
    web = {"route": "problem", "method": "GET", "status": "2xx"}
    before = scraper.figure("corpid_http_requests_total", **web)
    ask(running, 40)
    assert scraper.figure("corpid_http_requests_total", **web) == before + 40

    victim = descendants(running.pid("web"))[-1]
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: len(web_workers(running) - {victim}) >= 2)

    assert scraper.figure("corpid_http_requests_total", **web) == before + 40
    ask(running, 10)
    assert scraper.figure("corpid_http_requests_total", **web) == before + 50
    assert scraper.figure(
        "corpid_http_request_seconds_count", route="problem"
    ) == scraper.figure("corpid_http_requests_total", route="problem")


def web_workers(product: Product) -> set[int]:
    return set(descendants(product.pid("web")))


def test_what_workers_do_is_told_by_the_web(running: Product) -> None:
    """Every start sends somebody a notice or seals something: jobs have run."""
    scraper = Scraper(running)

    eventually(lambda: scraper.figure("corpid_audit_sealed_events") > 0)

    assert scraper.figure("corpid_part_up", part="workers") == 1
    assert scraper.figure("corpid_part_up", part="database") == 1
    assert scraper.figure("corpid_signing_keys", purpose="op", state="active") == 1


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}])
def test_a_stranger_finds_nothing(running: Product, headers: dict[str, str]) -> None:
    answer = httpx2.get(f"{running.base_url}/metrics", headers=headers)

    assert answer.status_code == 404
