from datetime import UTC, datetime

import pytest
from django.contrib.admin import site
from django.test import RequestFactory

from corpid.audit.models import Checkpoint
from corpid.keys.models import Algorithm, Purpose, ScopeKey, SigningKey
from corpid.keys.services.create_key import create_key

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_a_caseworker_sees_a_key_and_nothing_that_is_wrapped() -> None:
    key = create_key(purpose=Purpose.SEAL, algorithm=Algorithm.ES256, at=NOW, scope_id="c1")
    admin = site.get_model_admin(SigningKey)
    request = RequestFactory().get("/")

    shown = {*admin.get_fields(request, key), *admin.get_list_display(request)}

    assert {"kid", "state"} <= shown
    assert shown.isdisjoint({"wrapped_data_key", "sealed_private_key"})
    assert not admin.has_change_permission(request)
    assert not site.is_registered(ScopeKey)
    assert site.is_registered(Checkpoint)
