"""Standard Webhooks: the example of its specification, and what must not pass."""

from datetime import UTC, datetime, timedelta

import pytest

from corpid.protocols.standard_webhooks import (
    WebhookSignatureInvalid,
    check_signature,
    draw_secret,
    read_secret,
    sign_headers,
    write_secret,
)

# Specification, "Signature scheme": the example message and its symmetric secret.
SECRET = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
BODY = b'{"test": 2432232314}'
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, tz=UTC)
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def headers(*secrets: bytes, body: bytes = BODY, at: datetime = AT) -> dict[str, str]:
    return sign_headers(secrets_in_force=secrets, message_id=MESSAGE_ID, at=at, body=body)


def test_the_example_of_the_specification_comes_out() -> None:
    assert headers(SECRET) == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_one_of_several_signatures_is_enough() -> None:
    other = draw_secret()

    for known in (SECRET, other):
        found = check_signature(
            secrets_known=[known], headers=headers(SECRET, other), body=BODY, at=AT
        )
        assert found == MESSAGE_ID


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": "-1614265330"},
        {"webhook-timestamp": "１６１４２６５３３０"},
        {"webhook-signature": SIGNATURE.replace("v1,", "v2,")},
        {"webhook-signature": SIGNATURE.removeprefix("v1,")},
        {"webhook-signature": ""},
    ],
)
def test_what_was_changed_does_not_pass(change: dict[str, str]) -> None:
    with pytest.raises(WebhookSignatureInvalid):
        check_signature(
            secrets_known=[SECRET], headers={**headers(SECRET), **change}, body=BODY, at=AT
        )


def test_another_body_or_secret_does_not_pass() -> None:
    with pytest.raises(WebhookSignatureInvalid):
        check_signature(
            secrets_known=[SECRET], headers=headers(SECRET), body=BODY + b" ", at=AT
        )
    with pytest.raises(WebhookSignatureInvalid):
        check_signature(
            secrets_known=[draw_secret()], headers=headers(SECRET), body=BODY, at=AT
        )


def test_five_minutes_either_way_and_no_second_more() -> None:
    for away in (timedelta(minutes=5), timedelta(minutes=-5)):
        check_signature(
            secrets_known=[SECRET], headers=headers(SECRET), body=BODY, at=AT + away
        )
    for away in (timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)):
        with pytest.raises(WebhookSignatureInvalid):
            check_signature(
                secrets_known=[SECRET], headers=headers(SECRET), body=BODY, at=AT + away
            )


def test_a_secret_is_written_and_read() -> None:
    secret = draw_secret()

    assert read_secret(write_secret(secret)) == secret


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_!!!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA"]
)
def test_what_is_no_secret_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"whsec_|base64|bytes"):
        read_secret(text)
