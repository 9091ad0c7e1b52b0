"""Initials in a question are written out, as the articles write the name they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

ANY_CASE = 4  # so many letters are too many to begin a run of common words by chance
_INITIALS = re.compile(r"\b(?:[A-Z]{3,6}s?\b|(?:[A-Z]\.){2,5}[A-Z]\b\.?)")
# What may stand between the words of a name without giving it a letter.
_BETWEEN = r"(?:[\s-]+(?:(?:against|and|at|by|for|from|in|of|on|or|the|to|with)\s+){0,2})"


def write_out(
    question: str, has_word: Callable[[str], bool], texts: Callable[[], Iterable[str]]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a question with its unknown initials written out, and each change.

    Three letters stand for words with capitals, more for words in any case. Where the articles have
    several names for them, or the whole question is in capitals, they stay.

    Args:
        question: as it was asked.
        has_word: whether the articles have a word.
        texts: gives the articles' texts; called only where initials are unknown.

    Returns:
        The question, and (initials, name) of each change.
    """
    if not any(c.islower() for c in question):
        return question, ()
    changes: dict[str, str] = {}
    for initials in dict.fromkeys(_INITIALS.findall(question)):
        letters = initials.replace(".", "").removesuffix("s")
        if not has_word(letters) and (name := _name_of(letters, texts())):
            changes[initials] = name
    written = _INITIALS.sub(lambda m: changes.get(m[0], m[0]), question)
    return written, tuple(changes.items())


def _name_of(letters: str, texts: Iterable[str]) -> str | None:
    """Return the only name that texts have with some initials."""
    pattern = r"\b" + _BETWEEN.join(rf"{letter}\w*(?:['’]\w*)?" for letter in letters) + r"\b"
    written_out = re.compile(pattern, re.IGNORECASE if len(letters) >= ANY_CASE else 0)
    names = {
        " ".join(m[0].split()).casefold(): m[0]
        for text in texts
        for m in written_out.finditer(text)
    }
    return " ".join(names.popitem()[1].split()) if len(names) == 1 else None
