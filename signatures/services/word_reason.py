"""Why a signature or file is not simply good, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext

from corpid.errors import gettext_noop
from signatures.verification.verdict import Reason

_SENTENCES: Mapping[Reason, str] = {
    Reason.ANNOTATED: gettext_noop(
        "The signatures match, but comments were added after signing: "
        "read them before you rely on this file."
    ),
    Reason.TIME_UNPROVEN: gettext_noop(
        "The signature matches, but nothing proves when it was made."
    ),
    Reason.ISSUER_UNKNOWN: gettext_noop(
        "The signature matches, but we do not know who issued its certificate."
    ),
    Reason.REVOKED_SINCE: gettext_noop(
        "The signature matches, but its certificate was revoked and nothing proves that it was "
        "made before that."
    ),
    Reason.CERTIFICATE_UNCERTAIN: gettext_noop(
        "The signature matches, but we could not establish that its certificate was good."
    ),
    Reason.AUTHORITY_NOT_STATED: gettext_noop(
        "The signature matches, but it does not say under which authority it was made."
    ),
    Reason.HYBRID: gettext_noop(
        "The signatures match, but this file can be read in two ways: compare it with the "
        "original before you rely on it."
    ),
    Reason.CHANGED: gettext_noop(
        "Do not rely on this file: it was changed after it was signed."
    ),
    Reason.REVOKED_BEFORE: gettext_noop(
        "Do not rely on this signature: its certificate had been revoked before it was made."
    ),
    Reason.SIGNATURE_FORGED: gettext_noop(
        "Do not rely on this file: it was changed after it was signed."
    ),
    Reason.NOT_AUTHORISED: gettext_noop(
        "Do not rely on this signature: "
        "the company had not authorised this person to sign this."
    ),
    Reason.SIGNATURE_UNREADABLE: gettext_noop(
        "We could not read one of the signatures, so we cannot say whether it is genuine."
    ),
    Reason.NOT_SIGNED: gettext_noop("This file carries no signature."),
    Reason.FILE_UNREADABLE: gettext_noop(
        "We could not read this file, so we cannot say whether it is genuine."
    ),
}


def word_reason(reason: Reason, *, facts: Mapping[str, Any]) -> str:
    """Say why, for one reason that is not good."""
    if reason is Reason.FILLED:
        count = len(facts.get("filled", ())) or 1
        return ngettext(
            "The signatures match, but %(count)d box was filled in after signing: "
            "read it before you rely on this file.",
            "The signatures match, but %(count)d boxes were filled in after signing: "
            "read them before you rely on this file.",
            count,
        ) % {"count": count}
    if reason is Reason.RULE_INCOMPLETE:
        return gettext(
            "Only %(have)d of the %(needed)d directors that the company's own rule requires "
            "has signed."
        ) % {"have": facts.get("have", 0), "needed": facts.get("needed", 0)}
    return gettext(_SENTENCES[reason])
