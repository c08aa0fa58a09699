"""The caseworker's view of the wallet: types to approve, trust, states; never a claim."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from corpid.reading_room import ReadOnlyAdmin
from credentials.models import (
    AccessLog,
    Credential,
    CredentialType,
    IssuerProfile,
    Presentation,
    PresentationRequest,
    TrustAnchor,
)
from credentials.services.approve_credential_type import (
    TypeNotSubmitted,
    approve_credential_type,
)


@admin.register(CredentialType)
class CredentialTypeAdmin(ReadOnlyAdmin[CredentialType]):
    list_display = ["slug", "issuer", "version", "sensitivity", "status", "approved_at"]
    list_select_related = ["issuer"]
    list_filter = ["status", "sensitivity"]
    search_fields = ["slug__startswith"]
    actions = ["approve"]

    @admin.action(description=_("Approve"), permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[CredentialType]) -> None:
        for credential_type in queryset:
            try:
                approve_credential_type(
                    credential_type=credential_type,
                    actor=f"caseworker:{request.user.pk}",
                    at=timezone.now(),
                )
            except TypeNotSubmitted as error:
                words = f"{gettext(error.title)} {gettext(error.remedy)}"
                self.message_user(request, f"{credential_type}: {words}", messages.ERROR)

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Ask for a right of its own: who only reads lets nobody issue anything."""
        return request.user.has_perm("credentials.approve_credentialtype")


@admin.register(Credential)
class CredentialAdmin(ReadOnlyAdmin[Credential]):
    list_display = ["id", "type", "issuer", "holder_ubi", "state", "expires_at"]
    list_select_related = ["type", "issuer"]
    list_filter = ["state", "type"]
    search_fields = ["=id", "=holder_ubi", "=external_ref"]


@admin.register(IssuerProfile)
class IssuerProfileAdmin(ReadOnlyAdmin[IssuerProfile]):
    list_display = ["e_service", "use", "valid_until", "created_at", "retired_at"]
    list_select_related = ["e_service"]
    list_filter = ["use"]
    exclude = ["chain"]


@admin.register(TrustAnchor)
class TrustAnchorAdmin(ReadOnlyAdmin[TrustAnchor]):
    list_display = ["name", "use", "added_at", "removed_at"]
    list_filter = ["use"]
    exclude = ["certificate"]


@admin.register(PresentationRequest)
class PresentationRequestAdmin(ReadOnlyAdmin[PresentationRequest]):
    list_display = ["id", "e_service", "purpose", "state", "created_at", "answered_at"]
    list_select_related = ["e_service"]
    list_filter = ["state"]
    search_fields = ["=id"]
    exclude = ["wrapped_data_key", "answer", "nonce", "state_parameter"]


@admin.register(Presentation)
class PresentationAdmin(ReadOnlyAdmin[Presentation]):
    list_display = ["id", "company", "verifier_name", "outcome", "presented_at"]
    list_select_related = ["company"]
    list_filter = ["outcome"]
    search_fields = ["=id", "=company__ubi"]


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin[AccessLog]):
    list_display = ["credential", "kind", "actor", "verifier", "at"]
    list_select_related = ["credential"]
    list_filter = ["kind"]
    search_fields = ["=credential__id"]
