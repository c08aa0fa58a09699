"""Who may ask for which form: the e-service may do what the form's own power says."""

import pytest

from authentication.models import EService, Restriction
from authentication.services.find_active_e_service import EServiceNotActive
from prefill.powers import CONSENT, RENEW
from prefill.services.publish_form import publish_form
from prefill.shipped_forms import (
    BANK_ACCOUNT_OPENING,
    BUSINESS_REGISTRATION_RENEWAL,
    ShippedForm,
)
from tests.prefill.world import PrefillWorld

ORDINARY, RENEWAL = BANK_ACCOUNT_OPENING, BUSINESS_REGISTRATION_RENEWAL


@pytest.fixture
def both_forms(world: PrefillWorld) -> PrefillWorld:
    publish_form(e_service=world.bank, form=RENEWAL, at=world.now)
    return world


@pytest.mark.parametrize(
    ("power", "stopped", "goes_on"), [(CONSENT, ORDINARY, RENEWAL), (RENEW, RENEWAL, ORDINARY)]
)
def test_an_e_service_restricted_in_one_power_asks_for_forms_of_the_other(
    both_forms: PrefillWorld, power: str, stopped: ShippedForm, goes_on: ShippedForm
) -> None:
    world = both_forms
    Restriction.objects.create(
        subject_kind="e_service",
        subject_id=world.bank.id,
        kind=Restriction.Kind.SUSPECTED_FRAUD,
        powers=[power],
        valid_from=world.now,
    )

    with pytest.raises(EServiceNotActive):
        world.push(form=stopped.slug)
    assert world.push(form=goes_on.slug).request.template_version.template.slug == goes_on.slug


def test_an_e_service_that_is_switched_off_asks_for_nothing(both_forms: PrefillWorld) -> None:
    both_forms.bank.status = EService.Status.SUSPENDED
    both_forms.bank.save()

    for form in (ORDINARY, RENEWAL):
        with pytest.raises(EServiceNotActive):
            both_forms.push(form=form.slug)
