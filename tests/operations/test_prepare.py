"""`manage.py prepare`: migrations, then each app's own step."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from corpid.operations import preparation
from corpid.operations.preparation import register_preparation


@pytest.fixture(autouse=True)
def _own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "_steps", {})


@pytest.mark.django_db(transaction=True)
def test_each_apps_step_runs_with_the_present_moment_in_the_order_of_registration() -> None:
    ran: list[tuple[str, bool]] = []
    began = timezone.now()

    def is_now(at: object) -> bool:
        return isinstance(at, type(began)) and began <= at <= timezone.now()

    register_preparation("keys", lambda at: ran.append(("keys", is_now(at))))
    register_preparation("companies", lambda at: ran.append(("companies", is_now(at))))

    call_command("prepare", verbosity=0)

    assert ran == [("keys", True), ("companies", True)]


def test_two_steps_of_one_name_are_refused() -> None:
    register_preparation("keys", lambda _at: None)

    with pytest.raises(ValueError, match="two preparations are called keys"):
        register_preparation("keys", lambda _at: None)
