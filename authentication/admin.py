"""The caseworker's view of companies, people and their authority."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authentication.models import (
    Approval,
    BusinessRegistration,
    Caseworker,
    Company,
    CompanyName,
    EService,
    EServiceSession,
    Grant,
    LimitUse,
    Mandate,
    MandateLimit,
    Member,
    Officer,
    Person,
    Power,
    Premises,
    Restriction,
    Role,
    SignInConsent,
    SigningRule,
    Vote,
)
from corpid.audit.services.record_event import record_event
from corpid.reading_room import ReadOnlyAdmin


@admin.register(Company)
class CompanyAdmin(ReadOnlyAdmin[Company]):
    list_display = ["ubi", "current_name", "kind", "status", "enrolled_at"]
    list_select_related = ["current_name"]
    list_filter = ["status", "kind"]
    search_fields = ["=ubi", "=cr_number"]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the company, and let the company see that it was looked at."""
        shown = super().changeform_view(request, object_id, form_url, extra_context)
        if shown.status_code == HTTPStatus.OK and object_id is not None:
            record_event(
                kind="caseworkers.company.viewed",
                at=timezone.now(),
                actor=f"caseworker:{request.user.pk}",
                subject=f"company:{object_id}",
                company_id=UUID(object_id),
            )
        return shown


@admin.register(CompanyName)
class CompanyNameAdmin(ReadOnlyAdmin[CompanyName]):
    list_display = ["company", "en", "tc", "sc", "valid_from", "valid_until"]
    list_select_related = ["company"]
    search_fields = ["=company__ubi", "en__istartswith", "tc__startswith"]


@admin.register(Person)
class PersonAdmin(ReadOnlyAdmin[Person]):
    list_display = ["name_en", "name_tc", "status", "proof"]
    list_filter = ["status"]
    search_fields = ["=account__email", "name_en__istartswith", "name_tc__startswith"]
    exclude = ["document_hmac"]


@admin.register(Officer)
class OfficerAdmin(ReadOnlyAdmin[Officer]):
    list_display = ["company", "person", "firm", "capacity", "appointed_on", "ceased_on"]
    list_select_related = ["company", "person", "firm"]
    list_filter = ["capacity"]
    search_fields = ["=company__ubi"]


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin[Member]):
    list_display = ["company", "person", "status", "since"]
    list_select_related = ["company", "person"]
    list_filter = ["status"]
    search_fields = ["=company__ubi", "=person__account__email"]


@admin.register(Mandate)
class MandateAdmin(ReadOnlyAdmin[Mandate]):
    list_display = ["reference", "principal", "depth", "status", "valid_from", "valid_until"]
    list_select_related = ["principal"]
    list_filter = ["status"]
    search_fields = ["=reference", "=principal__ubi"]


@admin.register(MandateLimit)
class MandateLimitAdmin(ReadOnlyAdmin[MandateLimit]):
    list_display = ["mandate", "currency", "per", "each", "total", "count"]
    list_select_related = ["mandate"]
    search_fields = ["=mandate__reference"]


@admin.register(LimitUse)
class LimitUseAdmin(ReadOnlyAdmin[LimitUse]):
    list_display = ["reference", "e_service", "company", "value", "currency", "state"]
    list_select_related = ["e_service", "company"]
    list_filter = ["state"]
    search_fields = ["=reference", "=company__ubi"]


@admin.register(Restriction)
class RestrictionAdmin(ReadOnlyAdmin[Restriction]):
    list_display = [
        "subject_kind",
        "subject_id",
        "kind",
        "valid_from",
        "valid_until",
        "review_on",
    ]
    list_filter = ["kind", "subject_kind"]
    search_fields = ["=subject_id", "=order_number"]


@admin.register(EService)
class EServiceAdmin(ReadOnlyAdmin[EService]):
    list_display = ["slug", "name_en", "kind", "profile", "status"]
    list_filter = ["status", "kind", "profile"]
    search_fields = ["=slug", "=client_id"]
    exclude = ["client_secret_sha256"]


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin[Approval]):
    list_display = ["subject", "company", "state", "opened_at", "closes_at"]
    list_select_related = ["company"]
    list_filter = ["state"]
    search_fields = ["=subject", "=company__ubi"]


@admin.register(Vote)
class VoteAdmin(ReadOnlyAdmin[Vote]):
    list_display = ["approval", "person", "capacity", "choice", "cast_at", "taken_back_at"]
    list_select_related = ["approval", "person"]
    search_fields = ["=approval__subject"]


@admin.register(BusinessRegistration)
class BusinessRegistrationAdmin(ReadOnlyAdmin[BusinessRegistration]):
    list_display = ["certificate_number", "company", "branch", "valid_from", "valid_until"]
    list_select_related = ["company"]
    search_fields = ["=certificate_number", "=company__ubi"]


@admin.register(Premises)
class PremisesAdmin(ReadOnlyAdmin[Premises]):
    list_display = ["company", "name", "address_en", "closed_on"]
    list_select_related = ["company"]
    search_fields = ["=company__ubi"]


@admin.register(Power)
class PowerAdmin(ReadOnlyAdmin[Power]):
    list_display = ["key", "name_en", "risk", "is_delegable", "max_depth", "needs_limit"]
    search_fields = ["key__startswith"]


@admin.register(Role)
class RoleAdmin(ReadOnlyAdmin[Role]):
    list_display = ["key", "name_en", "company"]
    list_select_related = ["company"]


@admin.register(SigningRule)
class SigningRuleAdmin(ReadOnlyAdmin[SigningRule]):
    list_display = ["company", "status", "in_force_from"]
    list_select_related = ["company"]
    search_fields = ["=company__ubi"]


@admin.register(Caseworker)
class CaseworkerAdmin(ReadOnlyAdmin[Caseworker]):
    list_display = ["name", "account"]
    list_select_related = ["account"]


@admin.register(EServiceSession)
class EServiceSessionAdmin(ReadOnlyAdmin[EServiceSession]):
    list_display = ["sid", "e_service", "company", "person", "started_at", "ended_at"]
    list_select_related = ["e_service", "company", "person"]
    search_fields = ["=sid", "=company__ubi"]


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin[Grant]):
    list_display = ["id", "session", "approved_at", "exchanged_at", "ended_at", "ending"]
    list_select_related = ["session"]
    list_filter = ["ending"]
    search_fields = ["=session__sid", "=session__company__ubi"]
    exclude = ["nonce"]


@admin.register(SignInConsent)
class SignInConsentAdmin(ReadOnlyAdmin[SignInConsent]):
    list_display = ["person", "company", "e_service", "given_at"]
    list_select_related = ["person", "company", "e_service"]
    search_fields = ["=company__ubi"]
