from datetime import UTC, datetime
from typing import Any

import pytest

from corpid.errors import CorpIDError
from corpid.protocols.es256 import CompactJWS, sign_compact
from corpid.protocols.sd_jwt import issue_sd_jwt
from corpid.protocols.x5c import Signer, trusted_signer
from credentials.sd_jwt_vc import (
    ClaimMetadata,
    CredentialMalformed,
    IssuerDoesNotMatch,
    TypeMetadata,
    TypeMetadataMalformed,
    issue_sd_jwt_vc,
    read_type_metadata,
    verify_sd_jwt_vc,
)
from tests.protocols.certificates import Certification

AT = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
PKI = Certification()
ISSUER = PKI.end_entity("FEHD", uri="https://corpid.example/issuers/fehd")
VCT = "https://corpid.example/credential-types/food-licence"
CLAIMS = {
    "vct": VCT,
    "iss": "https://corpid.example/issuers/fehd",
    "licence_number": "2961800123",
    "conditions": ["no open fire", "closes at 23:00"],
}
TYPE = TypeMetadata(
    vct=VCT,
    names={"en": "General restaurant licence", "zh-Hant": "普通食肆牌照"},
    descriptions={"en": "Food Business Regulation"},
    claims=(
        ClaimMetadata(("licence_number",), {"en": "Licence no."}, "always", is_mandatory=True),
        ClaimMetadata(("conditions", None), {"en": "Condition"}, "always"),
        ClaimMetadata(("holder",)),
    ),
)

CLAIMS_THAT_BREAK_IT: list[Any] = [
    "none",
    [7],
    [{"path": []}],
    [{"path": [True]}],
    [{"path": ["a", -1]}],
    [{"path": ["a"], "sd": "sometimes"}],
    [{"path": ["a"], "mandatory": "yes"}],
    [{"path": ["exp"], "sd": "always"}],
    [{"path": ["a"]}, {"path": ["a"]}],
]


def trust(jws: CompactJWS) -> Signer:
    return trusted_signer(jws.header, anchors=[PKI.root.certificate], at=AT)


def issued(claims: dict[str, Any]) -> str:
    return issue_sd_jwt_vc(
        claims=claims, disclosable=TYPE.hidden_paths(claims), x5c=ISSUER.x5c, sign=ISSUER.sign
    )


def test_a_credential_names_its_issuer_by_certificate() -> None:
    verified = verify_sd_jwt_vc(issued(CLAIMS), trust=trust, at=AT)

    assert verified.vct == VCT
    assert verified.issuer.name == "FEHD"
    assert verified.claims == CLAIMS
    assert verified.sd_jwt.disclosed == {
        ("licence_number",),
        ("conditions", 0),
        ("conditions", 1),
    }


def test_a_credential_that_names_another_issuer_is_refused() -> None:
    token = issued({**CLAIMS, "iss": "https://corpid.example/issuers/other"})

    with pytest.raises(IssuerDoesNotMatch):
        verify_sd_jwt_vc(token, trust=trust, at=AT)


@pytest.mark.parametrize("name", ["iss", "vct"])
def test_a_claim_that_controls_the_credential_is_never_hidden(name: str) -> None:
    with pytest.raises(CredentialMalformed):
        issue_sd_jwt_vc(claims=CLAIMS, disclosable=[(name,)], x5c=ISSUER.x5c, sign=ISSUER.sign)


def test_a_hidden_date_of_expiry_is_refused() -> None:
    token = issue_sd_jwt(
        header={"typ": "dc+sd-jwt", "x5c": ISSUER.x5c},
        claims={**CLAIMS, "exp": int(AT.timestamp()) + 1000},
        disclosable=[("exp",)],
        sign=ISSUER.sign,
    )

    with pytest.raises(CredentialMalformed):
        verify_sd_jwt_vc(token, trust=trust, at=AT)


@pytest.mark.parametrize(
    ("header", "claims"),
    [({"typ": "vc+sd-jwt"}, CLAIMS), ({"typ": "JWT"}, CLAIMS), ({}, {"vct": 7}), ({}, {})],
)
def test_what_is_no_credential_is_malformed(
    header: dict[str, Any], claims: dict[str, Any]
) -> None:
    protected = {"typ": "dc+sd-jwt", "x5c": ISSUER.x5c, **header}

    with pytest.raises(CredentialMalformed):
        verify_sd_jwt_vc(sign_compact(protected, claims, ISSUER.sign) + "~", trust=trust, at=AT)


def test_a_stranger_who_brings_his_own_authority_is_refused() -> None:
    stranger = Certification().end_entity("FEHD", uri=CLAIMS["iss"])  # type: ignore[arg-type]  # a text
    token = issue_sd_jwt_vc(claims=CLAIMS, disclosable=[], x5c=stranger.x5c, sign=stranger.sign)

    with pytest.raises(CorpIDError) as failure:
        verify_sd_jwt_vc(token, trust=trust, at=AT)

    assert failure.value.code == "signer_not_trusted"


def test_type_metadata_goes_there_and_back() -> None:
    assert read_type_metadata(TYPE.document()) == TYPE


def test_type_metadata_says_what_is_missing_and_what_is_unknown() -> None:
    assert TYPE.missing({"holder": "x"}) == [("licence_number",)]
    assert TYPE.unknown({"holder": "x", "colour": "red"}) == ["colour"]


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"vct": VCT},
        {"vct": VCT, "display": [{"name": "x"}]},
        {"vct": VCT, "display": [{"locale": "en"}]},
        {"vct": VCT, "display": [{"locale": "en", "name": "x"}] * 2},
        *(
            {"vct": VCT, "display": [{"locale": "en", "name": "x"}], "claims": claims}
            for claims in CLAIMS_THAT_BREAK_IT
        ),
    ],
)
def test_type_metadata_that_breaks_the_draft_is_malformed(document: object) -> None:
    with pytest.raises(TypeMetadataMalformed):
        read_type_metadata(document)
