"""The three languages of Corp ID: every text and name that people read has each."""

from collections.abc import Callable

# Django's code for a reader's language, and the tag by which programs know it (BCP 47).
TAGS = {"en": "en", "zh-hant": "zh-Hant", "zh-hans": "zh-Hans"}
LANGUAGES = tuple(TAGS)


def in_each_language(words: Callable[[str], str]) -> dict[str, str]:
    """Ask for the words in every language: `in_each_language(company.name_in)`."""
    return {language: words(language) for language in LANGUAGES}
