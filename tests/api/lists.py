"""Read a list page by page to its end, and see how the database can find the last page.

A plan depends on how many rows there are; what is asked here does not: with the ways that get
slower as a list grows (sorting, reading all) switched off, an index alone must do.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient


@dataclass(frozen=True, slots=True)
class ReadList:
    rows: list[dict[str, Any]]
    indexes: set[str]  # of the query that cut the last page
    node_types: set[str]
    thrown_away: int  # rows that were read and then not used


def read_to_the_end(client: APIClient, address: str, *, table: str) -> ReadList:
    """Follow `next` in pages of 200; explain what cut the last one from `table`."""
    with connection.cursor() as cursor:
        cursor.execute(f'ANALYZE "{table}"')
    separator = "&" if "?" in address else "?"
    rows: list[dict[str, Any]] = []
    following: str | None = f"{address}{separator}limit=200"
    captured = CaptureQueriesContext(connection)
    while following:
        with captured:
            page = client.get(following).json()
        rows += page["results"]
        cut = page.get("next")
        following = cut and f"{address}{separator}limit=200&cursor={cut}"
        if page.get("has_more"):
            following = f"{address}{separator}limit=200&since={page['results'][-1]['id']}"
    [query] = [
        each["sql"]
        for each in captured.captured_queries
        if f'FROM "{table}"' in each["sql"] and "LIMIT 201" in each["sql"]
    ]
    nodes = list(_nodes(_explained(query)))
    return ReadList(
        rows=rows,
        indexes={node["Index Name"] for node in nodes if "Index Name" in node},
        node_types={node["Node Type"] for node in nodes},
        thrown_away=sum(node.get("Rows Removed by Filter", 0) for node in nodes),
    )


def _explained(query: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        for way in ("sort", "seqscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        # Rows that are looked at count, as they do once there are many; pages hardly do.
        cursor.execute("SET LOCAL random_page_cost = 1")
        cursor.execute("SET LOCAL cpu_tuple_cost = 5")
        cursor.execute("SET LOCAL cpu_index_tuple_cost = 5")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
        (told,) = cursor.fetchone()
    plans = json.loads(told) if isinstance(told, str) else told
    plan: dict[str, Any] = plans[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)
