"""Which names of some articles are people's: those that speak, or carry a title."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice

from index import words

# So many sentences with a word are looked at: one that is everywhere would take seconds.
N_SENTENCES = 2000

_NAME = r"([A-Z][\w'’-]*\w(?: [A-Z][\w'’-]*\w)*)"
# Alternatives of a regular expression.
SPEAKING = (
    "said|says|told|tells|added|adds|wrote|writes|asked|asks|stressed|stresses|noted|notes|argued"
    "|argues|explained|explains|replied|warned|warns|recalled|thinks|thought|believes|believed"
)
TITLES = (
    "Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|Prof|Professor|President|Chancellor|Minister|Secretary"
    "|Secretary-General|Senator|Governor|Mayor|Judge|Justice|General|Colonel|Captain|Sergeant"
    "|Officer|Inspector|Detective|Coach|King|Queen|Prince|Princess|Pope|Bishop|Father|Sister"
    "|Uncle|Aunt|Spokesman|Spokeswoman|Spokesperson|secretary|spokesman|spokeswoman|spokesperson"
    "|president|chancellor|minister|professor|coach|captain|director"
)
_SIGNS = (
    re.compile(rf"{_NAME},? (?:also |later |then |has |had )?(?:{SPEAKING})\b"),
    re.compile(rf"\b(?:{SPEAKING}) {_NAME}"),
    re.compile(rf"\b(?:{TITLES})\.? {_NAME}"),
)
_NOT_NAMES = frozenset(words("He She It They We I You This That These The A An And But"))


class People:
    """The stems of the words of people's names, looked for in the sentences that have the stem."""

    def __init__(self, sentences_of: Callable[[str], Iterable[str]]) -> None:
        """Take what returns the sentences that have a stem."""
        self._sentences_of = sentences_of
        self._known: dict[str, bool] = {}

    def __contains__(self, stem: object) -> bool:
        if not isinstance(stem, str):
            return False
        if stem not in self._known:
            sentences = islice(self._sentences_of(stem), N_SENTENCES)
            self._known[stem] = any(stem in people(sentence) for sentence in sentences)
        return self._known[stem]


def people(text: str) -> frozenset[str]:
    """Return the stems of the words of people's names in a sentence."""
    names = (name for sign in _SIGNS for name in sign.findall(text))
    return frozenset(stem for name in names for stem in words(name)) - _NOT_NAMES
