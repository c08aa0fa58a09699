"""A second running product, whose documents lie in a bucket of moto's server."""

from collections.abc import Iterator

import pytest

from tests.journeys.second_product import *  # noqa: F403  its fixtures are ours
from tests.object_store import CREDENTIALS, ObjectStore
from tests.running import Product

BUCKET = "corpid-documents"
# What touches documents most; the others belong to `make soak`.
_SHORT = {
    "test_two_directors_sign_and_anybody_can_tell",
    "test_while_the_bucket_is_away_documents_wait_and_are_then_signed",
    "test_documents_lie_in_the_bucket_alone",
    "test_every_journey_is_here",
}


def pytest_itemcollected(item: pytest.Item) -> None:
    if getattr(item, "originalname", item.name) not in _SHORT:
        item.add_marker("soak")


@pytest.fixture(scope="session")
def bucket() -> Iterator[ObjectStore]:
    store = ObjectStore()
    store.start()
    store.client().create_bucket(Bucket=BUCKET)
    yield store
    store.stop()


@pytest.fixture(scope="session")
def running(bucket: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Stand in the place of the product that the other tests share."""
    given = {"FILES_STORE": f"s3://{BUCKET}/files?endpoint={bucket.address}", **CREDENTIALS}
    product = Product(tmp_path_factory.getbasetemp() / "with-bucket", given=given)
    product.start()
    yield product
    product.remove()
