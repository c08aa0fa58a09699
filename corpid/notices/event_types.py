"""The events that e-services are told: their type, what it means, an example of their data.

Data are ids, states and moments, never a person's name or a value: who wants to know more asks
for the thing by its id, with the authority that this needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from corpid.errors import gettext_noop as _


@dataclass(frozen=True, slots=True)
class EventType:
    key: str
    meaning: str
    example: Mapping[str, object]


_SIGNATURE = {"id": "sig_4f8s2k7m1q9d3x6b0v5n8c2h7j", "company": "71234567"}
_FORM = {"id": "pre_9k2v6w1c4x8t0z3m5n7q1r2s4b", "company": "71234567"}  # or null: none yet
_CREDENTIAL = {"id": "crd_7m1q9d3x6b0v5n8c2h7j4f8s2k", "type": "food-licence"}

_TYPES = (
    EventType(
        "signature_request.complete",
        _("The signing rule is met: the signed documents can be fetched."),
        {**_SIGNATURE, "status": "complete"},
    ),
    EventType(
        "signature_request.declined",
        _("The company said no. Who said it is not told."),
        {**_SIGNATURE, "status": "declined"},
    ),
    EventType(
        "signature_request.withdrawn",
        _("The request was taken back before it was complete."),
        {**_SIGNATURE, "status": "withdrawn"},
    ),
    EventType(
        "signature_request.expired",
        _("Nobody, or not enough people, answered in time."),
        {**_SIGNATURE, "status": "expired"},
    ),
    EventType(
        "signature_request.superseded",
        _("A newer request took its place."),
        {**_SIGNATURE, "status": "superseded"},
    ),
    EventType(
        "signature_request.cannot_be_completed",
        _("Somebody's authority ended before the signature: ask again."),
        {**_SIGNATURE, "status": "cannot_be_completed"},
    ),
    EventType(
        "signature_request.failed",
        _("Signing failed on our side."),
        {**_SIGNATURE, "status": "failed"},
    ),
    EventType(
        "prefill_request.ready",
        _("The company agreed, and every item it agreed to can be collected."),
        {**_FORM, "status": "ready"},
    ),
    EventType(
        "prefill_request.partial",
        _("The company agreed; some source did not answer. The rest can be collected."),
        {**_FORM, "status": "partial"},
    ),
    EventType(
        "prefill_request.refused",
        _("The company sends nothing: let the form be typed."),
        {**_FORM, "status": "refused"},
    ),
    EventType(
        "prefill_request.expired",
        _("Not answered, or not collected, in time."),
        {**_FORM, "status": "expired"},
    ),
    EventType(
        "prefill_request.revoked",
        _("Whoever agreed may no longer agree: nothing is sent."),
        {**_FORM, "status": "revoked"},
    ),
    EventType(
        "consent.revoked",
        _("The company withdrew its consent: delete what you hold and attest to it."),
        {
            "id": "con_2v6w1c4x8t0z3m5n7q1r2s4b9k",
            "prefill_request": "pre_9k2v6w1c4x8t0z3m5n7q1r2s4b",
            "company": "71234567",
        },
    ),
    EventType(
        "consent.expiring",
        _("A standing consent ends soon: ask the company anew, if you need it."),
        {
            "id": "con_2v6w1c4x8t0z3m5n7q1r2s4b9k",
            "prefill_request": "pre_9k2v6w1c4x8t0z3m5n7q1r2s4b",
            "company": "71234567",
            "expires_at": "2026-04-02T06:02:00+00:00",
        },
    ),
    EventType(
        "company.renamed",
        _("A company that signs in at yours has another name."),
        {"company": "71234567"},
    ),
    EventType(
        "company.status",
        _("Its status on the register has changed: wound up, struck off, restored."),
        {"company": "71234567", "status": "struck_off"},
    ),
    EventType(
        "company.officers",
        _("The register names other officers of it: ask who may act, before you rely on it."),
        {"company": "71234567"},
    ),
    EventType(
        "company.succeeded",
        _("Another company takes its place. Its rights don't pass to sign-ins by themselves."),
        {
            "company": "71234567",
            "successor": "72345678",
            "kind": "amalgamation",
            "effective_on": "2026-03-03",
        },
    ),
    EventType(
        "restriction.changed",
        _("What a company may do was restricted, or is free again. Why is not told."),
        {"company": "71234567", "state": "set"},
    ),
    EventType(
        "mandate.ended",
        _("A mandate that somebody signed in with at yours has ended."),
        {"id": "man_4f8s2k7m1q9d3x6b0v5n8c2h7j", "company": "71234567", "because": "expired"},
    ),
    EventType(
        "credential.landed",
        _("A credential that you issued lies in the company's wallet."),
        {**_CREDENTIAL, "state": "valid"},
    ),
    EventType(
        "credential.suspended",
        _("A credential that you issued was suspended."),
        {**_CREDENTIAL, "state": "suspended"},
    ),
    EventType(
        "credential.resumed",
        _("A credential that you issued is valid again."),
        {**_CREDENTIAL, "state": "valid"},
    ),
    EventType(
        "credential.revoked",
        _("A credential that you issued was revoked."),
        {**_CREDENTIAL, "state": "revoked"},
    ),
    EventType(
        "presentation_request.answered",
        _("A wallet answered your question, or said no: fetch the answer and see."),
        {"id": "prq_1q9d3x6b0v5n8c2h7j4f8s2k7m"},
    ),
    EventType(
        "webhook.test",
        _("You asked for this event to test an endpoint."),
        {"endpoint": "whe_3x6b0v5n8c2h7j4f8s2k7m1q9d"},
    ),
)

TEST = "webhook.test"
EVENT_TYPES: dict[str, EventType] = {each.key: each for each in _TYPES}
