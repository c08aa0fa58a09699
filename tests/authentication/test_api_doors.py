"""Discovery, companies and the sandbox's registration of e-services."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from authentication.models import EService
from corpid.keys.bounded import forget_everything
from tests.authentication.e_service import Relying, make_relying, sign_in_code
from tests.makers import make_company, make_officer, make_person
from tests.protocols.signer import Signer
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def relying() -> Relying:
    return make_relying()


def test_the_metadata_names_doors_that_are_there(client: Client, relying: Relying) -> None:
    metadata = client.get("/.well-known/openid-configuration").json()

    assert metadata == client.get("/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == settings.BASE_URL
    addresses = [
        value
        for name, value in metadata.items()
        if name.endswith(("_endpoint", "_uri")) and name != "issuer"
    ]
    assert len(addresses) == 8
    for address in addresses:
        assert callable(resolve(address.removeprefix(settings.BASE_URL)).func)


def test_the_metadata_claims_what_fapi_demands_and_no_more(client: Client) -> None:
    metadata = client.get("/.well-known/openid-configuration").json()

    assert metadata["require_pushed_authorization_requests"] is True
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    for endpoint in ("token", "revocation", "introspection"):
        methods = metadata[f"{endpoint}_endpoint_auth_methods_supported"]
        algorithms = metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert methods == ["private_key_jwt"]
        assert algorithms == ["ES256", "Ed25519", "EdDSA", "PS256"]
    assert metadata["grant_types_supported"] == [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ]
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["request_uri_parameter_supported"] is False
    assert metadata["subject_types_supported"] == ["pairwise"]
    assert "RS256" not in str(metadata)
    for missing in (
        "registration_endpoint",
        "backchannel_logout_supported",
    ):
        assert missing not in metadata


def test_the_resource_says_whose_tokens_it_takes(client: Client) -> None:
    metadata = client.get("/.well-known/oauth-protected-resource/api/v1").json()

    assert metadata["resource"] == f"{settings.BASE_URL}/api/v1"
    assert metadata["authorization_servers"] == [settings.BASE_URL]
    assert metadata["dpop_bound_access_tokens_required"] is True


def test_the_keys_are_public_and_say_what_for(client: Client, relying: Relying) -> None:
    keys = client.get("/.well-known/jwks.json").json()["keys"]

    assert [set(key) for key in keys] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}]
    assert (keys[0]["use"], keys[0]["alg"]) == ("sig", "ES256")


@pytest.fixture
def director() -> Any:
    return make_person("Lee Siu Ming", email="lee@harvest.example")


def token_of(relying: Relying, browser: Client, **changes: str) -> str:
    token: str = relying.exchange(sign_in_code(relying, browser, **changes)).json()[
        "access_token"
    ]
    return token


def test_companies_are_those_the_person_may_act_for(
    relying: Relying, client: Client, director: Any
) -> None:
    harvest, noodles, stranger = (
        make_company(),
        make_company("Chan Kee Noodles", name_tc="陳記麵家", name_sc=""),
        make_company("Stranger Limited"),
    )
    make_officer(harvest, director)
    make_officer(noodles, director)
    sign_in_as(client, director, company=harvest)
    token = token_of(relying, client, scope="openid companies")

    first = relying.http.get("/api/v1/companies?limit=1")
    assert first.status_code == 401
    page = relying.call(token, "/api/v1/companies").json()

    assert [company["ubi"] for company in page["results"]] == [harvest.ubi, noodles.ubi]
    assert page["results"][1]["names"] == {"en": "Chan Kee Noodles", "zh-Hant": "陳記麵家"}
    assert page["results"][0]["capacity"] == "director"
    assert page["next"] is None
    one = relying.call(token, f"/api/v1/companies/{noodles.ubi}").json()
    assert one == page["results"][1]
    for ubi in (stranger.ubi, "00000000", "x"):
        missing = relying.call(token, f"/api/v1/companies/{ubi}")
        assert missing.status_code == 404
        assert missing.json()["code"] == "company_not_found"


def test_companies_cost_the_same_for_one_and_for_three(
    relying: Relying, client: Client, director: Any, django_assert_num_queries: Any
) -> None:
    harvest = make_company()
    make_officer(harvest, director)
    sign_in_as(client, director, company=harvest)
    token = token_of(relying, client, scope="openid companies")

    def count(companies: int) -> None:
        forget_everything()
        with django_assert_num_queries(11):  # six of them once a second in each process
            page = relying.call(token, "/api/v1/companies").json()
        assert len(page["results"]) == companies

    count(1)
    for _ in range(2):
        make_officer(make_company(), director)
    count(3)


def test_companies_need_their_scope_and_a_person(
    relying: Relying, client: Client, director: Any
) -> None:
    make_officer(harvest := make_company(), director)
    sign_in_as(client, director, company=harvest)

    response = relying.call(token_of(relying, client), "/api/v1/companies")

    assert response.status_code == 403
    assert response.json()["code"] == "scope_missing"


def registration(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Licence renewal",
        "jwks": {"keys": [Signer().jwk]},
        "redirect_uris": ["http://127.0.0.1/callback"],
        "scopes": ["openid", "companies"],
        "profile": "fapi2",
    } | changes


def register(client: Client, **changes: Any) -> Any:
    return client.post(
        "/api/v1/sandbox/e-services", registration(**changes), content_type="application/json"
    )


def test_the_sandbox_registers_an_e_service_at_once(client: Client) -> None:
    response = register(client)

    assert response.status_code == 201, response.content
    row = EService.objects.get(client_id=response.json()["client_id"])
    assert row.status == EService.Status.ACTIVE
    assert row.dpop_bound_access_tokens


def test_a_registered_e_service_signs_people_in(client: Client, director: Any) -> None:
    signer = Signer(kid="e-service")
    made = register(client, jwks={"keys": [signer.jwk]}).json()
    helper = make_relying()
    relying = Relying(EService.objects.get(client_id=made["client_id"]), signer)
    make_officer(harvest := make_company(), director)
    sign_in_as(client, director, company=harvest)

    assert relying.exchange(sign_in_code(relying, client)).status_code == 200
    assert helper.client_id != relying.client_id


def test_production_knows_no_such_door(client: Client, settings: Any) -> None:
    settings.SANDBOX = False

    assert register(client).status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"jwks": {"keys": []}}, "/jwks"),
        ({"jwks": {"keys": [Signer().jwk | {"d": "AAAA"}]}}, "/jwks"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "/jwks"),
        ({"redirect_uris": ["http://form.example/"]}, "/redirect_uris/0"),
        ({"redirect_uris": ["https://a.example/", "javascript:alert(1)"]}, "/redirect_uris/1"),
        ({"redirect_uris": ["https://a.example/#x"]}, "/redirect_uris/0"),
        ({"redirect_uris": ["https://user@a.example/"]}, "/redirect_uris/0"),
        ({"redirect_uris": ["https://*.example/"]}, "/redirect_uris/0"),
        ({"redirect_uris": []}, "/redirect_uris"),
        ({"post_logout_redirect_uris": ["http://a.example/"]}, "/post_logout_redirect_uris/0"),
        ({"scopes": ["openid", "everything"]}, "/scopes/1"),
        ({"profile": "oidc"}, "/profile"),
        ({"name": ""}, "/name"),
        ({"owner": "me"}, "/owner"),
    ],
)
def test_a_registration_with_a_fault_is_told_where(
    client: Client, changes: dict[str, Any], pointer: str
) -> None:
    response = register(client, **changes)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
