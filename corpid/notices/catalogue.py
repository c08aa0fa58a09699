"""The catalogue of notices: what may be told, in which words, whether it asks for something.

Texts hold `{placeholders}`; a notice brings their values as `facts` when it is raised. A value
may differ by language: {"en": "Harbour Bank", "zh-hant": "海港銀行", "zh-hans": "海港银行"}.
No notice asks for a password.
"""

from dataclasses import dataclass

from corpid.errors import gettext_noop as _


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """`is_task`: something waits for the reader; `always_on`: it can't be switched off."""

    key: str
    title: str
    text: str
    is_task: bool = False
    always_on: bool = True


_KINDS = (
    NoticeKind(
        "signatures.approval_asked",
        _("Approve or decline: {document}"),
        _("{asker} asks {company} to sign. Nothing happens without your decision."),
        is_task=True,
    ),
    NoticeKind(
        "signatures.complete",
        _("Signed: {document}"),
        _("The signing rule of {company} is met and its electronic seal is on the document."),
    ),
    NoticeKind(
        "signatures.ended",
        _("Ended without signature: {document}"),
        _("The request to {company} was declined, withdrawn or ran out of time."),
    ),
    NoticeKind(
        "prefill.consent_asked",
        _("{e_service} asks for data of {company}"),
        _("See which details and why, then agree or refuse item by item."),
        is_task=True,
    ),
    NoticeKind(
        "prefill.sent",
        _("Data sent to {e_service}"),
        _("Sent, not yet filed. Go back to {e_service} to finish the form for {company}."),
    ),
    NoticeKind(
        "credentials.received",
        _("New in the wallet of {company}: {credential}"),
        _("Issued by {issuer}. You can show it, or only part of it."),
    ),
    NoticeKind(
        "credentials.status_changed",
        _("{credential}: {status}"),
        _("{issuer} has changed the status of this credential of {company}."),
    ),
    NoticeKind(
        "security.signed_in_from_new_browser",
        _("New sign-in to your account"),
        _("From a browser that had not been used before. If it was not you, sign it out."),
    ),
)

CATALOGUE: dict[str, NoticeKind] = {kind.key: kind for kind in _KINDS}
