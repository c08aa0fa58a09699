from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from corpid.errors import CorpIDError
from corpid.protocols.es256 import sign_compact
from corpid.protocols.jws import CompactJWS, JWTSignatureInvalid
from corpid.protocols.x5c import Signer, SignerNotTrusted, trusted_signer
from credentials.openid4vp import (
    SELF_ISSUED,
    ClientDoesNotMatch,
    LinkMalformed,
    PresentationLink,
    PresentationRequest,
    RequestObjectInvalid,
    ResponseMalformed,
    ResponseModeUnsupported,
    TransactionDataUnknown,
    VerifierIdentity,
    client_id_by_hash,
    presentation_link,
    read_link,
    read_request,
    read_response,
    sign_request,
    write_error,
    write_response,
)
from tests.protocols.certificates import Certification

AT = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
PKI = Certification()
BANK = PKI.end_entity("Harbour Bank", dns="bank.example")
OTHER = PKI.end_entity("Other Bank", dns="other.example")
NONCE = "n-0S6_WzA2Mjn-0S6_WzA2Mj"
QUERY = {
    "credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://v"]}}]
}
OWN_PAGE = "https://corpid.example/wallet/present"


def trust(jws: CompactJWS[Any]) -> Signer:
    return trusted_signer(jws.header, anchors=[PKI.root.certificate], at=AT)


BY_HASH = client_id_by_hash(trust(CompactJWS({"x5c": BANK.x5c}, {}, b"", b"")).fingerprint)
BY_NAME = "x509_san_dns:bank.example"


def request_object(
    *, client_id: str = BY_NAME, header: dict[str, Any] | None = None, **changes: Any
) -> str:
    claims: dict[str, Any] = {
        "client_id": client_id,
        "aud": SELF_ISSUED,
        "iat": int(AT.timestamp()),
        "exp": int(AT.timestamp()) + 300,
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "response_uri": "https://bank.example/answers/1",
        "nonce": NONCE,
        "state": "s1",
        "dcql_query": QUERY,
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    protected = {"typ": "oauth-authz-req+jwt", "x5c": BANK.x5c, **(header or {})}
    return sign_compact(protected, kept, BANK.sign)


def read(token: str, *, client_id: str = BY_NAME, **options: Any) -> PresentationRequest:
    link = PresentationLink(client_id, "https://bank.example/requests/1")
    return read_request(token, link=link, trust=trust, at=AT, **options)


@pytest.mark.parametrize("client_id", [BY_HASH, BY_NAME], ids=["by hash", "by name"])
def test_a_request_that_we_sign_is_read_by_a_wallet(client_id: str) -> None:
    token = sign_request(
        verifier=VerifierIdentity(client_id, "Harbour Bank", BANK.x5c, BANK.sign),
        response_uri="https://bank.example/answers/1",
        nonce=NONCE,
        state="s1",
        query=QUERY,
        purpose="To open an account",
        at=AT,
        expires_at=AT + timedelta(minutes=5),
    )

    request = read(token, client_id=client_id)

    assert request.verifier.name == "Harbour Bank"
    assert (request.client_id, request.nonce, request.state) == (client_id, NONCE, "s1")
    assert request.purpose == "To open an account"
    assert request.query.credentials[0].vct_values == ("https://v",)


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"client_id": "x509_san_dns:other.example"}, ClientDoesNotMatch),
        ({"header": {"x5c": OTHER.x5c}}, JWTSignatureInvalid),
        ({"header": {"x5c": Certification().end_entity("x").x5c}}, SignerNotTrusted),
        ({"header": {"typ": "jwt"}}, RequestObjectInvalid),
        ({"response_uri": "https://elsewhere.example/"}, ClientDoesNotMatch),
        ({"response_uri": "https://["}, RequestObjectInvalid),
        ({"response_uri": None}, RequestObjectInvalid),
        ({"nonce": None}, RequestObjectInvalid),
        ({"nonce": ""}, RequestObjectInvalid),
        ({"aud": None}, RequestObjectInvalid),
        ({"aud": "https://other.example"}, RequestObjectInvalid),
        ({"response_type": "code"}, RequestObjectInvalid),
        ({"response_mode": "direct_post.jwt"}, ResponseModeUnsupported),
        ({"response_mode": "fragment"}, ResponseModeUnsupported),
        ({"redirect_uri": "https://bank.example/"}, RequestObjectInvalid),
        ({"exp": int(AT.timestamp()) - 61}, RequestObjectInvalid),
        ({"iat": int(AT.timestamp()) + 61}, RequestObjectInvalid),
        ({"exp": "tomorrow"}, RequestObjectInvalid),
        ({"state": 7}, RequestObjectInvalid),
        ({"transaction_data": ["eyJ0eXBlIjoieCJ9"]}, TransactionDataUnknown),
    ],
)
def test_a_request_that_breaks_a_rule_is_not_answered(
    changes: dict[str, Any], failure: type[CorpIDError]
) -> None:
    with pytest.raises(failure):
        read(request_object(**changes))


