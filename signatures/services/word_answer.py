"""The four questions, and the answer to each, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from corpid.errors import gettext_noop
from signatures.services.word_reason import word_reason
from signatures.verification.verdict import Question, Reason

QUESTIONS: Mapping[Question, str] = {
    Question.UNCHANGED: gettext_noop("Is the document as it was signed?"),
    Question.CERTIFICATE: gettext_noop("Was the certificate good at that time?"),
    Question.AUTHORITY: gettext_noop("Had the company authorised this person?"),
    Question.RULE: gettext_noop("Is the company's signing rule complete?"),
}
# Where they are as they should be.
_GOOD: Mapping[Question, str] = {
    Question.UNCHANGED: gettext_noop("Unchanged since signing."),
    Question.CERTIFICATE: gettext_noop("Good, and the time of signing is proven."),
    Question.AUTHORITY: gettext_noop("Authorised when it was signed."),
    Question.RULE: gettext_noop("Complete."),
}


def word_answer(answer: Mapping[str, Any], *, facts: Mapping[str, Any]) -> str:
    """Say one of the four answers."""
    reason = Reason(answer["reason"])
    if reason is Reason.GOOD:
        return gettext(_GOOD[Question(answer["question"])])
    return word_reason(reason, facts={**facts, **answer["evidence"]})
