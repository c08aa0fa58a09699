"""Outages: made of switches and of announcements, signed, and shown where they matter."""

import json
import runpy
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from corpid.audit.models import Event
from corpid.keys.bounded import forget_everything
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.services.activate_key import activate_key
from corpid.keys.services.active_key import NoActiveKey
from corpid.keys.services.create_key import create_key
from corpid.keys.services.ensure_key import ensure_key
from corpid.operations.api import examples
from corpid.operations.models import FunctionOff, Outage, SwitchedFunction
from corpid.operations.outage_notices import OUTAGE_NOTICES
from corpid.operations.preparation import registered_preparations
from corpid.operations.services.announce_outage import (
    OutageTextMissing,
    OutageTimesNotPossible,
    OutageWithoutFunction,
    announce_outage,
)
from corpid.operations.services.close_outage import OutageIsOver, close_outage
from corpid.operations.services.publish_outages import TYPE, publish_outages
from tests.makers import make_e_service
from tests.operations.test_switches_admin import caseworker
from tests.protocols.signer import Signer
from tests.switches import switch_off, switch_on

SAMPLE = runpy.run_path(str(settings.ROOT / "examples/outages/was_it_away.py"))
StatementNotTrusted: type[Exception] = SAMPLE["StatementNotTrusted"]
covering, read_statement = SAMPLE["covering"], SAMPLE["read_statement"]

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TEXTS = {"en": "Maintenance.", "zh-hant": "進行維修。", "zh-hans": "进行维护。"}
URL = "/api/v1/outages"


@pytest.fixture(autouse=True)
def _prepared(db: None) -> None:
    dict(registered_preparations())["key of outage notices"](timezone.now())


def announce(at: datetime, **changes: Any) -> Outage:
    wishes: dict[str, Any] = {
        "functions": [SwitchedFunction.SIGNING],
        "texts": TEXTS,
        "starts_at": at + DAY,
        "ends_at": at + DAY + MINUTE,
        "actor": "caseworker:one",
        "at": at,
    }
    made = announce_outage(**wishes | changes)
    forget_everything()
    return made


def told(at: datetime) -> list[dict[str, Any]]:
    forget_everything()
    return publish_outages(at=at).outages


