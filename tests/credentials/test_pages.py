"""The wallet's pages, as the people of a company use them."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authentication.models import Company, Person
from corpid.protocols.x5c import trusted_signer
from credentials.models import CredentialVersion, Presentation, PresentationRequest
from credentials.openid4vp import presentation_link
from credentials.services.change_status import Change, change_status
from credentials.services.find_registered_verifier import find_registered_verifier
from credentials.services.open_presentation_request import open_presentation_request
from tests.credentials.conftest import World
from tests.makers import make_company, make_officer
from tests.protocols.certificates import Certification
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def director(world: World, client: Client) -> Client:
    sign_in_as(client, world.director, company=world.company)
    return client


def ask(world: World, *paths: list[Any], vct: str | None = None) -> PresentationRequest:
    query = {
        "credentials": [
            {
                "id": "licence",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [vct or world.licence.vct]},
                "claims": [{"path": path} for path in paths or (["licence_number"],)],
            }
        ]
    }
    return open_presentation_request(
        e_service=world.bank,
        query=query,
        purpose="To open a <b>business</b> account",
        at=timezone.now(),
    )


def link_of(request: PresentationRequest) -> str:
    return presentation_link(client_id=request.client_id, request_uri=request.request_uri)


def text_of(answer: Any) -> str:
    main = answer.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def hidden(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', answer.content.decode())
    assert found is not None, name
    return html.unescape(found[1])


def issue(world: World, **options: Any) -> Any:
    now = timezone.now()
    return world.issue(
        **{
            "at": now,
            "valid_from": now - timedelta(days=1),
            "expires_at": now + timedelta(days=365),
            **options,
        }
    )


@pytest.mark.parametrize("path", ["/wallet", "/wallet/present", "/wallet/crd_x"])
def test_strangers_are_sent_to_sign_in(client: Client, world: World, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 303
    assert answer["Location"].startswith("/sign-in?")


def test_an_empty_wallet_says_what_fills_it(director: Client) -> None:
    assert "No licence has been issued to the company yet" in text_of(director.get("/wallet"))


def test_cards_stand_by_premises_with_their_state(world: World, director: Client) -> None:
    issue(world)
    issue(
        world,
        premises={"name": "Second Shop", "address_en": "2 Temple Street"},
        expires_at=timezone.now() + timedelta(days=30),
    )
    suspended = issue(world, premises={"name": "Third Shop", "address_en": "3 Temple Street"})
    change_status(
        issuer=world.department,
        credential_id=suspended.id,
        change=Change.SUSPEND,
        reason="x",
        at=timezone.now(),
    )

    page = text_of(director.get("/wallet"))

    assert page.index("Second Shop") < page.index("Ends soon") < page.index("Third Shop")
    assert page.index("Third Shop") < page.index("Suspended") < page.index("陳記麵家")
    assert page.index("陳記麵家") < page.index("In force")


def test_a_list_of_cards_asks_as_many_questions_for_three_as_for_one(
    world: World, director: Client
) -> None:
    issue(world)
    director.get("/wallet")
    with CaptureQueriesContext(connection) as one:
        director.get("/wallet")
    for _ in range(2):
        issue(world)

    with CaptureQueriesContext(connection) as three:
        director.get("/wallet")

    assert len(three) == len(one)


def test_a_card_shows_its_claims_in_the_readers_words(world: World, director: Client) -> None:
    credential = issue(world)

    page = text_of(director.get(f"/wallet/{credential.id}"))

    for words in (
        "Food business licence",
        "Licence no.",
        "2961800123",
        "Premises · Shop sign",
        "no open fire",
        "It has not been shown to anybody",
        "Issued",
    ):
        assert words in page
    director.cookies["language"] = "zh-hant"
    assert "食物業牌照" in text_of(director.get(f"/wallet/{credential.id}"))


def test_another_companys_card_is_not_there(
    world: World, director: Client, other_company: Company
) -> None:
    theirs = issue(world, ubi=other_company.ubi, claims=world.claims(other_company))

    assert director.get(f"/wallet/{theirs.id}").status_code == 404


def test_a_clerk_without_the_power_sees_no_wallet(
    world: World, client: Client, clerk: Person
) -> None:
    sign_in_as(client, clerk, company=world.company)

    assert client.get("/wallet").status_code == 403


def test_a_director_sees_who_asks_and_shows_only_what_was_asked(
    world: World, director: Client
) -> None:
    credential = issue(world)
    request = ask(world)

    page = director.get("/wallet/present", {"link": link_of(request)})

    shown = text_of(page)
    assert "Harbour Bank asks to see a licence of Golden Harvest Trading Limited" in shown
    assert "To open a <b>business</b> account" in shown  # as text, not as markup
    assert "Licence no. 2961800123" in shown
    assert "no open fire" not in shown
    assert not Presentation.objects.exists()
    sent = director.post(
        "/wallet/present",
        {
            "consent": hidden(page, "consent"),
            "drawn_for": hidden(page, "drawn_for"),
            "choice-licence": credential.id,
            "decision": "agree",
        },
    )
    assert sent.status_code == 302
    assert "The licence was shown to Harbour Bank" in text_of(director.get(sent["Location"]))
    request.refresh_from_db()
    assert request.state == "answered"
    card = text_of(director.get(f"/wallet/{credential.id}"))
    assert "Harbour Bank" in card
    assert "Chan Tai Man showed: Licence no." in card


def test_a_decision_asks_as_many_questions_for_three_licences_as_for_one(
    world: World, director: Client
) -> None:
    issue(world)
    director.get("/wallet/present", {"link": link_of(ask(world))})
    links = [link_of(ask(world)) for _ in range(2)]
    with CaptureQueriesContext(connection) as one:
        first = director.get("/wallet/present", {"link": links[0]})
    for _ in range(2):
        issue(world)

    with CaptureQueriesContext(connection) as three:
        second = director.get("/wallet/present", {"link": links[1]})

    assert [page.content.count(b"2961800123") for page in (first, second)] == [1, 3]
    assert len(three) == len(one)


def test_a_licence_of_another_type_stays_sealed_when_it_is_not_asked_for(
    world: World, director: Client
) -> None:
    credential = issue(world)
    CredentialVersion.objects.filter(credential=credential).update(body=b"can't be opened")
    request = ask(world, vct="https://elsewhere.example/liquor-licence")

    page = text_of(director.get("/wallet/present", {"link": link_of(request)}))

    assert "a type of licence that the wallet does not hold" in page


def test_a_registered_verifier_is_named_in_the_readers_language(
    world: World, director: Client
) -> None:
    issue(world)
    director.cookies["language"] = "zh-hant"

    page = director.get("/wallet/present", {"link": link_of(ask(world))})
    declined = director.post(
        "/wallet/present",
        {"consent": hidden(page, "consent"), "drawn_for": hidden(page, "drawn_for")},
    )

    for answer in (page, declined):
        assert answer.status_code == 200
        assert "海港銀行" in text_of(answer)
        assert "Harbour Bank" not in text_of(answer)


def test_a_verifier_whose_certificate_is_not_ours_keeps_its_certificates_name(
    world: World,
) -> None:
    ask(world)
    stranger = Certification("Elsewhere")
    x5c = stranger.end_entity("Harbour Bank").x5c
    signer = trusted_signer(
        {"x5c": x5c}, anchors=[stranger.root.certificate], at=timezone.now()
    )

    assert signer.name == "Harbour Bank"
    assert find_registered_verifier(verifier=signer) is None


def test_a_verifiers_own_link_opens_the_same_page(world: World, director: Client) -> None:
    issue(world)
    request = ask(world)

    page = director.get(
        "/wallet/present",
        {"client_id": request.client_id, "request_uri": request.request_uri},
    )

    assert "Harbour Bank asks to see a licence" in text_of(page)


def test_the_link_survives_the_way_through_sign_in(world: World, client: Client) -> None:
    request = ask(world)

    answer = client.get(
        "/wallet/present",
        {"client_id": request.client_id, "request_uri": request.request_uri},
    )

    assert "request_uri" in answer["Location"]


def test_saying_no_sends_nothing(world: World, director: Client) -> None:
    issue(world)
    request = ask(world)
    page = director.get("/wallet/present", {"link": link_of(request)})

    answer = director.post(
        "/wallet/present", {"consent": hidden(page, "consent"), "decision": "decline"}
    )

    assert "Nothing was shown" in text_of(answer)
    request.refresh_from_db()
    assert (request.state, request.refusal) == ("refused", "access_denied")


def test_of_two_licences_one_is_picked(world: World, director: Client) -> None:
    issue(world)
    picked = issue(
        world,
        claims=world.claims(licence_number="2961800999"),
        premises={"name": "Second Shop", "address_en": "2 Temple Street"},
    )
    request = ask(world)
    page = director.get("/wallet/present", {"link": link_of(request)})
    assert "Which licence?" in text_of(page)

    without = director.post(
        "/wallet/present", {"consent": hidden(page, "consent"), "decision": "agree"}
    )
    with_choice = director.post(
        "/wallet/present",
        {
            "consent": hidden(page, "consent"),
            "choice-licence": picked.id,
            "decision": "agree",
        },
    )

    assert without.status_code == 422
    assert with_choice.status_code == 302
    assert Presentation.objects.get().credential == picked


def test_a_wallet_that_cannot_answer_says_why(world: World, director: Client) -> None:
    issue(world)

    page = text_of(director.get("/wallet/present", {"link": link_of(ask(world, ["colour"]))}))

    assert "The wallet can't answer this" in page
    assert "A licence of that type does not say: colour." in page


@pytest.mark.parametrize("link", ["hello", "https://evil.example/?a=b", "openid4vp://?x=y"])
def test_what_is_no_link_is_explained_at_the_field(director: Client, link: str) -> None:
    answer = director.get("/wallet/present", {"link": link})

    assert answer.status_code == 400
    assert "Copy the whole link" in text_of(answer)


@pytest.mark.parametrize("consent", ["", "guessed"])
def test_a_consent_that_was_not_given_here_sends_nothing(
    world: World, director: Client, consent: str
) -> None:
    issue(world)

    answer = director.post("/wallet/present", {"consent": consent, "decision": "agree"})

    assert answer.status_code == 410


def test_a_verifier_elsewhere_is_only_called_at_public_addresses(
    world: World, director: Client
) -> None:
    answer = director.get(
        "/wallet/present",
        {"client_id": "x509_hash:x", "request_uri": "https://169.254.169.254/latest"},
    )

    assert answer.status_code == 422


def test_a_foreign_return_address_is_not_followed_for_another_presentation(
    world: World, director: Client
) -> None:
    company = make_company("Elsewhere Limited")
    make_officer(company, world.director)

    answer = director.get("/wallet/present", {"sent": "prs_unknown"})

    assert answer["Location"] == "/wallet"


@pytest.mark.parametrize("page", ["/wallet", "/wallet/present"])
def test_the_way_to_the_other_pages_stays(world: World, director: Client, page: str) -> None:
    issue(world)

    shown = director.get(page).content.decode()

    for place in ("/inbox", "/sign", "/consents", "/wallet", "/mandates", "/company"):
        assert f'href="{place}"' in shown
