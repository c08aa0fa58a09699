"""Ask people to agree to one thing, under one joint policy, until a moment."""

from datetime import datetime

from django.db import transaction

from authentication.joint_policy import JointPolicy, write_policy
from authentication.models import Approval, Company, Person
from corpid.audit.services.record_event import record_event


@transaction.atomic
def open_approval(
    *,
    company: Company,
    subject: str,
    digest: str,
    policy: JointPolicy,
    closes_at: datetime,
    at: datetime,
    maker: Person | None = None,
) -> Approval:
    """Freeze the policy and the SHA-256 (hex) of exactly what is approved.

    With a `maker`, that person's own vote does not count: maker is never checker.
    """
    approval = Approval.objects.create(
        company=company,
        subject=subject,
        digest=digest,
        rule=write_policy(policy),
        maker=maker,
        opened_at=at,
        closes_at=closes_at,
    )
    record_event(
        kind="authentication.approval.opened",
        at=at,
        actor="system" if maker is None else f"person:{maker.id}",
        subject=subject,
        company_id=company.id,
        facts={"approval": str(approval.id), "digest": digest, "rule": approval.rule},
    )
    return approval
