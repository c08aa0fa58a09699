"""Public pages answer signed out, in three languages."""

import pytest
from django.test import Client

PUBLIC = [
    "/",
    "/help",
    "/help/signing-in",
    "/help/acrobat",
    "/help/paper",
    "/status",
    "/legal/privacy",
    "/legal/terms",
    "/legal/accessibility",
    "/developers",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_a_public_page_answers_in_the_language_asked_for(
    client: Client, address: str, language: str
) -> None:
    answer = client.get(address, headers={"Accept-Language": language})

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.django_db
def test_the_chosen_language_stays_for_this_browser(client: Client) -> None:
    client.post("/language", {"language": "zh-hant", "next": "/help"})

    assert '<html lang="zh-hant"' in client.get("/help").content.decode()


@pytest.mark.django_db
def test_the_language_door_leads_nowhere_else(client: Client) -> None:
    answer = client.post("/language", {"language": "en", "next": "https://evil.example/"})

    assert answer["Location"] == "/"


@pytest.mark.django_db
def test_the_language_door_takes_posts_only(client: Client) -> None:
    assert client.get("/language?language=zh-hant").status_code == 405
