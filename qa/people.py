"""Which names of some articles are people's: those that speak, or carry a title."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import Article, words

_NAME = r"([A-Z][\w'’-]*\w(?: [A-Z][\w'’-]*\w)*)"
_SPEAKS = (
    "said|says|told|tells|added|adds|wrote|writes|asked|asks|stressed|stresses|noted|notes|argued"
    "|argues|explained|explains|replied|warned|warns|recalled|thinks|thought|believes|believed"
)
_TITLES = (
    "Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|Prof|Professor|President|Chancellor|Minister|Secretary"
    "|Secretary-General|Senator|Governor|Mayor|Judge|Justice|General|Colonel|Captain|Sergeant"
    "|Officer|Inspector|Detective|Coach|King|Queen|Prince|Princess|Pope|Bishop|Father|Sister"
    "|Uncle|Aunt|Spokesman|Spokeswoman|Spokesperson|secretary|spokesman|spokeswoman|spokesperson"
    "|president|chancellor|minister|professor|coach|captain|director"
)
_SIGNS = (
    re.compile(rf"{_NAME},? (?:also |later |then |has |had )?(?:{_SPEAKS})\b"),
    re.compile(rf"\b(?:{_SPEAKS}) {_NAME}"),
    re.compile(rf"\b(?:{_TITLES})\.? {_NAME}"),
)
_NOT_NAMES = frozenset(words("He She It They We I You This That These The A An And But"))


def people(articles: Sequence[Article]) -> frozenset[str]:
    """Return the stems of the words of people's names in articles."""
    found: set[str] = set()
    for article in articles:
        for sentence in article.sentences:
            for sign in _SIGNS:
                for name in sign.findall(sentence.text):
                    found.update(words(name))
    return frozenset(found - _NOT_NAMES)
