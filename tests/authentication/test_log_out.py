"""An e-service wishes that the person signs out here too: they are asked, and return."""

from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from authentication.models import BrowserSession, EService, Grant
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Purpose
from tests.authentication.e_service import Relying, make_relying, read_claims, sign_in_code
from tests.makers import make_company, make_officer, make_person
from tests.protocols.signer import Signer
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db

BACK = "https://form.example/signed-out"
DOOR = "/oauth/end-session"


@pytest.fixture
def relying() -> Relying:
    return make_relying(post_logout_redirect_uris=[BACK, f"{BACK}?from=corp-id"])


@pytest.fixture
def director() -> Any:
    person = make_person("Lee Siu Ming", email="lee@harvest.example")
    person.company = make_company()  # type: ignore[attr-defined]  # for the tests to find
    make_officer(person.company, person)  # type: ignore[attr-defined]  # set above
    return person


@pytest.fixture
def browser(client: Client, director: Any) -> Client:
    sign_in_as(client, director, company=director.company)
    return client


@pytest.fixture
def tokens(relying: Relying, browser: Client) -> dict[str, str]:
    answer: dict[str, str] = relying.exchange(sign_in_code(relying, browser)).json()
    return answer


def wish(**parameters: str) -> str:
    return f"{DOOR}?{urlencode(parameters)}"


def decide(browser: Client, address: str, decision: str = "sign_out") -> Any:
    page = browser.get(address)
    assert page.status_code == 200, (page.status_code, page.get("Location"))
    return browser.post(page.context["decision"], {"decision": decision})


def is_signed_in(browser: Client) -> bool:
    return browser.get("/account").status_code == 200


