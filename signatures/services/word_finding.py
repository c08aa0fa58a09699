"""What is wrong with a file and what to do about it, in the reader's language."""

from django.utils.translation import gettext

from corpid.rendering.fence import FileUnreadable
from signatures.services.refuse_unsignable import REFUSALS


def word_finding(*, finding: str) -> str:
    refusal = REFUSALS.get(finding, FileUnreadable)
    return f"{gettext(refusal.title)} {gettext(refusal.remedy)}"
