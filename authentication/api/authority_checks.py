"""`POST /api/v1/authority/checks`, which answers whether a person may do this now."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.api.caller import calling, calling_e_service
from authentication.models import Amount
from authentication.services.check_authority import Verdict, check_authority
from authentication.services.check_power import Authority
from authentication.services.find_concerned import Named
from corpid.api.serializers import StrictSerializer


class AmountBody(StrictSerializer):
    value = serializers.DecimalField(
        max_digits=15,
        decimal_places=2,
        min_value=Decimal("0.01"),
        help_text="Written as text, `1234.50`: no floating point.",
    )
    currency = serializers.RegexField("^[A-Z]{3}$", help_text="A code of ISO 4217.")


class AuthorityBody(StrictSerializer):
    """Who and what a question about authority names."""

    power = serializers.CharField(max_length=100, help_text="Its key, `corpid.sign`.")
    person = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The `sub` of an ID token. Left out: the person of the access token.",
    )
    company = serializers.CharField(
        max_length=30,
        required=False,
        help_text="UBI. The `sub` names it already; named as well, both must agree.",
    )
    mandate = serializers.CharField(
        max_length=40,
        required=False,
        help_text="Reference of a mandate: only a chain that goes through it counts.",
    )
    amount = AmountBody(required=False, help_text="How much, where mandates have limits.")


class ChainLinkAnswer(serializers.Serializer[Any]):
    ubi = serializers.CharField()
    mandate = serializers.CharField(required=False)


class JointAnswer(serializers.Serializer[Any]):
    needed = serializers.IntegerField()
    have = serializers.IntegerField()


class AuthorityCheckAnswer(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    reason = serializers.CharField(
        allow_null=True, help_text="A code with a page of its own: `/problems/{code}`."
    )
    power = serializers.CharField()
    company = serializers.CharField(help_text="UBI")
    capacity = serializers.CharField(allow_null=True)
    roles = serializers.ListField(child=serializers.CharField())
    chain = ChainLinkAnswer(many=True)
    joint = JointAnswer(
        allow_null=True, help_text="Of those who must agree, this person alone is `have`."
    )
    checked_at = serializers.DateTimeField()


_YES = {
    "allowed": True,
    "reason": None,
    "power": "corpid.wallet.present",
    "company": "71234567",
    "capacity": "agent",
    "roles": [],
    "chain": [
        {"ubi": "68000001"},
        {"ubi": "71234567", "mandate": "man_4f7m2k9x1c8v5t0z3n6q2r7s1b"},
    ],
    "joint": None,
    "checked_at": "2026-03-03T06:02:00Z",
}
_OTHERS = _YES | {
    "allowed": False,
    "reason": "others_must_agree",
    "power": "corpid.sign",
    "capacity": "director",
    "chain": [{"ubi": "71234567"}],
    "joint": {"needed": 2, "have": 1},
}
_NO = _YES | {"allowed": False, "reason": "no_authority", "capacity": None, "chain": []}


class AuthorityChecks(APIView):
    required_scopes = {"POST": {"authority"}}
    problem_statuses = {"POST": {404}}

    @extend_schema(
        operation_id="check_authority",
        tags=["Identity"],
        request=AuthorityBody,
        responses={200: AuthorityCheckAnswer},
        examples=[
            OpenApiExample(
                "somebody who signed in before",
                value={
                    "person": "sub_2r7s1b4f7m2k9x1c8v5t0z3n6q",
                    "company": "71234567",
                    "power": "corpid.wallet.present",
                },
                request_only=True,
            ),
            OpenApiExample("yes, by mandate", value=_YES, response_only=True),
            OpenApiExample("not alone", value=_OTHERS, response_only=True),
            OpenApiExample("no", value=_NO, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Ask anew each time: what was true of a token may have ended since."""
        now = timezone.now()
        body = AuthorityBody(data=request.data)
        body.is_valid(raise_exception=True)
        power = body.validated_data["power"]
        verdict = check_authority(
            e_service=calling_e_service(request, power=power),
            named=named_by(request, body.validated_data),
            power=power,
            mandate=body.validated_data.get("mandate"),
            amount=amount_in(body.validated_data),
            at=now,
        )
        return Response(_answer(verdict, power) | {"checked_at": now})


def named_by(request: Request, body: dict[str, Any]) -> Named:
    caller = calling(request)
    return Named(caller.person_id, caller.company_id, body.get("person"), body.get("company"))


def amount_in(body: dict[str, Any]) -> Amount | None:
    amount = body.get("amount")
    return Amount(amount["value"], amount["currency"]) if amount else None


def chain_of(authority: Authority | None) -> list[dict[str, str]]:
    return [
        {"ubi": link.ubi} | ({"mandate": link.mandate} if link.mandate else {})
        for link in (authority.chain if authority else ())
    ]


def _answer(verdict: Verdict, power: str) -> dict[str, Any]:
    authority, joint = verdict.authority, verdict.joint
    return {
        "allowed": verdict.is_allowed,
        "reason": verdict.reason,
        "power": power,
        "company": verdict.company.ubi,
        "capacity": authority.capacity if authority else None,
        "roles": list(authority.roles) if authority else [],
        "chain": chain_of(authority),
        "joint": {"needed": joint.needed, "have": joint.have} if joint else None,
    }
