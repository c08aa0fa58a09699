"""The catalogue and the forms as they are published."""

from dataclasses import replace

import pytest
from django.utils import timezone
from pytest_django import Settings

from prefill import catalogue
from prefill.apps import check_registers
from prefill.form_schema import SchemaRefused, compile_trusted
from prefill.mapping import MappingRefused, check_mapping, read_mapping
from prefill.models import DataItem, FormTemplateVersion
from prefill.registers.directory import registers
from prefill.services import publish_catalogue as publishing
from prefill.services.publish_catalogue import ItemChangedUnderItsVersion, publish_catalogue
from prefill.services.publish_form import publish_form
from prefill.shipped_forms import BANK_ACCOUNT_OPENING, SHIPPED_FORMS, ShippedForm
from tests.makers import make_e_service

pytestmark = pytest.mark.django_db


def test_the_catalogue_stands_in_the_database_after_migrating() -> None:
    assert DataItem.objects.count() == len(catalogue.ITEMS)
    assert publish_catalogue(at=timezone.now()) == 0


def test_a_new_version_is_added_beside_the_old(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = catalogue.ITEMS
    monkeypatch.setattr(publishing, "ITEMS", (replace(first, version=2), *rest))

    assert publish_catalogue(at=timezone.now()) == 1
    assert DataItem.objects.filter(key=first.key).count() == 2


def test_a_changed_meaning_under_the_same_version_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *rest = catalogue.ITEMS
    monkeypatch.setattr(publishing, "ITEMS", (replace(first, sensitivity="protected"), *rest))

    with pytest.raises(ItemChangedUnderItsVersion):
        publish_catalogue(at=timezone.now())


def test_a_reworded_label_is_not_a_new_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = catalogue.ITEMS
    monkeypatch.setattr(publishing, "ITEMS", (replace(first, label_en="Number"), *rest))

    assert publish_catalogue(at=timezone.now()) == 0


@pytest.mark.parametrize("item", catalogue.ITEMS, ids=lambda item: item.key)
def test_every_item_has_a_register_examples_and_three_languages(
    item: catalogue.DataItemDefinition,
) -> None:
    assert item.key in registers()[item.register].items
    assert item.examples
    assert all(item.label_in(language) for language in ("en", "zh-hant", "zh-hans"))
    validator = compile_trusted(dict(item.schema))
    assert all(validator.is_valid(example) for example in item.examples)


@pytest.mark.parametrize("form", SHIPPED_FORMS.values(), ids=list(SHIPPED_FORMS))
def test_every_shipped_form_holds(form: ShippedForm) -> None:
    check_mapping(form.schema, read_mapping(form.mapping), catalogue.CATALOGUE)


def test_publishing_the_same_form_again_changes_nothing() -> None:
    bank = make_e_service()

    first = publish_form(form=BANK_ACCOUNT_OPENING, e_service=bank, at=timezone.now())
    second = publish_form(form=BANK_ACCOUNT_OPENING, e_service=bank, at=timezone.now())

    assert first == second


def test_a_changed_form_is_a_new_version_and_the_old_one_retires() -> None:
    bank = make_e_service()
    first = publish_form(form=BANK_ACCOUNT_OPENING, e_service=bank, at=timezone.now())

    second = publish_form(
        form=replace(BANK_ACCOUNT_OPENING, retention_days=30),
        e_service=bank,
        at=timezone.now(),
    )

    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("retired", "published", 2)


def test_a_form_that_does_not_hold_is_not_published() -> None:
    bank = make_e_service()
    wrong = [{"pointer": "/nowhere", "item": "cr.company.name_en"}]

    with pytest.raises(MappingRefused):
        publish_form(
            form=replace(BANK_ACCOUNT_OPENING, mapping=wrong),
            e_service=bank,
            at=timezone.now(),
        )
    with pytest.raises(SchemaRefused):
        publish_form(
            form=replace(BANK_ACCOUNT_OPENING, schema={"type": "nonsense"}),
            e_service=bank,
            at=timezone.now(),
        )
    assert not FormTemplateVersion.objects.exists()


def test_the_operator_is_told_which_registers_have_no_address(settings: Settings) -> None:
    settings.REGISTERS = {"companies_registry": "https://cr.example"}
    settings.REGISTERS_TOKEN = ""

    told = [message.msg for message in check_registers()]

    assert told == [
        "companies_registry_officers: no address",
        "companies_registry_officers: no token",
        "business_registration: no address",
        "business_registration: no token",
    ]
