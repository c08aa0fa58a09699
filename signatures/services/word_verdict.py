"""A verdict in a plain sentence, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext

from corpid.errors import gettext_noop
from signatures.verification.verdict import Question, Reason

QUESTIONS: Mapping[Question, str] = {
    Question.UNCHANGED: gettext_noop("Is the document as it was signed?"),
    Question.CERTIFICATE: gettext_noop("Was the certificate good at that time?"),
    Question.AUTHORITY: gettext_noop("Had the company authorised this person?"),
    Question.RULE: gettext_noop("Is the company's signing rule complete?"),
}
NOT_THE_CONTENT = gettext_noop(
    "We check who signed and whether the file changed, not whether what it says is true."
)
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
# Answers to the single questions, where they are as they should be.
_GOOD: Mapping[Question, str] = {
    Question.UNCHANGED: gettext_noop("Unchanged since signing."),
    Question.CERTIFICATE: gettext_noop("Good, and the time of signing is proven."),
    Question.AUTHORITY: gettext_noop("Authorised when it was signed."),
    Question.RULE: gettext_noop("Complete."),
}


def word_verdict(verdict: Mapping[str, Any]) -> str:
    """Say the whole verdict in one sentence."""
    reason, facts = Reason(verdict["reason"]), verdict["facts"]
    if reason is Reason.GOOD:
        return gettext(
            "This file is exactly what %(signers)s signed for %(company)s on %(date)s, "
            "and the company had authorised them."
        ) % _named(facts)
    if reason is Reason.GOOD_OWNER:
        return gettext(
            "This file is exactly what %(signers)s, owner of %(company)s, signed on %(date)s."
        ) % _named(facts)
    return word_reason(reason, facts)


def word_reason(reason: Reason, facts: Mapping[str, Any]) -> str:
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


def word_answer(answer: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Say one of the four answers."""
    reason = Reason(answer["reason"])
    if reason is Reason.GOOD:
        return gettext(_GOOD[Question(answer["question"])])
    return word_reason(reason, {**facts, **answer["evidence"]})


def _named(facts: Mapping[str, Any]) -> dict[str, str]:
    language = get_language() or "en"
    names = [each.get(language) or each["en"] for each in facts["signer_names"]]
    company = facts["company_names"].get(language) or facts["company"]
    return {
        "signers": join_names(names),
        "company": company,
        "date": word_date(parse_datetime(facts["at"])),
    }


def join_names(names: Sequence[str]) -> str:
    """Give `A`, `A and B`, `A, B and C`, as the language has it."""
    if len(names) <= 1:
        return "".join(names)
    comma = "、" if (get_language() or "").startswith("zh") else ", "
    return gettext("%(first)s and %(last)s") % {
        "first": comma.join(names[:-1]),
        "last": names[-1],
    }


def word_date(moment: datetime | date | None) -> str:
    """Give the day in Hong Kong: `3 March 2026`, `2026 年 3 月 3 日`."""
    if moment is None:
        return ""
    day = timezone.localdate(moment) if isinstance(moment, datetime) else moment
    if (get_language() or "").startswith("zh"):
        return f"{day.year} 年 {day.month} 月 {day.day} 日"
    return date_format(day, "j F Y")