def issued_at(signed: str) -> int:
    claims = signed.split(".")[1]
    return int(json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iat"])


def read(client: Client) -> list[dict[str, Any]]:
    """Do what a department does."""
    outages: list[dict[str, Any]] = read_statement(
        client.get(URL).json()["signed"],
        client.get(f"{URL}/keys").json(),
        issuer=settings.BASE_URL,
        now=timezone.now().timestamp(),
    )
    return outages


def test_a_switch_is_told_signed_and_for_anybody(client: Client) -> None:
    off = switch_off(SwitchedFunction.SIGNING)

    answer = client.get(URL)

    assert answer["Cache-Control"] == "public, max-age=5"
    assert answer["Access-Control-Allow-Origin"] == "*"
    (outage,) = read(client)
    assert answer.json()["outages"] == [outage]
    assert outage == {
        "id": off.reference,
        "kind": "switch",
        "state": "current",
        "functions": ["signing"],
        "client_id": None,
        "starts_at": off.off_at.isoformat(),
        "ends_at": None,
        "told_at": off.off_at.isoformat(),
        "text": {
            "en": "Corp ID signs no documents.",
            "zh-Hant": "Corp ID 暫停簽署文件。",
            "zh-Hans": "Corp ID 暂停签署文件。",
        },
    }


def test_why_it_was_switched_off_and_by_whom_is_not_told(client: Client) -> None:
    switch_on(switch_off(SwitchedFunction.SIGNING))
    switch_off(SwitchedFunction.SIGNING)

    content = client.get(URL).content.decode()

    assert "weakness" not in content
    assert "caseworker" not in content


@pytest.mark.parametrize(("lasted", "count"), [(5 * MINUTE, 1), (4.9 * MINUTE, 0)])
def test_a_switch_that_is_on_again_is_told_if_it_lasted(lasted: timedelta, count: int) -> None:
    now = timezone.now()
    off = switch_off(SwitchedFunction.SIGNING)
    switch_on(off)
    FunctionOff.objects.filter(id=off.id).update(off_at=now - lasted, on_at=now)

    assert len(told(now)) == count


def test_the_sign_in_of_one_e_service_is_told_by_its_client_id(client: Client) -> None:
    bank = make_e_service("bank")
    switch_off(SwitchedFunction.LOGIN, client_id=bank.client_id)

    (outage,) = read(client)

    assert (outage["functions"], outage["client_id"]) == (["login"], bank.client_id)
    assert outage["text"] == {
        "en": "Signing in to one e-service with Corp ID is off: use its other ways. "
        "Other e-services are not concerned.",
        "zh-Hant": "一項電子服務暫停以 Corp ID 登入，請使用該服務的其他途徑。"
        "其他電子服務不受影響。",
        "zh-Hans": "一项电子服务暂停用 Corp ID 登录，请使用该服务的其他途径。"
        "其他电子服务不受影响。",
    }
    now = timezone.now()
    assert list(covering([outage], "login", now, bank.client_id)) == [outage]
    assert list(covering([outage], "login", now, "esv_another")) == []


def test_a_statement_that_is_not_ours_is_not_believed(client: Client) -> None:
    ensure_key(purpose=Purpose.OP, algorithm=Algorithm.ES256, at=timezone.now())
    now = int(timezone.now().timestamp())
    claims = {"iss": settings.BASE_URL, "iat": now, "exp": now + 60, "outages": []}
    keys = client.get(f"{URL}/keys").json()
    ours = keys["keys"][0]["kid"]
    of_another_purpose = sign_jwt(
        purpose=Purpose.OP, header={"typ": TYPE}, claims=claims, at=timezone.now()
    )
    of_another_kind = sign_jwt(
        purpose=Purpose.OUTAGE, header={"typ": "at+jwt"}, claims=claims, at=timezone.now()
    )
    of_another_issuer = sign_jwt(
        purpose=Purpose.OUTAGE,
        header={"typ": TYPE},
        claims=claims | {"iss": "https://corpid.invalid"},
        at=timezone.now(),
    )
    forged = Signer(kid=ours).sign({"typ": TYPE, "kid": ours}, claims)
    head, _, signature = client.get(URL).json()["signed"].split(".")
    changed = f"{head}.{forged.split('.')[1]}.{signature}"

    for statement in (
        of_another_purpose,
        of_another_kind,
        of_another_issuer,
        forged,
        changed,
        "no statement",
    ):
        with pytest.raises(StatementNotTrusted):
            read_statement(statement, keys, issuer=settings.BASE_URL, now=now)


@pytest.mark.parametrize(
    ("later", "is_good"), [(-11, False), (-10, True), (299, True), (300, False)]
)
def test_a_statement_is_about_now_for_five_minutes(
    client: Client, later: float, *, is_good: bool
) -> None:
    signed, keys = client.get(URL).json()["signed"], client.get(f"{URL}/keys").json()
    now = issued_at(signed) + later  # the seconds that this test takes do not count

    if is_good:
        assert read_statement(signed, keys, issuer=settings.BASE_URL, now=now) == []
    else:
        with pytest.raises(StatementNotTrusted, match="not of now"):
            read_statement(signed, keys, issuer=settings.BASE_URL, now=now)


def test_a_statement_outlives_the_key_that_signed_it(client: Client) -> None:
    first = client.get(URL).json()["signed"]
    now = timezone.now()
    key = create_key(purpose=Purpose.OUTAGE, algorithm=Algorithm.ES256, at=now)
    activate_key(key=key, at=now)
    forget_everything()

    keys = client.get(f"{URL}/keys").json()

    assert len(keys["keys"]) == 2
    assert client.get(URL).json()["signed"] != first
    for signed in (first, client.get(URL).json()["signed"]):
        read_statement(signed, keys, issuer=settings.BASE_URL, now=now.timestamp())


def test_who_asks_makes_no_key(client: Client) -> None:
    SigningKey.objects.filter(purpose=Purpose.OUTAGE).update(
        state=SigningKey.State.NEXT, activated_at=None
    )
    forget_everything()

    with pytest.raises(NoActiveKey):
        publish_outages(at=timezone.now())

    assert client.get(URL).status_code == 503
    assert SigningKey.objects.filter(purpose=Purpose.OUTAGE).count() == 1


def test_what_is_signed_is_remembered_until_the_list_is_another() -> None:
    now = timezone.now()
    first = publish_outages(at=now)

    assert publish_outages(at=now + timedelta(seconds=4)) is first

    forget_everything()  # as five seconds do
    assert publish_outages(at=now + timedelta(seconds=5)).signed != first.signed


def test_a_list_that_changed_is_not_answered_with_the_old_statement() -> None:
    now = timezone.now()
    publish_outages(at=now)
    off = FunctionOff.objects.create(
        function="signing", reason="a weakness", off_by="caseworker:one", off_at=now
    )
    OUTAGE_NOTICES.clear()

    assert [each["id"] for each in publish_outages(at=now).outages] == [off.reference]


def test_the_example_of_the_reference_verifies() -> None:
    moment = datetime.fromisoformat("2026-03-04T00:01:00+00:00")
    answer: dict[str, Any] = examples.OUTAGES

    read = read_statement(
        answer["signed"],
        examples.KEYS,
        issuer="https://corpid.example",
        now=moment.timestamp(),
    )

    assert read == answer["outages"]


def test_what_is_announced_is_planned_then_current_then_over() -> None:
    now = timezone.now()
    announce(now, functions=[SwitchedFunction.SIGNING, SwitchedFunction.PREFILL])

    states = [
        [each["state"] for each in told(now + later)]
        for later in (DAY - MINUTE, DAY, DAY + MINUTE, 366 * DAY, 400 * DAY)
    ]

    assert states == [["planned"], ["current"], ["over"], ["over"], []]


def test_an_outage_whose_end_nobody_knows_is_ended_by_hand() -> None:
    now = timezone.now()
    outage = announce(now, starts_at=now - MINUTE, ends_at=None)

    close_outage(outage=outage, actor="caseworker:two", at=now)

    (member,) = told(now)
    assert (member["state"], member["ends_at"]) == ("over", now.isoformat())
    with pytest.raises(OutageIsOver):
        close_outage(outage=outage, actor="caseworker:two", at=now)


def test_a_maintenance_that_is_called_off_is_told_no_more() -> None:
    now = timezone.now()
    outage = announce(now)

    close_outage(outage=outage, actor="caseworker:one", at=outage.starts_at)

    assert told(now) == []
    assert Event.objects.get(kind="operations.outage.called_off").subject == outage.subject


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"functions": []}, OutageWithoutFunction),
        ({"texts": TEXTS | {"zh-hans": " "}}, OutageTextMissing),
        ({"starts": -DAY - MINUTE}, OutageTimesNotPossible),
        ({"starts": 367 * DAY}, OutageTimesNotPossible),
        ({"starts": DAY, "lasts": timedelta()}, OutageTimesNotPossible),
        ({"starts": DAY, "lasts": 30 * DAY + MINUTE}, OutageTimesNotPossible),
    ],
)
def test_what_can_not_be_so_is_not_announced(
    changes: dict[str, Any], error: type[Exception]
) -> None:
    now = timezone.now()
    starts, lasts = changes.pop("starts", DAY), changes.pop("lasts", MINUTE)
    moments = {"starts_at": now + starts, "ends_at": now + starts + lasts}

    with pytest.raises(error):
        announce(now, **moments | changes)


