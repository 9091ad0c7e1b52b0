"""The tokens of the lexical index: words without case, accents, endings and function words."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Stemmer import Stemmer

STOP_WORDS = frozenset(
    """a about according after all also am an and any are as at be been being both but by can could
    did do does doing during each for from had has have having he her hers him his how i if in into
    is it its itself may me might must my no nor not of on or our ours shall she should so some such
    than that the their theirs them then there these they this those through to too upon very was we
    were what when where which who whom whose why will with would you your yours article say says
    tell""".split()
)
_WORD = re.compile(r"(?<!['’])\w+|(?<=['’])\w{2,}")
_INITIALS = re.compile(r"\b(?:\w\.){2,}")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0e7f]{2,}")


def words(text: str) -> list[str]:
    """Return the stems of a text's content words, in order, with repetitions.

    Scripts written without spaces, and Korean with its endings, give pairs of characters instead.
    """
    stem = _stemmer().stemWord
    return [stem(w) for w in folded_words(text) if w not in STOP_WORDS]


def folded_words(text: str) -> list[str]:
    """Return the words of a text without case and accents, function words included."""
    if text.isascii():  # has no accents and only spaced words: five times as fast
        return _WORD.findall(_without_dots(text.lower()))
    folded = unicodedata.normalize("NFKD", text)
    folded = "".join(c for c in folded if not unicodedata.combining(c)).casefold()
    folded = _without_dots(unicodedata.normalize("NFC", folded))
    return [token for word in _WORD.findall(folded) for token in _tokens(word)]


def _without_dots(text: str) -> str:
    return _INITIALS.sub(lambda m: m[0].replace(".", ""), text)


def _tokens(word: str) -> list[str]:
    if not _UNSPACED.search(word):
        return [word]
    return [word[i : i + 2] for i in range(len(word) - 1)]


@cache
def _stemmer() -> Stemmer:
    from Stemmer import Stemmer  # so that `--help` loads no library

    return Stemmer("english")
