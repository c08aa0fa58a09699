"""A verdict in a plain sentence, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext

from corpid.errors import gettext_noop
from signatures.services.word_date import word_date
from signatures.services.word_reason import word_reason
from signatures.verification.verdict import Reason

NOT_THE_CONTENT = gettext_noop(
    "We check who signed and whether the file changed, not whether what it says is true."
)


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
    return word_reason(reason, facts=facts)


def _named(facts: Mapping[str, Any]) -> dict[str, str]:
    language = get_language() or "en"
    names = [each.get(language) or each["en"] for each in facts["signer_names"]]
    company = facts["company_names"].get(language) or facts["company"]
    return {
        "signers": _join(names),
        "company": company,
        "date": word_date(parse_datetime(facts["at"])),
    }


def _join(names: Sequence[str]) -> str:
    """Give `A`, `A and B`, `A, B and C`, as the language has it."""
    if len(names) <= 1:
        return "".join(names)
    comma = "、" if (get_language() or "").startswith("zh") else ", "
    return gettext("%(first)s and %(last)s") % {
        "first": comma.join(names[:-1]),
        "last": names[-1],
    }
