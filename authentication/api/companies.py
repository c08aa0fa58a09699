"""`GET /api/v1/companies` and `GET /api/v1/companies/{ubi}`: for whom the person may act."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.api.caller import calling
from authentication.models import Company
from authentication.services.find_companies import find_companies
from authentication.services.find_company import find_company
from authentication.services.list_ways import Acting
from corpid.api.cursors import page_after
from corpid.errors import NotAllowed, gettext_noop


class NobodySignedIn(NotAllowed):
    code = "nobody_signed_in"
    title = gettext_noop("This call is made in the name of a person who signed in.")
    remedy = gettext_noop("Use the access token of a sign-in, not of client_credentials.")


class CompanyAnswer(serializers.Serializer[Any]):
    corp_id = serializers.UUIDField()
    ubi = serializers.CharField()
    names = serializers.DictField(child=serializers.CharField())
    kind = serializers.CharField()
    status = serializers.CharField()
    capacity = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())


class CompaniesAnswer(serializers.Serializer[Any]):
    results = CompanyAnswer(many=True)
    next = serializers.CharField(allow_null=True)


_EXAMPLE = {
    "corp_id": "019a8c1e-7d55-7c41-9c6b-0a4f3b2d1e60",
    "ubi": "12345678",
    "names": {"en": "Golden Harvest Trading Limited", "zh-Hant": "金穗貿易有限公司"},
    "kind": "local_private",
    "status": "live",
    "capacity": "director",
    "roles": [],
}


class Companies(APIView):
    required_scopes = {"GET": {"companies"}}

    @extend_schema(
        operation_id="list_companies",
        tags=["Identity"],
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: CompaniesAnswer},
        examples=[OpenApiExample("one", value={"results": [_EXAMPLE], "next": None})],
    )
    def get(self, request: Request) -> Response:
        acting = find_companies(person_id=_person_of(request), at=timezone.now())
        page = page_after(Company.objects.filter(id__in=list(acting)), request=request)
        return Response(
            {
                "results": [_answer(acting[company.id]) for company in page.rows],
                "next": page.next_cursor,
            }
        )


class CompanyByUBI(APIView):
    required_scopes = {"GET": {"companies"}}

    @extend_schema(
        operation_id="get_company",
        tags=["Identity"],
        responses={200: CompanyAnswer},
        examples=[OpenApiExample("a company", value=_EXAMPLE)],
    )
    def get(self, request: Request, ubi: str) -> Response:
        return Response(
            _answer(find_company(person_id=_person_of(request), ubi=ubi, at=timezone.now()))
        )


def _person_of(request: Request) -> UUID:
    person_id = calling(request).person_id
    if person_id is None:
        raise NobodySignedIn
    return person_id


def _answer(acting: Acting) -> dict[str, Any]:
    company = acting.company
    return {
        "corp_id": str(company.id),
        "ubi": company.ubi,
        "names": company.names_by_tag(),
        "kind": company.kind,
        "status": company.status,
        "capacity": acting.capacity,
        "roles": list(acting.roles),
    }
