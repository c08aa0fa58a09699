"""The three languages of Corp ID: every text and name that people read has each."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import override

# Django's code for a reader's language, and the tag by which programs know it (BCP 47).
TAGS = {"en": "en", "zh-hant": "zh-Hant", "zh-hans": "zh-Hans"}
LANGUAGES = tuple(TAGS)


def in_each_language(words: Callable[[str], str]) -> dict[str, str]:
    """Ask for the words in every language: `in_each_language(company.name_in)`."""
    return {language: words(language) for language in LANGUAGES}


def worded_in_each_language(label: str | Promise) -> dict[str, str]:
    """Translate a marked text into every language: the label of a status, for one."""

    def words_in(language: str) -> str:
        with override(language):
            return str(label)

    return in_each_language(words_in)
