"""Where a browser may be sent back to: the origins of registered redirect URIs, no other."""

import pytest

from authentication.oidc.redirect_uri import shares_origin

REGISTERED = ["https://forms.example/callback", "http://127.0.0.1/callback"]


def is_allowed(uri: str, *, any_loopback_port: bool = False) -> bool:
    return shares_origin(uri, registered=REGISTERED, any_loopback_port=any_loopback_port)


def test_another_path_on_a_registered_origin_is_allowed() -> None:
    assert is_allowed("https://forms.example/filled?form=42")


def test_any_loopback_port_is_allowed_in_the_sandbox_alone() -> None:
    assert is_allowed("http://127.0.0.1:8002/filled", any_loopback_port=True)
    assert not is_allowed("http://127.0.0.1:8002/filled")


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        "http://forms.example/",
        "https://forms.example:444/",
        "https://forms.example.evil.example/",
        "https://forms.example@evil.example/",
        "https://forms.example\\@evil.example/",
        "http://127.0.0.1.evil.example/",
        "//forms.example/",
        "javascript:alert(1)",
        "https://forms.example/a b",
        "",
    ],
)
def test_what_only_looks_like_a_registered_origin_is_refused(uri: str) -> None:
    assert not is_allowed(uri, any_loopback_port=True)
