"""Publish the forms that ship with Corp ID for the e-services that use them."""

from collections.abc import Iterable
from datetime import datetime

from authentication.models import EService
from corpid.demonstration.invention.e_services import InventedEService
from prefill.services.publish_form import publish_form
from prefill.shipped_forms import SHIPPED_FORMS


def seed_forms(invented: Iterable[InventedEService], *, at: datetime) -> None:
    for e_service in invented:
        for slug in e_service.forms:
            publish_form(
                form=SHIPPED_FORMS[slug],
                e_service=EService.objects.get(slug=e_service.slug),
                at=at,
            )
