"""What is true of catalogue, forms, requests, consents and releases, and stays true."""

from prefill.models.consent import Consent, ConsentItem, Receipt
from prefill.models.data_item import DataItem
from prefill.models.form_template import FormTemplate, FormTemplateVersion
from prefill.models.prefill_request import FieldRecord, PrefillRequest
from prefill.models.release import Release

__all__ = [
    "Consent",
    "ConsentItem",
    "DataItem",
    "FieldRecord",
    "FormTemplate",
    "FormTemplateVersion",
    "PrefillRequest",
    "Receipt",
    "Release",
]
