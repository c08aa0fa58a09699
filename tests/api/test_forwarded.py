"""Who a request is held to be from, whatever it says itself."""

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from authentication.web.visitor import client_address
from corpid.api.forwarded import client_of, read_networks
from corpid.api.middleware import ForwardedMiddleware

PROXIES = read_networks(["10.1.0.0/16", "2001:db8:aaaa::/48", "192.0.2.10"])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        # The peer is our proxy: what it wrote down counts, and nothing to the left of it.
        ("10.1.0.4", "203.0.113.7", "203.0.113.7"),
        ("10.1.0.4", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("10.1.0.4", "10.1.0.9,203.0.113.7", "203.0.113.7"),  # claims to be a proxy
        ("10.1.0.4", "203.0.113.7, 192.0.2.10,\t10.1.255.255", "203.0.113.7"),  # three proxies
        ("2001:db8:aaaa::1", "2001:db8:bbbb::7", "2001:db8:bbbb::7"),
        ("2001:db8:aaaa::1", "2001:DB8:BBBB:0::7", "2001:db8:bbbb::7"),
        ("::ffff:10.1.0.4", "::ffff:203.0.113.7", "203.0.113.7"),  # IPv4 on an IPv6 socket
        ("10.1.0.4", "203.0.113.7:51000", "203.0.113.7"),
        ("10.1.0.4", "[2001:db8:bbbb::7]:51000", "2001:db8:bbbb::7"),
        # Nobody outside is left: whoever began it within.
        ("10.1.0.4", "10.1.0.9, 192.0.2.10", "10.1.0.9"),
        ("10.1.0.4", "", "10.1.0.4"),
        # The peer is a stranger: its word about others does not count.
        ("10.2.0.4", "203.0.113.7", "10.2.0.4"),
        ("192.0.2.11", "10.1.0.4", "192.0.2.11"),
        ("2001:db8:aaab::1", "203.0.113.7", "2001:db8:aaab::1"),
        ("", "203.0.113.7", ""),
        # What can't be read ends the walk at the proxy that wrote it.
        ("10.1.0.4", "203.0.113.7, unknown", "10.1.0.4"),
        ("10.1.0.4", "203.0.113.7,", "10.1.0.4"),
        ("10.1.0.4", "203.0.113.7, 192.0.2.010", "10.1.0.4"),
        ("10.1.0.4", "203.0.113.7, fe80::1%eth0", "10.1.0.4"),
        ("10.1.0.4", "203.0.113.7, 1.2.3.4\u0660", "10.1.0.4"),
        ("10.1.0.4", "<script>, 192.0.2.10", "192.0.2.10"),
        ("10.1.0.4", "," * 8000, "10.1.0.4"),
        ("10.1.0.4", "203.0.113.7" + ", 10.1.0.9" * 5000, "10.1.0.9"),
    ],
)
def test_the_client_is_the_rightmost_hop_that_is_not_ours(
    peer: str, forwarded_for: str, client: str
) -> None:
    assert client_of(peer, forwarded_for, proxies=PROXIES) == client


@pytest.mark.parametrize("text", ["everybody", "0.0.0.0/0", "::/0", "10.1.0.4/16", ""])
def test_a_list_of_proxies_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_networks([text])


@pytest.mark.parametrize(
    ("peer", "client", "is_secure"),
    [("10.1.0.4", "203.0.113.7", True), ("10.2.0.4", "10.2.0.4", False)],
)
def test_a_view_sees_the_client_and_tls_as_our_proxy_saw_them_and_no_strangers_word(
    settings: Settings,
    peer: str,
    client: str,
    is_secure: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get(
        "/",
        headers={"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"},
        REMOTE_ADDR=peer,
    )
    seen: list[tuple[str, bool, str]] = []

    ForwardedMiddleware(
        lambda inner: seen.append(  # type: ignore[arg-type,return-value]  # no answer is read
            (client_address(inner), inner.is_secure(), inner.headers.get("X-Forwarded-For", ""))
        )
    )(request)

    assert seen == [(client, is_secure, "")]


def test_without_a_list_nobody_is_believed(settings: Settings, client: Client) -> None:
    assert settings.TRUSTED_PROXIES == ()

    answer = client.get("/healthz", headers={"X-Forwarded-For": "203.0.113.7"})

    assert answer.wsgi_request.META["REMOTE_ADDR"] == "127.0.0.1"
    assert "HTTP_X_FORWARDED_FOR" not in answer.wsgi_request.META