def test_the_person_is_asked_and_returns_signed_out(
    relying: Relying, browser: Client, tokens: dict[str, str]
) -> None:
    address = wish(
        id_token_hint=tokens["id_token"], post_logout_redirect_uri=BACK, state="some state"
    )
    page = browser.get(address)
    assert "Licence renewal asks whether you want to sign out" in page.content.decode()
    assert is_signed_in(browser)

    answer = decide(browser, address)

    assert (answer.status_code, answer["Location"]) == (303, f"{BACK}?state=some+state")
    assert not is_signed_in(browser)
    assert not BrowserSession.objects.open().exists()
    assert Grant.objects.get().ending == Grant.Ending.SIGNED_OUT
    refused = relying.refresh(tokens["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"


def test_who_stays_is_sent_nowhere(browser: Client, tokens: dict[str, str]) -> None:
    address = wish(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BACK)

    answer = decide(browser, address, "stay")

    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert is_signed_in(browser)
    assert Grant.objects.get().ended_at is None


def test_a_wish_by_post_is_asked_as_one_by_get(tokens: dict[str, str], browser: Client) -> None:
    """The page of an e-service posts without our cookie, and knows no CSRF token of ours."""
    fields = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BACK}
    stranger = Client(enforce_csrf_checks=True)

    answer = stranger.post(DOOR, fields)

    assert (answer.status_code, answer["Location"]) == (303, wish(**fields))
    assert is_signed_in(browser)
    assert decide(browser, answer["Location"])["Location"] == BACK


def test_the_decision_itself_is_held_by_csrf(
    tokens: dict[str, str], director: Any, relying: Relying
) -> None:
    victim = Client(enforce_csrf_checks=True)
    address = f"{DOOR}/decision?{urlencode({'id_token_hint': tokens['id_token']})}"

    assert victim.post(address, {"decision": "sign_out"}).status_code == 403
    assert victim.get(address).status_code == 405


def test_an_expired_hint_is_taken(tokens: dict[str, str], browser: Client) -> None:
    expiry = read_claims(tokens["id_token"])["exp"]
    with time_machine.travel(expiry + 600, tick=False):
        answer = decide(
            browser, wish(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BACK)
        )

    assert answer["Location"] == BACK


def test_client_id_stands_in_for_the_hint(relying: Relying, browser: Client) -> None:
    address = wish(client_id=relying.client_id, post_logout_redirect_uri=BACK)

    assert decide(browser, address)["Location"] == BACK


def test_the_registered_query_stays(relying: Relying, browser: Client) -> None:
    uri = f"{BACK}?from=corp-id"
    address = wish(client_id=relying.client_id, post_logout_redirect_uri=uri, state="s")

    assert decide(browser, address)["Location"] == f"{uri}&state=s"


def test_without_an_address_a_page_says_so(browser: Client, tokens: dict[str, str]) -> None:
    answer = decide(browser, wish(id_token_hint=tokens["id_token"]))

    assert answer.status_code == 200
    assert "You are signed out of Corp ID" in answer.content.decode()


def test_nobody_in_particular_may_wish_it_too(browser: Client) -> None:
    page = browser.get(DOOR)
    assert "asks whether" not in page.content.decode()

    answer = decide(browser, DOOR)

    assert "You are signed out of Corp ID" in answer.content.decode()
    assert not is_signed_in(browser)


def test_who_is_signed_out_already_goes_back_at_once(relying: Relying) -> None:
    address = wish(client_id=relying.client_id, post_logout_redirect_uri=BACK, state="s")

    answer = Client().get(address)

    assert (answer.status_code, answer["Location"]) == (303, f"{BACK}?state=s")


@pytest.mark.parametrize(
    "uri",
    [
        f"{BACK}/",
        f"{BACK}?x=1",
        f"{BACK}#x",
        BACK.upper(),
        "https://form.example/callback",  # to sign in, not out
        "https://attacker.example/",
        "javascript:alert(1)",
        "//attacker.example",
    ],
)
def test_nobody_is_sent_where_the_e_service_is_not_registered(
    relying: Relying, browser: Client, tokens: dict[str, str], uri: str
) -> None:
    for visitor in (browser, Client()):
        answer = visitor.get(
            wish(id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri)
        )

        assert answer.status_code == 400
        assert "Location" not in answer
    assert is_signed_in(browser)


def test_an_address_of_nobody_is_not_followed(browser: Client, relying: Relying) -> None:
    assert browser.get(wish(post_logout_redirect_uri=BACK)).status_code == 400


def test_an_address_of_another_client_is_not_followed(
    browser: Client, tokens: dict[str, str]
) -> None:
    other = make_relying(post_logout_redirect_uris=["https://other.example/"])
    uri = "https://other.example/"
    hint = tokens["id_token"]

    of_hint = browser.get(wish(id_token_hint=hint, post_logout_redirect_uri=uri))
    of_both = browser.get(
        wish(id_token_hint=hint, client_id=other.client_id, post_logout_redirect_uri=uri)
    )

    assert (of_hint.status_code, of_both.status_code) == (400, 400)


def test_an_e_service_that_is_switched_off_gets_nobody_back(
    relying: Relying, browser: Client
) -> None:
    EService.objects.filter(id=relying.row.id).update(status=EService.Status.SUSPENDED)
    address = wish(client_id=relying.client_id, post_logout_redirect_uri=BACK)

    assert browser.get(address).status_code == 400


def forged(claims: dict[str, Any]) -> str:
    return Signer(kid="thief").sign({"typ": "JWT"}, claims)


def of_another_issuer(claims: dict[str, Any]) -> str:
    return sign_jwt(
        purpose=Purpose.OP,
        header={"typ": "JWT"},
        claims=claims | {"iss": "https://other.example"},
        at=timezone.now(),
    )


def of_many(claims: dict[str, Any]) -> str:
    return sign_jwt(
        purpose=Purpose.OP,
        header={"typ": "JWT"},
        claims=claims | {"aud": [claims["aud"], "other"]},
        at=timezone.now(),
    )


def without_a_moment(claims: dict[str, Any]) -> str:
    return sign_jwt(
        purpose=Purpose.OP,
        header={"typ": "JWT"},
        claims=claims | {"iat": "now"},
        at=timezone.now(),
    )


@pytest.mark.parametrize("make", [forged, of_another_issuer, of_many, without_a_moment])
def test_a_hint_that_is_not_ours_is_refused(
    browser: Client, tokens: dict[str, str], make: Any
) -> None:
    hint = make(read_claims(tokens["id_token"]))

    answer = browser.get(wish(id_token_hint=hint, post_logout_redirect_uri=BACK))

    assert answer.status_code == 400
    assert is_signed_in(browser)


@pytest.mark.parametrize("hint", ["x", "a.b.c", "\u91d1"])
def test_a_hint_that_is_no_token_is_refused(browser: Client, hint: str) -> None:
    assert browser.get(wish(id_token_hint=hint)).status_code == 400


def test_an_access_token_is_no_hint(browser: Client, tokens: dict[str, str]) -> None:
    assert browser.get(wish(id_token_hint=tokens["access_token"])).status_code == 400


def test_a_repeated_parameter_is_refused(browser: Client, relying: Relying) -> None:
    address = f"{wish(client_id=relying.client_id)}&client_id=other"

    assert browser.get(address).status_code == 400


def test_the_form_may_end_at_the_e_service(relying: Relying, browser: Client) -> None:
    browser.get(relying.address())  # a sign-in under way, from the same browser
    other = make_relying(post_logout_redirect_uris=["https://other.example/bye"])
    address = wish(
        client_id=other.client_id, post_logout_redirect_uri="https://other.example/bye"
    )

    policy = browser.get(address)["Content-Security-Policy"]

    assert "form-action 'self' https://form.example https://other.example" in policy


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("en", "Sign out of Corp ID?", "Licence renewal asks whether you want to sign out"),
        ("zh-hant", "要登出 Corp ID 嗎？", "牌照續期 詢問你是否亦要在此登出。"),
        ("zh-hans", "要退出 Corp ID 吗？", "牌照续期 询问您是否也要在此退出登录。"),
    ],
)
def test_the_page_speaks_three_languages(
    relying: Relying, browser: Client, language: str, title: str, words: str
) -> None:
    browser.cookies[configured.LANGUAGE_COOKIE_NAME] = language

    page = browser.get(wish(client_id=relying.client_id)).content.decode()

    assert words in page
    assert title in page
