"""Questions as people type them: keywords, no question mark, a slip of the finger."""

from __future__ import annotations

import re
from random import Random

NEGATION = re.compile(r"\b(?:not|never|no|none|cannot|without|nor|neither|\w+n't)\b", re.I)
_STOP = frozenset(
    "a an the is are was were be been do does did has have had of in on at to for by with from "
    "and or that which who whom whose what when where why how it its this these those there as "
    "can could would should will may might i me my you your his her their".split()
)


def vary(question: str, random: Random) -> str:
    """Return the question, one time in seven with a change that keeps what it asks."""
    draw = random.random()
    if draw < 0.05:
        return question.rstrip(" ?")
    if draw < 0.10:
        return keywords(question)
    if draw < 0.15:
        return misspell(question, random)
    return question


def keywords(question: str) -> str:
    """Return the words that carry the subject; the question itself where too few are left."""
    words = question.rstrip(" ?").split()
    kept = [word for word in words if word.lower().strip(",.'\"") not in _STOP]
    return " ".join(kept) if len(kept) >= 2 else question


def misspell(question: str, random: Random) -> str:
    """Return the question with one letter lost, doubled or exchanged in one longer word."""
    words = question.split()
    long = [n for n, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return question
    number = random.choice(long)
    word = words[number]
    at = random.randrange(1, len(word) - 1)
    words[number] = random.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return " ".join(words)


def content_words(text: str) -> set[str]:
    """Return the beginnings, four letters each, of the words that carry the subject of a text."""
    return {word[:4] for word in re.findall(r"\w+", text.lower()) if word not in _STOP}
