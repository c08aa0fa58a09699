"""Whether a phrase may stand in our e-mails as the one by which they are known."""

import unicodedata

from corpid.errors import Invalid, gettext_noop

SHORTEST_PHRASE, LONGEST_PHRASE = 4, 40


class CheckPhraseUnfit(Invalid):
    code = "check_phrase_unfit"
    title = gettext_noop("A check phrase has 4 to 40 letters, digits, spaces or marks.")
    remedy = gettext_noop("Take a few words that you will know again, and no address.")


def fit_check_phrase(*, check_phrase: str) -> str:
    """Give it as it is kept; an empty one is the wish for the one that we drew.

    Raises CheckPhraseUnfit for what mail programs would make a link of, and for what is not
    seen as it is written.
    """
    phrase = " ".join(unicodedata.normalize("NFC", check_phrase).split())
    if phrase and not _is_fit(phrase):
        raise CheckPhraseUnfit
    return phrase


def _is_fit(phrase: str) -> bool:
    shown = all(unicodedata.category(letter)[0] in "LMNPSZ" for letter in phrase)
    is_link = "://" in phrase or "@" in phrase or "www." in phrase.lower()
    return shown and not is_link and SHORTEST_PHRASE <= len(phrase) <= LONGEST_PHRASE
