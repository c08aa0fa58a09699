"""The catalogue of notices: what may be told, in which words, whether it asks for something.

Texts hold `{placeholders}`; a notice brings their values as `facts` when it is raised. A value
may differ by language: {"en": "Harbour Bank", "zh-hant": "海港銀行", "zh-hans": "海港银行"}.
No notice asks for a password.
"""

from dataclasses import dataclass

from corpid.errors import gettext_noop as _


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """`is_task`: something waits for the reader; `always_on`: its e-mail can't be switched off.

    `subject` is the e-mail's: what kind of thing happened, and nothing of whom or what.
    `is_security`: it may tell of an intruder, and no cap on other e-mails holds it back.
    `is_confidential`: the facts may be inside information and never leave the portal.
    """

    key: str
    title: str
    text: str
    subject: str
    is_confidential: bool = False
    is_task: bool = False
    is_security: bool = False
    always_on: bool = True


_KINDS = (
    NoticeKind(
        "signatures.approval_asked",
        _("Approve or decline: {document}"),
        _("{asker} asks {company} to sign. Nothing happens without your decision."),
        _("A signature waits for your decision"),
        is_confidential=True,
        is_task=True,
    ),
    NoticeKind(
        "signatures.complete",
        _("Signed: {document}"),
        _("The signing rule of {company} is met and its electronic seal is on the document."),
        _("A document is signed"),
        is_confidential=True,
    ),
    NoticeKind(
        "signatures.ended",
        _("Ended without signature: {document}"),
        _("The request to {company} was declined, withdrawn or ran out of time."),
        _("A signature request has ended"),
        is_confidential=True,
    ),
    NoticeKind(
        "signatures.cannot_be_completed",
        _("Can't be completed: {document}"),
        _("Somebody's authority for {company} ended before the signature. Ask again."),
        _("A signature request can't be completed"),
        is_confidential=True,
    ),
    NoticeKind(
        "signatures.approved_in_my_name",
        _("Approved in your name: {document}"),
        _("For {company}. If it was not you, take it back and sign out the other browsers."),
        _("A signature was approved in your name"),
        is_confidential=True,
        is_security=True,
    ),
    NoticeKind(
        "prefill.consent_asked",
        _("{e_service} asks for data of {company}"),
        _("See which details and why, then agree or refuse item by item."),
        _("A request for data waits for your answer"),
        always_on=False,
        is_task=True,
    ),
    NoticeKind(
        "prefill.sent",
        _("Data sent to {e_service}"),
        _("Sent, not yet filed. Go back to {e_service} to finish the form for {company}."),
        _("Data was sent as agreed"),
        always_on=False,
    ),
    NoticeKind(
        "prefill.not_confirmed",
        _("Not yet confirmed as filed: {e_service}"),
        _("Data of {company} was sent, and the form is not reported as filed. Look there."),
        _("A form is not yet confirmed as filed"),
        always_on=False,
    ),
    NoticeKind(
        "prefill.consent_expiring",
        _("The consent to {e_service} ends soon"),
        _("It ends on {date}. {e_service} has to ask {company} anew to go on."),
        _("A consent ends soon"),
        always_on=False,
    ),
    NoticeKind(
        "company.renamed",
        _("{before} is now {company}"),
        _("The register has another name. What was signed before stays good."),
        _("A company has another name"),
    ),
    NoticeKind(
        "company.status_changed",
        _("{company}: {status}"),
        _("Its status on the register has changed, and with it what it can do here."),
        _("The status of a company has changed"),
    ),
    NoticeKind(
        "company.succeeded",
        _("{successor} takes the place of {company}"),
        _("Mandates and consents are not carried over: give them anew."),
        _("Another company takes the place of one"),
    ),
    NoticeKind(
        "company.registration_expiring",
        _("Business registration of {company}: until {date}"),
        _("Renew it in time. Long after its end, much of what the company does here rests."),
        _("A business registration comes to its end"),
    ),
    NoticeKind(
        "officer.named",
        _("The register names you: {capacity} of {company}"),
        _("If that is not so, contest it with the company and the register."),
        _("The register names you for a company"),
        is_security=True,
    ),
    NoticeKind(
        "officer.removed",
        _("The register no longer names you: {capacity} of {company}"),
        _("What you signed before stays good. If you have not left, contest it there."),
        _("The register no longer names you for a company"),
        is_security=True,
    ),
    NoticeKind(
        "officer.contested",
        _("Your office is contested: {capacity} of {company}"),
        _("Joint acts that rest on it stop until it is settled. You may read and export."),
        _("Your office in a company is contested"),
        is_security=True,
    ),
    NoticeKind(
        "restriction.set",
        _("Use of Corp ID was restricted"),
        _("Why: {reason}. What rests is refused with this reason; what was done stays good."),
        _("Use of Corp ID was restricted"),
    ),
    NoticeKind(
        "restriction.review_due",
        _("A restriction is to be reviewed"),
        _("Why it stands: {reason}. Caseworkers look at it again."),
        _("A restriction is to be reviewed"),
    ),
    NoticeKind(
        "restriction.lifted",
        _("A restriction has ended"),
        _("It stood because: {reason}. What rested can be used again."),
        _("A restriction has ended"),
    ),
    NoticeKind(
        "mandates.ended",
        _("{delegate} no longer acts for {company}"),
        _("The mandate's time is over. Nobody uses it any more."),
        _("A mandate has ended"),
    ),
    NoticeKind(
        "credentials.received",
        _("New in the wallet of {company}: {credential}"),
        _("Issued by {issuer}. You can show it, or only part of it."),
        _("Something new in your wallet"),
        always_on=False,
    ),
    NoticeKind(
        "credentials.status_changed",
        _("{credential}: {status}"),
        _("{issuer} has changed the status of this credential of {company}."),
        _("A credential has changed"),
        always_on=False,
    ),
    NoticeKind(
        "security.signed_in_from_new_browser",
        _("New sign-in to your account"),
        _("From a browser that had not been used before. If it was not you, sign it out."),
        _("New sign-in to your Corp ID account"),
        is_security=True,
    ),
    NoticeKind(
        "security.check_phrase_changed",
        _("Your check phrase was changed"),
        _(
            "From the next e-mail on, ours show the new one."
            " If it was not you, sign out the browsers you don't know."
        ),
        _("Your check phrase was changed"),
        is_security=True,
    ),
    NoticeKind(
        "security.address_bounces",
        _("Our e-mails to you come back"),
        _("The mail server of your address refuses them, so we send no more. You can mend it."),
        _("Our e-mails to you come back"),
        is_security=True,
    ),
    NoticeKind(
        "notices.address_tried_again",
        _("We e-mail you again"),
        _("If you read this in an e-mail, our e-mails arrive."),
        _("We e-mail you again"),
    ),
)

CATALOGUE: dict[str, NoticeKind] = {kind.key: kind for kind in _KINDS}
