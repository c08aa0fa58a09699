"""Software that others wrote reads what we issue, show and publish, and asks our wallet."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.test import Client
from django.utils import timezone

from corpid.errors import CorpIDError
from corpid.status.services.publish_status_list import publish_status_list
from credentials.models import Credential, Presentation, TrustAnchor
from credentials.services.answer_presentation_request import answer_presentation_request
from credentials.services.change_status import Change, change_status
from credentials.services.decline_presentation_request import decline_presentation_request
from credentials.services.deliver_answer import VerifierDidNotTake
from credentials.services.open_credential import open_credential
from credentials.services.read_presentation_request import read_presentation_request
from signatures.models import Certificate
from signatures.services.find_present_certificate import find_present_certificate
from tests.credentials.conftest import World
from tests.credentials.test_present import ask, present
from tests.protocols.certificates import Certification, EndEntity

INTEROP = Path(__file__).parent.parent / "interop"
pytestmark = pytest.mark.django_db


def node(script: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["node", "--no-warnings", str(INTEROP / script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def issue(world: World) -> Credential:
    now = timezone.now()
    return world.issue(at=now, valid_from=now)


def judged(world: World, client: Client, credential: Credential, token: str) -> dict[str, Any]:
    """Hand a token, our root and what our public addresses serve to @sd-jwt/sd-jwt-vc."""
    now = timezone.now()
    root = find_present_certificate(Certificate.Profile.ROOT, at=now).as_x509()
    list_uri = open_credential(credential).all_claims["status"]["status_list"]["uri"]
    served = client.get(f"/status-lists/{credential.status_list_id}")
    document = {
        "token": token,
        "root": root.public_bytes(Encoding.PEM).decode(),
        "lists": {list_uri: served.content.decode()},
        "types": {
            world.licence.vct: client.get(f"/credential-types/{world.licence.slug}").json()
        },
        "now": int(now.timestamp()),
    }
    if not token.endswith("~"):
        document["nonce"] = NONCE
    process = node("sd_jwt_witness.mjs")
    written, _ = process.communicate(json.dumps(document), timeout=60)
    found: dict[str, Any] = json.loads(written)
    return found


NONCE = "n-0S6_WzA2Mjn-0S6_WzA2Mj"


@pytest.mark.needs("npm:@sd-jwt/sd-jwt-vc")
def test_a_foreign_verifier_reads_our_credential_its_type_and_its_status(
    world: World, client: Client
) -> None:
    credential = issue(world)

    found = judged(world, client, credential, open_credential(credential).token)

    assert found["claims"] == open_credential(credential).all_claims
    assert found["status"] == 0
    assert found["names"] == ["Food business licence", "食物業牌照", "食物业牌照"]


@pytest.mark.needs("npm:@sd-jwt/sd-jwt-vc")
@pytest.mark.parametrize(
    ("change", "status"), [(Change.REVOKE, "invalid"), (Change.SUSPEND, "suspended")]
)
def test_a_foreign_verifier_sees_what_was_revoked_or_suspended(
    world: World, client: Client, change: Change, status: str
) -> None:
    credential = issue(world)
    now = timezone.now()
    change_status(
        issuer=world.department,
        credential_id=credential.id,
        change=change,
        reason="x",
        at=now,
    )
    publish_status_list(list_id=credential.status_list_id, at=now)

    found = judged(world, client, credential, open_credential(credential).token)

    assert "status" in found["error"].lower(), status


@pytest.mark.needs("npm:@sd-jwt/sd-jwt-vc")
def test_a_foreign_verifier_takes_our_key_binding(world: World, client: Client) -> None:
    credential, request = issue(world), ask(world)
    token = present(credential, request, nonce=NONCE, at=timezone.now())

    found = judged(world, client, credential, token)

    assert found["aud"] == request.client_id
    assert found["claims"]["licence_number"] == "2961800123"
    assert "holder" not in found["claims"]


@pytest.mark.needs("npm:@sd-jwt/sd-jwt-vc")
def test_a_foreign_verifier_refuses_what_was_made_for_another_nonce(
    world: World, client: Client
) -> None:
    credential, request = issue(world), ask(world)
    token = present(credential, request, nonce="another", at=timezone.now())

    found = judged(world, client, credential, token)

    assert "nonce" in found["error"].lower()


# A bank that does not use our verifier.


@pytest.fixture
def bank(db: None) -> EndEntity:
    """A verifier whose authority a caseworker put on the list."""
    certification = Certification("Bank Association")
    TrustAnchor.objects.create(
        name="Bank Association",
        use=TrustAnchor.Use.VERIFIER,
        certificate=certification.root.certificate.public_bytes(Encoding.DER),
        added_at=timezone.now(),
    )
    return certification.end_entity("Island Bank", dns="localhost")


@contextmanager
def verifying(world: World, bank: EndEntity, **options: Any) -> Iterator[subprocess.Popen[str]]:
    process = node("openid4vp_verifier.mjs")
    assert process.stdin is not None
    assert process.stdout is not None
    query = {
        "credentials": [
            {
                "id": "licence",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [world.licence.vct]},
                "claims": [{"path": ["licence_number"]}, {"path": ["premises", "name"]}],
            }
        ]
    }
    document = {
        "key": bank.key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode(),
        "x5c": bank.x5c,
        "client_id": "x509_san_dns:localhost",
        "query": query,
        **options,
    }
    process.stdin.write(json.dumps(document) + "\n")
    process.stdin.flush()
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


def line_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


@pytest.mark.needs("npm:@openid4vc/openid4vp")
def test_our_wallet_answers_a_foreign_verifier(world: World, bank: EndEntity) -> None:
    issue(world)
    with verifying(world, bank) as verifier:
        pending = read_presentation_request(
            person=world.director,
            company=world.company,
            link_text=line_of(verifier)["link"],
            at=timezone.now(),
        )
        assert pending.request.verifier.name == "Island Bank"

        sent = answer_presentation_request(
            person=world.director,
            company=world.company,
            consent=pending.consent,
            choice={},
            at=timezone.now(),
        )

        told = line_of(verifier)

    assert told["aud"] == "x509_san_dns:localhost"
    assert told["state"] == "session-1"
    assert told["claims"]["licence_number"] == "2961800123"
    assert told["claims"]["premises"] == {"name": "陳記麵家"}
    assert sent.return_uri is not None
    assert sent.return_uri.endswith("/thanks")
    assert Presentation.objects.get().outcome == Presentation.Outcome.TAKEN


@pytest.mark.needs("npm:@openid4vc/openid4vp")
def test_a_foreign_verifier_is_told_no(world: World, bank: EndEntity) -> None:
    issue(world)
    with verifying(world, bank) as verifier:
        pending = read_presentation_request(
            person=world.director,
            company=world.company,
            link_text=line_of(verifier)["link"],
            at=timezone.now(),
        )

        decline_presentation_request(
            person=world.director,
            company=world.company,
            consent=pending.consent,
            at=timezone.now(),
        )

        assert line_of(verifier) == {"refused": "access_denied", "state": "session-1"}


@pytest.mark.needs("npm:@openid4vc/openid4vp")
def test_a_verifier_that_has_gone_is_noted_as_unknown(world: World, bank: EndEntity) -> None:
    issue(world)
    with verifying(world, bank) as verifier:
        pending = read_presentation_request(
            person=world.director,
            company=world.company,
            link_text=line_of(verifier)["link"],
            at=timezone.now(),
        )

    with pytest.raises(VerifierDidNotTake):
        answer_presentation_request(
            person=world.director,
            company=world.company,
            consent=pending.consent,
            choice={},
            at=timezone.now(),
        )

    assert Presentation.objects.get().outcome == Presentation.Outcome.UNKNOWN


@pytest.mark.needs("npm:@openid4vc/openid4vp")
@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"client_id": "x509_san_dns:other.example"}, "presentation_client_does_not_match"),
        ({"additional": {"aud": "https://other.example"}}, "presentation_request_invalid"),
    ],
)
def test_a_foreign_verifier_that_breaks_a_rule_is_not_answered(
    world: World, bank: EndEntity, options: dict[str, Any], code: str
) -> None:
    issue(world)
    with verifying(world, bank, **options) as verifier, pytest.raises(CorpIDError) as failure:
        read_presentation_request(
            person=world.director,
            company=world.company,
            link_text=line_of(verifier)["link"],
            at=timezone.now(),
        )

    assert failure.value.code == code