@pytest.mark.parametrize(
    ("starts", "lasts"), [(-DAY, MINUTE), (366 * DAY, MINUTE), (DAY, 30 * DAY)]
)
def test_the_outermost_times_are_announced(starts: timedelta, lasts: timedelta) -> None:
    now = timezone.now()

    outage = announce(now, starts_at=now + starts, ends_at=now + starts + lasts)

    assert Event.objects.get(subject=outage.subject).facts["functions"] == ["signing"]


def test_the_table_itself_refuses_an_end_before_the_start() -> None:
    outage = announce(timezone.now())

    with pytest.raises(IntegrityError), transaction.atomic():
        Outage.objects.filter(id=outage.id).update(ends_at=outage.starts_at)


FORM = {
    "functions": ["signing", "prefill"],
    "starts_at_0": "2030-01-01",
    "starts_at_1": "02:00:00",
    "ends_at_0": "",
    "ends_at_1": "",
    "text_en": TEXTS["en"],
    "text_tc": TEXTS["zh-hant"],
    "text_sc": TEXTS["zh-hans"],
}
ADMIN = "/admin/operations/outage/"


def soon() -> dict[str, Any]:
    moment = timezone.localtime(timezone.now() + MINUTE)
    return FORM | {"starts_at_0": f"{moment:%Y-%m-%d}", "starts_at_1": f"{moment:%H:%M:%S}"}


def test_a_caseworker_with_the_right_announces_and_ends(client: Client) -> None:
    who = caseworker(client, "one@agency.example", "announce_outage")
    assert client.get(f"{ADMIN}add/").status_code == 200

    client.post(f"{ADMIN}add/", soon())

    outage = Outage.objects.get()
    assert outage.functions == ["signing", "prefill"]
    assert outage.announced_by == f"caseworker:{who.pk}"
    client.post(ADMIN, {"action": "close", "_selected_action": [str(outage.id)]})
    outage.refresh_from_db()
    assert outage.closed_by == f"caseworker:{who.pk}"


@pytest.mark.parametrize("rights", [(), ("turn_off_function", "view_outage")])
def test_without_the_right_nothing_is_announced_and_nothing_ended(
    client: Client, rights: tuple[str, ...]
) -> None:
    assert Permission.objects.filter(codename="announce_outage").exists()
    outage = announce(timezone.now())
    caseworker(client, "one@agency.example", *rights)

    refused = client.post(f"{ADMIN}add/", soon())
    client.post(ADMIN, {"action": "close", "_selected_action": [str(outage.id)]})

    outage.refresh_from_db()
    assert refused.status_code == 403
    assert (Outage.objects.count(), outage.closed_at) == (1, None)


def test_a_wrong_time_costs_no_text(client: Client) -> None:
    caseworker(client, "one@agency.example", "announce_outage")

    answer = client.post(f"{ADMIN}add/", soon() | {"starts_at_0": "2020-01-01"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "An outage can&#x27;t be announced for these times." in page
    assert all(text in page for text in TEXTS.values())
    assert Outage.objects.count() == 0
