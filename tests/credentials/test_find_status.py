"""Asking another publisher's status list while our own Valkey does not answer."""

import socket

import pytest
from pytest_django import Settings

from corpid.status.services.find_version import find_version
from corpid.status.services.publish_status_list import publish_status_list
from credentials.services.find_status import PresentStatus, find_status
from credentials.services.open_credential import open_credential
from tests.credentials.conftest import AT, World
from tests.outbound.test_client import answering, server

pytestmark = pytest.mark.django_db


def test_a_foreign_list_is_asked_while_valkey_does_not_answer(
    world: World, settings: Settings
) -> None:
    served: list[bytes] = []

    def publisher(connection: socket.socket) -> None:
        answering(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(served[0]), served[0])
        )(connection)

    ours = settings.BASE_URL
    with server(publisher) as port:
        settings.BASE_URL = f"http://127.0.0.1:{port}"
        credential = world.issue()
        claims = open_credential(credential).all_claims
        assert credential.status_list_id is not None
        publish_status_list(list_id=credential.status_list_id, at=AT)
        served.append(bytes(find_version(list_id=credential.status_list_id, at=AT).token))
        settings.BASE_URL = ours
        settings.CACHES = {
            "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
        }

        found = find_status(claims=claims, at=AT)

    assert found == PresentStatus.IN_FORCE


def test_a_foreign_list_that_does_not_answer_either_leaves_the_status_unknown(
    world: World, settings: Settings
) -> None:
    ours = settings.BASE_URL
    settings.BASE_URL = "http://127.0.0.1:1"
    claims = open_credential(world.issue()).all_claims
    settings.BASE_URL = ours
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    }

    assert find_status(claims=claims, at=AT) == PresentStatus.UNKNOWN
