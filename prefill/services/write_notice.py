"""Write what a company is asked, word for word: its digest is what the company agrees to."""

from authentication.services.list_ways import Acting
from prefill.catalogue import CATALOGUE
from prefill.consent_notice import ConsentNotice, NoticeItem
from prefill.models import PrefillRequest


def write_notice(*, request: PrefillRequest, acting: Acting, language: str) -> ConsentNotice:
    version = request.template_version
    return ConsentNotice(
        request=request.reference,
        language=language,
        e_service=request.e_service.name_in(language),
        company_ubi=acting.company.ubi,
        company_name=acting.company.name_in(language),
        purpose=version.purpose_in(language),
        legal_basis=version.legal_basis,
        keeping=version.keeping,
        retention_days=version.retention_days,
        retention=version.retention_in(language),
        items=tuple(
            NoticeItem(key, CATALOGUE[key].version, CATALOGUE[key].label_in(language), required)
            for key, required in version.asked_items().items()
        ),
    )
