"""Three languages, complete: every text of code and templates in both Chineses."""

import gettext
import re
from pathlib import Path

import pytest

from tests.catalogue import (
    ROOT,
    Entry,
    Text,
    python_texts,
    read_po,
    template_texts,
    templates,
    unmarked_words,
)

LANGUAGES = ("zh_Hant", "zh_Hans")

# Pairs in this order; only characters that the other script never writes.
TRADITIONAL = (
    "們這個來說時間實現國業務簽證書記錄資訊請輸選擇開關頁員無應從"
    "處發見觀點權產單據銀電話號碼網絡連結訂閱讀寫課題"
)
SIMPLIFIED = (
    "们这个来说时间实现国业务签证书记录资讯请输选择开关页员无应从"
    "处发见观点权产单据银电话号码网络连结订阅读写课题"
)
_SHARED = set(TRADITIONAL) & set(SIMPLIFIED)
FOREIGN = {
    "zh_Hant": set(SIMPLIFIED) - _SHARED,
    "zh_Hans": set(TRADITIONAL) - _SHARED,
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%|</?\w+[^>]*>")


def _catalogue(language: str) -> dict[str, Entry]:
    return read_po(_folder(language) / "django.po")


def _folder(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES"


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return [*python_texts(), *template_texts()]


def test_the_pairs_are_pairs() -> None:
    assert len(TRADITIONAL) == len(SIMPLIFIED)


def test_no_f_string_is_marked(texts: list[Text]) -> None:
    assert [text.where for text in texts if not text.msgid] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_said_in(language: str, texts: list[Text]) -> None:
    catalogue = _catalogue(language)

    missing = {
        f"{text.where}: {text.msgid!r}"
        for text in texts
        if text.msgid not in catalogue
        or not catalogue[text.msgid].msgstr
        or "fuzzy" in catalogue[text.msgid].flags
    }

    assert sorted(missing) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_is_left_half_done(language: str) -> None:
    half_done = [
        msgid
        for msgid, entry in _catalogue(language).items()
        if not entry.msgstr or "fuzzy" in entry.flags
    ]

    assert half_done == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_tags_are_those_of_the_english(language: str) -> None:
    for msgid, entry in _catalogue(language).items():
        if msgid:
            expected = set(_PLACEHOLDER.findall(entry.msgid_plural or msgid))
            assert set(_PLACEHOLDER.findall(entry.msgstr)) == expected, msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_character_of_the_other_script_slips_in(language: str) -> None:
    slipped = {
        msgid: strange
        for msgid, entry in _catalogue(language).items()
        if (strange := set(entry.msgstr) & FOREIGN[language])
    }

    assert slipped == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_says_what_the_written_one_says(language: str) -> None:
    with (_folder(language) / "django.mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)

    for msgid, entry in _catalogue(language).items():
        if msgid and entry.msgid_plural:
            assert catalogue.ngettext(msgid, entry.msgid_plural, 2) == entry.msgstr
        elif msgid:
            assert catalogue.gettext(msgid) == entry.msgstr


def test_both_chineses_answer_the_same_texts() -> None:
    hant, hans = (set(_catalogue(language)) for language in LANGUAGES)

    assert hant ^ hans == set()


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_shows_no_word_that_nobody_marked(path: Path) -> None:
    assert unmarked_words(path.read_text()) == []


def test_an_unmarked_word_would_be_found() -> None:
    source = (
        '{% load i18n %}<p title="Tea">{{ name }} is here {% translate "Fine" %}</p>'
        "{% comment %}not this{% endcomment %}<code>nor.this</code>"
        "{% blocktranslate %}nor this{% endblocktranslate %}"
    )

    assert unmarked_words(source) == ["Tea", "is here"]
