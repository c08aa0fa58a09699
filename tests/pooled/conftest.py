"""A second running product, whose connections to PostgreSQL are pooled by the transaction."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from corpid.embedded.postgresql import FAST_AND_LOOSE
from corpid.embedded.provisioning import APPLICATION
from corpid.embedded.servers import Servers, stop_postgresql, stop_valkey
from corpid.embedded.state import State
from tests.journeys.second_product import *  # noqa: F403  its fixtures are ours
from tests.pgbouncer import PgBouncer
from tests.running import Product

# Fewer than the threads and processes that ask: connections have to change hands.
POOL_SIZE = 5
_LONG = {
    "test_a_worker_killed_while_it_signs_leaves_exactly_one_signature",
    "test_a_worker_that_wakes_after_its_lease_changes_nothing",
    "test_two_directors_sign_and_anybody_can_tell",
}


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.name in _LONG:
        item.add_marker("soak")


@pytest.fixture(scope="session")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgBouncer]:
    folder = tmp_path_factory.getbasetemp() / "pooled-servers"
    state = State(folder)
    state.secrets()
    servers = Servers(state.folder, logs=state.logs, settings=FAST_AND_LOOSE)
    valkey = servers.valkey.start()
    postgresql = servers.postgresql.start()
    pgbouncer = PgBouncer(servers, POOL_SIZE)
    try:
        servers.postgresql.provision()
        pgbouncer.start()
        yield pgbouncer
    finally:
        pgbouncer.stop()
        stop_postgresql(postgresql, at_once=True)
        stop_valkey(valkey)
        servers.forget_sockets()


@pytest.fixture(scope="session")
def running(pooled: PgBouncer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Stand in the place of the product that the other tests share."""
    given = {**pooled.servers.environment(), "DATABASE_URL": pooled.url}
    product = Product(tmp_path_factory.getbasetemp() / "pooled", given=given)
    product.start()
    yield product
    product.remove()


@pytest.fixture
def connections_to_postgresql(pooled: PgBouncer) -> int:
    with (
        closing(psycopg2.connect(pooled.servers.postgresql.superuser_url)) as opened,
        opened.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [APPLICATION]
        )
        [(number,)] = cursor.fetchall()
        return int(number)
