"""`/api/v1/credentials`: a department issues, looks up, suspends, resumes, revokes."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.api.caller import calling_e_service
from corpid.api.idempotency import IdempotentMixin
from corpid.api.serializers import StrictSerializer
from credentials.api.moments import written_moment
from credentials.models import Credential, CredentialState
from credentials.services.change_status import Change, change_status
from credentials.services.find_issued import find_issued
from credentials.services.issue_for_type import issue_for_type

_SCOPES = {"GET": {"credentials"}, "POST": {"credentials"}}
_TAGS = ["Wallet"]
_ISSUED = {
    "id": "crd_2v6w1c4x8t0z3m5n7q1r2s4b9k",
    "type": "food-licence",
    "ubi": "71234567",
    "state": "valid",
    "external_ref": "FEHD/2026/0042",
    "valid_from": "2026-03-01T00:00:00Z",
    "expires_at": "2027-03-01T00:00:00Z",
    "created_at": "2026-03-03T06:02:00Z",
    "changed_at": "2026-03-03T06:02:00Z",
    "version": 1,
}
_ISSUE = {
    "type": "food-licence",
    "ubi": "71234567",
    "premises": {"name": "陳記麵家", "address_tc": "油麻地廟街1號"},
    "claims": {
        "licence_number": "2961800123",
        "holder": {"ubi": "71234567", "name_tc": "金穗貿易有限公司"},
        "premises": {"name": "陳記麵家", "address_tc": "油麻地廟街1號"},
        "conditions": ["不得使用明火"],
    },
    "valid_from": "2026-03-01T00:00:00+08:00",
    "expires_at": "2027-03-01T00:00:00+08:00",
    "external_ref": "FEHD/2026/0042",
}


class PremisesBody(StrictSerializer):
    """The place of business that a licence is for; one that we know already is found again."""

    name = serializers.CharField(
        max_length=200, required=False, help_text="What stands over the door."
    )
    address_en = serializers.CharField(
        max_length=500,
        required=False,
        help_text="In English; this one or address_tc is needed.",
    )
    address_tc = serializers.CharField(
        max_length=300, required=False, help_text="In traditional Chinese."
    )
    geocode = serializers.CharField(
        max_length=30, required=False, help_text="Of the place, as the department writes it."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("address_en") and not attrs.get("address_tc"):
            raise serializers.ValidationError("An address.", code="address_missing")
        return attrs


class IssueBody(StrictSerializer):
    type = serializers.CharField(max_length=50, help_text="Slug of a type that you may issue.")
    ubi = serializers.CharField(max_length=30, help_text="The holder's business identifier.")
    claims = serializers.DictField(help_text="As the type's metadata and schema describe them.")
    premises = PremisesBody(
        required=False, help_text="Needed where the type is for one place of business."
    )
    valid_from = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    external_ref = serializers.CharField(
        max_length=100, required=False, default="", help_text="Yours; used once for each type."
    )


class CredentialAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.CharField()
    ubi = serializers.CharField()
    state = serializers.ChoiceField(CredentialState.choices)
    external_ref = serializers.CharField()
    valid_from = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class ChangeBody(StrictSerializer):
    reason = serializers.CharField(
        max_length=300, help_text="The company reads it; name no person."
    )
    is_urgent = serializers.BooleanField(
        default=False, help_text="Publish the status list at once instead of within a minute."
    )


def _answer(credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "type": credential.type.slug,
        "ubi": credential.holder_ubi,
        "state": credential.state,
        "external_ref": credential.external_ref,
        "valid_from": written_moment(credential.valid_from),
        "expires_at": written_moment(credential.expires_at),
        "created_at": written_moment(credential.created_at),
        "changed_at": written_moment(credential.changed_at),
        "version": credential.current_version,
    }


class Credentials(IdempotentMixin):
    required_scopes = _SCOPES
    idempotency_route = "credentials"

    @extend_schema(
        operation_id="issue_credential",
        tags=_TAGS,
        request=IssueBody,
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        responses={201: CredentialAnswer, 202: CredentialAnswer},
        examples=[
            OpenApiExample("a food licence", value=_ISSUE, request_only=True),
            OpenApiExample(
                "in the wallet", value=_ISSUED, response_only=True, status_codes=["201"]
            ),
            OpenApiExample(
                "held for claim",
                value={**_ISSUED, "state": "held"},
                response_only=True,
                status_codes=["202"],
            ),
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Issue: 201 into the company's wallet; 202 held until the company uses Corp ID."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        body = IssueBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        credential = issue_for_type(
            issuer=calling_e_service(request),
            type_slug=wanted["type"],
            ubi=wanted["ubi"],
            claims=wanted["claims"],
            premises=wanted.get("premises"),
            valid_from=wanted["valid_from"],
            expires_at=wanted["expires_at"],
            external_ref=wanted["external_ref"],
            at=timezone.now(),
        )
        return Response(
            _answer(credential),
            status=202 if credential.state == CredentialState.HELD else 201,
            headers={"Location": reverse("credential", args=[credential.id])},
        )


class CredentialById(APIView):
    required_scopes = _SCOPES

    @extend_schema(
        operation_id="get_credential",
        tags=_TAGS,
        responses={200: CredentialAnswer},
        examples=[OpenApiExample("in force", value=_ISSUED, response_only=True)],
    )
    def get(self, request: Request, credential_id: str) -> Response:
        """Look up one credential of yours: its state, not its claims."""
        issuer = calling_e_service(request)
        return Response(_answer(find_issued(issuer=issuer, credential_id=credential_id)))


class _ChangeStatus(APIView):
    required_scopes = _SCOPES
    problem_statuses = {"POST": {409}}
    change: Change

    def _changed(self, request: Request, credential_id: str) -> Response:
        body = ChangeBody(data=request.data)
        body.is_valid(raise_exception=True)
        credential = change_status(
            issuer=calling_e_service(request),
            credential_id=credential_id,
            change=self.change,
            reason=body.validated_data["reason"],
            is_urgent=body.validated_data["is_urgent"],
            at=timezone.now(),
        )
        return Response(_answer(credential))


Method = TypeVar("Method", bound=Callable[..., Response])


def _documented(operation_id: str, state: str) -> Callable[[Method], Method]:
    document: Callable[[Method], Method] = extend_schema(
        operation_id=operation_id,
        tags=_TAGS,
        request=ChangeBody,
        responses={200: CredentialAnswer},
        examples=[
            OpenApiExample(
                "why",
                value={"reason": "Inspection of 2 March 2026", "is_urgent": True},
                request_only=True,
            ),
            OpenApiExample("done", value={**_ISSUED, "state": state}, response_only=True),
        ],
    )
    return document


class SuspendCredential(_ChangeStatus):
    change = Change.SUSPEND

    @_documented("suspend_credential", "suspended")
    def post(self, request: Request, credential_id: str) -> Response:
        """Suspend for a while; verifiers are told *suspended*."""
        return self._changed(request, credential_id)


class ResumeCredential(_ChangeStatus):
    change = Change.RESUME

    @_documented("resume_credential", "valid")
    def post(self, request: Request, credential_id: str) -> Response:
        """Put a suspended credential in force again."""
        return self._changed(request, credential_id)


class RevokeCredential(_ChangeStatus):
    change = Change.REVOKE

    @_documented("revoke_credential", "revoked")
    def post(self, request: Request, credential_id: str) -> Response:
        """Revoke for good."""
        return self._changed(request, credential_id)
