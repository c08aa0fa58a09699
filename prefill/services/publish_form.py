"""Publish a form that ships with Corp ID for one e-service."""

from datetime import datetime

from django.db import transaction

from authentication.models import EService
from corpid.audit.services.record_event import record_event
from prefill.catalogue import CATALOGUE
from prefill.mapping import check_mapping, read_mapping
from prefill.models import FormTemplate, FormTemplateVersion
from prefill.shipped_forms import ShippedForm


@transaction.atomic
def publish_form(
    *, form: ShippedForm, e_service: EService, at: datetime
) -> FormTemplateVersion:
    """Make its next version the published one; an unchanged form stays as it is.

    Raises SchemaRefused or MappingRefused if the form does not hold.
    """
    check_mapping(form.schema, read_mapping(form.mapping), CATALOGUE)
    template, _ = FormTemplate.objects.update_or_create(
        e_service=e_service,
        slug=form.slug,
        defaults={
            "title_en": form.title_en,
            "title_tc": form.title_tc,
            "title_sc": form.title_sc,
        },
    )
    FormTemplate.objects.select_for_update().get(pk=template.pk)
    present = template.versions.filter(state=FormTemplateVersion.State.PUBLISHED).first()
    facts = form.version_facts()
    if present and all(getattr(present, name) == value for name, value in facts.items()):
        return present
    template.versions.filter(state=FormTemplateVersion.State.PUBLISHED).update(
        state=FormTemplateVersion.State.RETIRED
    )
    version = FormTemplateVersion.objects.create(
        template=template,
        number=template.versions.count() + 1,
        state=FormTemplateVersion.State.PUBLISHED,
        created_at=at,
        published_at=at,
        **facts,
    )
    record_event(
        kind="prefill.form.published",
        at=at,
        actor="system",
        subject=f"form:{template.reference}",
        facts={"version": version.number, "e_service": e_service.client_id},
    )
    return version
