"""npm openid-client 6 signs in at the running provider, and is refused what it must be."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.openid_client import OpenIDClient, Refused
from tests.journeys.patience import eventually
from tests.journeys.portal import Page, Portal
from tests.running import Product

pytestmark = [
    pytest.mark.needs("npm:openid-client"),
]


@pytest.fixture(scope="module")
def client(running: Product) -> Iterator[OpenIDClient]:
    sandbox = running.sandbox
    (bank,) = [one for one in sandbox["e_services"] if one["slug"] == "harbour-bank"]
    started = OpenIDClient(issuer=sandbox["issuer"], registered=bank)
    yield started
    started.close()


@pytest.fixture(scope="module")
def director(running: Product) -> Iterator[Portal]:
    """Open a browser in which a director of one company is signed in."""
    sandbox = running.sandbox
    portal = Portal(sandbox["base_url"])
    (person,) = [one for one in sandbox["persons"] if one["name_en"] == "Ho Wai Kit"]
    portal.sign_in(person)
    yield portal
    portal.http.close()


def return_from(portal: Portal, address: str) -> str:
    """Go where the client sends the browser; agree if asked; say where it is sent back to."""
    page: Page = portal.open(address)
    if page.status == 200:
        page = page.press("Continue")
    return page.url


def test_the_client_is_the_version_that_its_manifest_names(client: OpenIDClient) -> None:
    manifest = json.loads(Path(__file__).with_name("package.json").read_text())

    assert client.ask("version") == manifest["dependencies"]["openid-client"]
    assert client.ask("version").startswith("6.")


def test_a_login_with_par_pkce_private_key_jwt_and_dpop(
    client: OpenIDClient, director: Portal, running: Product
) -> None:
    address = client.ask("begin")
    returned = return_from(director, address)

    tokens = client.ask("finish", returned=returned)

    claims = tokens["claims"]
    assert tokens["token_type"] == "dpop"
    assert claims["rep"]["capacity"] == "director"
    told = client.ask("userinfo", token=tokens["access_token"], subject=claims["sub"])
    assert told["corp"] == claims["corp"]
    api = f"{running.sandbox['base_url']}/api/v1/companies/{claims['corp']['ubi']}"
    answer = client.ask("call", token=tokens["access_token"], address=api)
    assert (answer["status"], answer["body"]["ubi"]) == (200, claims["corp"]["ubi"])


def test_a_wrong_verifier_is_refused(client: OpenIDClient, director: Portal) -> None:
    returned = return_from(director, client.ask("begin"))

    with pytest.raises(Refused) as refused:
        client.ask("finish", returned=returned, verifier="w" * 43)

    assert refused.value.error == "invalid_grant"


def test_a_replayed_code_is_refused_and_revokes(client: OpenIDClient, director: Portal) -> None:
    returned = return_from(director, client.ask("begin"))
    client.ask("finish", returned=returned)

    with pytest.raises(Refused) as refused:
        client.ask("finish", returned=returned)

    assert refused.value.error == "invalid_grant"


def test_of_two_parallel_exchanges_exactly_one_succeeds_every_time(
    client: OpenIDClient, director: Portal
) -> None:
    outcomes: list[Any] = []
    for _ in range(20):
        returned = return_from(director, client.ask("begin"))
        outcomes.append(sorted(client.ask("race", returned=returned)))

    assert outcomes == [["invalid_grant", "tokens"]] * 20


def test_access_is_refreshed_with_the_same_token_under_another_key(
    client: OpenIDClient, director: Portal
) -> None:
    tokens = client.ask("finish", returned=return_from(director, client.ask("begin")))
    client.ask("new_key")

    whole = client.ask("refresh", token=tokens["refresh_token"])
    narrowed = client.ask(
        "refresh", token=tokens["refresh_token"], parameters={"scope": "openid"}
    )

    assert (whole["scope"], narrowed["scope"]) == ("openid companies", "openid")
    subject = tokens["claims"]["sub"]
    assert whole["claims"]["sub"] == subject
    told = client.ask("userinfo", token=narrowed["access_token"], subject=subject)
    assert told["corp"] == tokens["claims"]["corp"]


def test_twenty_refreshes_at_once_are_all_good_until_the_code_is_used_again(
    client: OpenIDClient, director: Portal
) -> None:
    returned = return_from(director, client.ask("begin"))
    token = client.ask("finish", returned=returned)["refresh_token"]

    good = client.ask("refresh_at_once", token=token, times=20)
    with pytest.raises(Refused):
        client.ask("finish", returned=returned)
    refused = client.ask("refresh_at_once", token=token, times=20)

    assert good == ["tokens"] * 20
    assert refused == ["invalid_grant"] * 20


def test_a_token_is_exchanged_for_a_narrower_one_under_another_key(
    client: OpenIDClient, director: Portal, running: Product
) -> None:
    tokens = client.ask("finish", returned=return_from(director, client.ask("begin")))
    api = f"{running.sandbox['base_url']}/api/v1/companies"
    client.ask("new_key")

    narrowed = client.ask("narrow", token=tokens["access_token"], scope="openid")

    assert (narrowed["scope"], narrowed["token_type"]) == ("openid", "dpop")
    subject = tokens["claims"]["sub"]
    assert client.ask("userinfo", token=narrowed["access_token"], subject=subject)
    assert client.ask("call", token=narrowed["access_token"], address=api)["status"] == 403


def test_introspection_is_read_plain_and_signed(client: OpenIDClient, director: Portal) -> None:
    tokens = client.ask("finish", returned=return_from(director, client.ask("begin")))

    plain = client.ask("introspect", token=tokens["access_token"])
    signed = client.ask("introspect_signed", token=tokens["access_token"])
    refresh = client.ask("introspect_signed", token=tokens["refresh_token"])
    nonsense = client.ask("introspect_signed", token="nonsense")

    assert plain == signed
    assert (plain["active"], plain["sub"]) == (True, tokens["claims"]["sub"])
    assert (refresh["active"], refresh["scope"]) == (True, "openid companies")
    assert nonsense == {"active": False}


def test_a_revoked_refresh_token_takes_its_access_along(
    client: OpenIDClient, director: Portal
) -> None:
    tokens = client.ask("finish", returned=return_from(director, client.ask("begin")))
    token, subject = tokens["access_token"], tokens["claims"]["sub"]

    client.ask("revoke", token=tokens["refresh_token"])

    with pytest.raises(Refused) as refused:
        client.ask("refresh", token=tokens["refresh_token"])
    assert refused.value.error == "invalid_grant"
    eventually(lambda: not answers(client, token, subject), within=5)


def answers(client: OpenIDClient, token: str, subject: str) -> bool:
    try:
        client.ask("userinfo", token=token, subject=subject)
    except Refused:
        return False
    return True


def test_the_client_sends_the_person_to_sign_out_and_back(
    client: OpenIDClient, running: Product
) -> None:
    portal = Portal(running.sandbox["base_url"])
    [person] = [one for one in running.sandbox["persons"] if one["name_en"] == "Ho Wai Kit"]
    portal.sign_in(person)
    tokens = client.ask("finish", returned=return_from(portal, client.ask("begin")))
    back = "http://127.0.0.1:9/callback"  # any port, in the sandbox

    page = portal.open(client.ask("log_out", hint=tokens["id_token"], back=back))
    returned = page.press("Sign out of Corp ID")
    portal.http.close()

    assert page.title.startswith("Sign out of Corp ID?")
    assert returned.url == f"{back}?state=left"
    with pytest.raises(Refused) as refused:
        client.ask("refresh", token=tokens["refresh_token"])
    assert refused.value.error == "invalid_grant"


@pytest.mark.parametrize(
    "redirect_uri",
    ["https://attacker.example/callback", "http://127.0.0.1/other", "{registered}/"],
)
def test_a_redirect_uri_that_is_not_registered_is_refused(
    client: OpenIDClient, running: Product, redirect_uri: str
) -> None:
    (bank,) = [one for one in running.sandbox["e_services"] if one["slug"] == "harbour-bank"]
    uri = redirect_uri.format(registered=bank["redirect_uris"][0])

    with pytest.raises(Refused) as refused:
        client.ask("begin", parameters={"redirect_uri": uri})

    assert refused.value.error == "invalid_request"


def test_an_e_service_gets_a_token_of_its_own(client: OpenIDClient) -> None:
    answer = client.ask("own_token", scope="sign")

    assert (answer["token_type"], answer["scope"]) == ("dpop", "sign")
