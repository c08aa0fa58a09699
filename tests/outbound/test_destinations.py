"""What may be called, judged as written and as resolved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpid.outbound.destinations import (
    Destination,
    DestinationRefused,
    is_public,
    judge_addresses,
    read_destination,
)


def test_a_public_https_address_is_taken_apart() -> None:
    destination = read_destination(
        "https://Hooks.Bank.example/corp-id?a=1", allow_loopback=False
    )

    assert destination == Destination("https", "hooks.bank.example", 443, "/corp-id?a=1")
    assert destination.authority == "hooks.bank.example"


def test_a_query_without_a_path_gets_the_root_path() -> None:
    assert read_destination("https://a.example?x=1", allow_loopback=False).target == "/?x=1"


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/",  # not https
        "ftp://bank.example/",
        "file:///etc/passwd",
        "https://user:password@bank.example/",
        "https://bank.example@127.0.0.1/",
        "https://127.0.0.1\\@bank.example/",
        "https://bank.example#@127.0.0.1/",
        "https://bank.example/\r\nHost: internal",
        "https://bank.example/ with space",
        "https://bank\t.example/",
        "https://bänk.example/",
        "https://bank.example:22/",
        "https://bank.example:0/",
        "https://bank.example:99999/",
        "https://[::1%25lo]/",
        "https:///nobody",
        "https://10.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://bank.example.0x7f/",
        "https:bank.example",
        "//bank.example/",
        "",
        "https://" + "a" * 2001,
    ],
)
def test_what_two_readers_could_read_differently_is_refused(url: str) -> None:
    with pytest.raises(DestinationRefused):
        read_destination(url, allow_loopback=True)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8801/x", "http://[::1]:8801/", "http://localhost/"]
)
def test_plain_http_is_for_loopback_in_the_sandbox_only(url: str) -> None:
    assert read_destination(url, allow_loopback=True).is_named_loopback
    with pytest.raises(DestinationRefused):
        read_destination(url, allow_loopback=False)


def test_an_allow_list_names_hosts_exactly() -> None:
    allowed = frozenset({"tsa.example", "register.example:8443"})

    read_destination("https://tsa.example/", allow_loopback=False, allowed_hosts=allowed)
    read_destination(
        "https://register.example:8443/", allow_loopback=False, allowed_hosts=allowed
    )
    for url in (
        "https://tsa.example.evil.example/",
        "https://eviltsa.example/",
        "https://register.example/",
    ):
        with pytest.raises(DestinationRefused):
            read_destination(url, allow_loopback=False, allowed_hosts=allowed)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104  judged, not bound
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",  # the metadata service of cloud machines
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",  # IPv4-compatible
        "::ffff:10.0.0.1",  # IPv4-mapped
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",  # NAT64 of 10.0.0.1
        "64:ff9b:1::1",
        "100::1",
        "2001::1",  # Teredo
        "2001:db8::1",
        "2002:7f00:1::1",  # 6to4 of 127.0.0.1
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_no_address_off_the_public_internet_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "203.0.112.1", "2606:4700::1111", "2404:6800::1"]
)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_ipv6_is_never_public(address: object) -> None:
    assert not is_public(f"::ffff:{address}")
    assert not is_public(f"64:ff9b::{address}")


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    destination = read_destination("https://bank.example/", allow_loopback=False)

    judge_addresses(destination, ["8.8.8.8"], allow_loopback=False)
    with pytest.raises(DestinationRefused):
        judge_addresses(destination, ["8.8.8.8", "10.0.0.7"], allow_loopback=False)
    with pytest.raises(DestinationRefused):
        judge_addresses(destination, [], allow_loopback=False)


def test_a_name_that_resolves_to_loopback_is_refused_even_in_the_sandbox() -> None:
    innocent = read_destination("https://innocent.example/", allow_loopback=True)
    loopback = read_destination("http://localhost:80/", allow_loopback=True)

    with pytest.raises(DestinationRefused):
        judge_addresses(innocent, ["127.0.0.1"], allow_loopback=True)
    with pytest.raises(DestinationRefused):
        judge_addresses(loopback, ["127.0.0.1", "10.0.0.1"], allow_loopback=True)
    judge_addresses(loopback, ["127.0.0.1", "::1"], allow_loopback=True)