def test_a_query_that_cannot_be_read_is_not_answered() -> None:
    with pytest.raises(CorpIDError) as failure:
        read(request_object(dcql_query={"credentials": []}))

    assert failure.value.code == "dcql_query_malformed"


@pytest.mark.parametrize(
    "client_id",
    ["bank.example", "redirect_uri:https://bank.example/answers/1", "x509_hash:abc", "did:x:y"],
)
def test_a_client_identifier_without_its_certificate_is_refused(client_id: str) -> None:
    with pytest.raises(ClientDoesNotMatch):
        read(request_object(client_id=client_id), client_id=client_id)


def test_our_own_nonce_must_come_back() -> None:
    assert read(request_object(wallet_nonce="w1"), wallet_nonce="w1").nonce == NONCE
    with pytest.raises(RequestObjectInvalid):
        read(request_object(), wallet_nonce="w1")


def test_a_link_is_read_as_it_is_written() -> None:
    link = presentation_link(client_id=BY_HASH, request_uri="https://bank.example/requests/1")

    assert read_link(f"  {link}\n", own_page=OWN_PAGE) == PresentationLink(
        BY_HASH, "https://bank.example/requests/1"
    )


@pytest.mark.parametrize("start", ["haip-vp://", "openid4vp://authorize", OWN_PAGE])
def test_a_link_may_come_by_other_doors(start: str) -> None:
    parameters = urlencode(
        {"client_id": BY_NAME, "request_uri": "https://b/r", "request_uri_method": "post"}
    )

    assert read_link(f"{start}?{parameters}", own_page=OWN_PAGE).uses_post


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "https://evil.example/?client_id=a&request_uri=b",
        "openid4vp://?client_id=a",
        "openid4vp://?request_uri=b",
        "openid4vp://?client_id=a&client_id=b&request_uri=c",
        "openid4vp://?client_id=a&request_uri=b&request_uri_method=put",
        "openid4vp://?client_id=a&request_uri=b\x00",
        "openid4vp://?client_id=é&request_uri=b",
        "openid4vp://?client_id=a&request_uri=" + "b" * 9000,
        "openid4vp://[",
    ],
)
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(LinkMalformed):
        read_link(text, own_page=OWN_PAGE)


def test_an_answer_goes_there_and_back() -> None:
    body = write_response(presentations={"a": ["x~y~z"]}, state="s1")

    answer = read_response(body)

    assert answer.presentations == {"a": ["x~y~z"]}
    assert (answer.state, answer.error) == ("s1", None)


def test_a_refusal_goes_there_and_back() -> None:
    answer = read_response(write_error(error="access_denied", state="s1"))

    assert (answer.error, answer.state, answer.presentations) == ("access_denied", "s1", {})


def test_an_answer_with_white_space_reads_as_without() -> None:
    answer = read_response(b'state=s1&vp_token={+"a" :+[ "x" ]+}')

    assert answer.presentations == {"a": ["x"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"vp_token=",
        b"vp_token=x",
        b"vp_token=[]",
        b"vp_token={}",
        b'vp_token={"a":"x"}',
        b'vp_token={"a":[]}',
        b'vp_token={"a":[1]}',
        b'vp_token={"a":["x"]}&vp_token={"b":["y"]}',
        b'vp_token={"a":["x"],"a":["y"]}',
        b'vp_token={"a":["x"],"\\u0061":["y"]}',
        b'vp_token={"a":["\\u0000"]}',
        b'vp_token={"a":NaN}',
        b'vp_token={"a":["%ff"]}',
        b"vp_token=" + b"[" * 100_000,
        b"state=only",
        b"vp_token=\xff",
        b"&" * 20,
        b'vp_token={"a":[' + b",".join([b'"x"'] * 17) + b"]}",
        b"a" * (1024 * 1024 + 1),
    ],
)
def test_an_answer_that_cannot_be_read_is_malformed(body: bytes) -> None:
    with pytest.raises(ResponseMalformed):
        read_response(body)
