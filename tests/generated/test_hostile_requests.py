"""What no schema would think of, at every door that is open to the network: never a 5xx."""

import gzip
import itertools
import time
from collections.abc import Callable, Iterator
from random import Random

import pytest
from django.db import transaction
from django.urls import URLResolver, get_resolver

from corpid.keys.bounded import forget_everything
from tests.generated.requests import Judge, Sent
from tests.generated.test_generated_requests import SOAK_SEED, figure, files, ground, pdf
from tests.generated.world import Ground

__all__ = ["files", "ground", "pdf"]
pytestmark = pytest.mark.django_db

BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"\xff"',
    b"\xef\xbb\xbf{}",
    b"\x00\x01\x02",
    b"[" * 50_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b"9" * 5_000,
    b"1e999999999",
    b'{"a": NaN}',
    b'{"a": 1, "a": 2}',
    b'{"a": "\\u0000"}',
    b'{"\\ud800": "\\udfff"}',
    '{"a": 1}'.encode("utf-16"),
    gzip.compress(b"{}"),
    b"a=%ff&a=%00&=&&%",
    b"grant_type=client_credentials&grant_type=authorization_code",
    b"response=" + b"a" * 10_000,
    b"vp_token=%7B%22a%22%3A" + b"%5B" * 2_000,
    b"0\x84\xff\xff\xff\xff",  # DER that claims four gigabytes
    b"0\x80" * 3_000,  # DER nested without end
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="\x00"\r\n\r\n%PDF-\r\n',
    b'--x\r\nContent-Disposition: form-data; name="documents"\r\n\r\n1\r\n--x--\r\n',
    b"%PDF-1.7\n" + b"1 0 obj<</Kids[1 0 R]/Type/Pages>>endobj " * 50,
]
MEDIA_TYPES = [
    *("", "application/json", "application/json; charset=utf-16", "text/plain", "x", "/;;=,"),
    *("application/x-www-form-urlencoded", "multipart/form-data", "application/ocsp-request"),
    *("multipart/form-data; boundary=x", "multipart/form-data; boundary=" + "y" * 200),
    *("application/timestamp-query", "application/pdf", 'application/json; charset="no such"'),
    *("application/x-www-form-urlencoded; charset=utf-7", "application/octet-stream"),
]
HEADERS: list[dict[str, str]] = [
    {},
    {"Accept": "text/turtle"},
    {"Accept": "/;q=x,,"},
    {"Accept-Language": "zh-" + "h" * 500 + ";q=9"},
    {"Accept-Encoding": "gzip;q=\xe9"},
    {"Prefer": "wait=0, wait=\xb2"},
    {"Range": "bytes=9999999999999999999-1"},
    {"If-None-Match": '"' + "x" * 5_000},
    {"If-Modified-Since": "Thu, 99 Foo 10000 99:99:99 GMT"},
    {"Idempotency-Key": ""},
    {"Idempotency-Key": "k\xe9y"},
    {"Idempotency-Key": "k" * 300},
    {"X-Forwarded-For": "\xff, 999.1.1.1, ::ffff:1%eth0"},
    {"X-Forwarded-Proto": "\x01"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Cookie": 'session="\\000; csrf=; =; language=\xff; known=a:b:c'},
    {"Authorization": "DPoP"},
    {"Authorization": "DPoP a b"},
    {"Authorization": "Bearer \xe9"},
    {"Authorization": "Basic ////"},
    {"Authorization": "DPoP eyJhbGciOiJub25lIn0..", "DPoP": "e30.e30.e30"},
    {"Authorization": "DPoP " + "a." * 3_000, "DPoP": "\xe9"},
]
QUERIES = [
    *("", "?", "?cursor=Ilx1ZDgwMCI", "?limit=\u0661", "?since=%ed%a0%80", "?request_uri=%00"),
    *("?format=json&format=xml", "?request_uri=urn:%ff", "?a[]=&a[b]=c", "?state=dead&state="),
    *("?time=" + "9" * 400, "?id=" + "%F0%A0%80%8B" * 300, "?from=1e3&to=-1", "?q=%25%27%22"),
    *("?next=//evil.example", "?size=99999999999999999999", "?event=%c3%28", "?page=-1"),
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "G\xcbT"]
VALUES = [
    *("1", "0", "x", "-1", "zz", "%F0%A0%80%8B", "%ed%a0%80", "..%2f..%2fetc", "a" * 300),
    *("00000000-0000-0000-0000-000000000000", "9" * 20, "MEUwQzBBMD8wPTAJBgUrDg%3D"),
]


def doors(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """List every address, with `{}` for what it takes; /readyz means its 503."""
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from doors(each, route)
        elif not any(left_out in route for left_out in ("(?P", "admin/", "/readyz")):
            yield "{}".join(part.split(">", 1)[-1] for part in route.split("<"))


def hostile(many: int, seed: int) -> Iterator[tuple[str, Sent]]:
    """Knock at every door in turn, with a kind of each drawn by lot."""
    draw = Random(seed)  # noqa: S311  the same again
    routes = list(doors(get_resolver()))
    for route in itertools.islice(itertools.cycle(routes), many):
        filled = route
        while "{}" in filled:
            filled = filled.replace("{}", draw.choice(VALUES), 1)
        method = draw.choice(["GET", "GET", *["POST"] * 6, *METHODS])
        headers = {**draw.choice(HEADERS), "Content-Type": draw.choice(MEDIA_TYPES)}
        body = b"" if method in {"GET", "HEAD"} else draw.choice(BODIES)
        yield route, Sent(method, filled + draw.choice(QUERIES), body, headers)


def knock(judge: Judge, many: int, seed: int) -> None:
    """Send them as nobody and as a client by turns; what they did does not stay."""
    point = transaction.savepoint()
    for (route, sent), caller in zip(
        hostile(many, seed), itertools.cycle(["nobody", "nobody", "the bank"]), strict=False
    ):
        judge.try_out(f"{sent.method} {route}", sent, caller)
    transaction.savepoint_rollback(point)
    forget_everything()


def test_hostile_requests_are_answered_at_every_door(
    ground: Ground, record_property: Callable[[str, object], None]
) -> None:
    judge = Judge(ground)
    began = time.process_time()

    knock(judge, 1500, seed=1)

    record_property("figure", f"hostile: {figure(judge, began)}")
    assert judge.all_findings() == []


@pytest.mark.soak
def test_many_hostile_requests_are_answered_at_every_door(
    ground: Ground, record_property: Callable[[str, object], None]
) -> None:
    judge = Judge(ground)
    began = time.process_time()

    for part in range(20):
        knock(judge, 1000, seed=SOAK_SEED + part)

    record_property("figure", f"hostile, seed {SOAK_SEED}: {figure(judge, began)}")
    assert judge.all_findings() == []


def test_the_doors_of_every_protocol_are_among_them() -> None:
    found = set(doors(get_resolver()))

    assert {
        *("/oauth/token", "/oauth/par", "/oauth/authorize", "/oauth/userinfo", "/pki/ocsp"),
        *("/pki/tsa", "/pki/crl/{}.crl", "/openid4vp/responses/{}", "/verify", "/sign-in"),
        *("/api/v1/verifications", "/status-lists/{}", "/audit/checkpoint", "/problems/{}"),
    } <= found
