"""Have what was held land in the wallets of companies that use Corp ID by now."""

from datetime import datetime

from authentication.models import Company
from corpid.jobs.services.enqueue_job import enqueue_job
from credentials.models import Credential, CredentialState

CLAIM_KIND = "credentials.claim"


def land_held_credentials(*, at: datetime) -> int:
    """Ask for one claim by company; returns for how many.

    Whoever enrols a company lies below the wallet and knows nothing of it: this looks.
    """
    waiting = Credential.objects.filter(state=CredentialState.HELD, expires_at__gt=at)
    companies = Company.objects.filter(
        ubi__in=waiting.values("holder_ubi"), enrolled_at__lte=at
    )
    company_ids = list(companies.values_list("id", flat=True))
    for company_id in company_ids:
        enqueue_job(
            kind=CLAIM_KIND,
            arguments={"company": str(company_id)},
            at=at,
            company_id=company_id,
            unique_key=str(company_id),
        )
    return len(company_ids)
