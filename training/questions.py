"""Questions as people type them, and questions that a text no longer answers.

Typed: keywords, no question mark, a slip of the finger. No longer answered: a name or a number
is exchanged for another of the text.
"""

from __future__ import annotations

import re
from random import Random

NEGATION = re.compile(r"\b(?:not|never|no|none|cannot|without|nor|neither|\w+n't)\b", re.I)
_STOP = frozenset(
    "a an the is are was were be been do does did has have had of in on at to for by with from "
    "and or that which who whom whose what when where why how it its this these those there as "
    "can could would should will may might i me my you your his her their".split()
)
_NAME = re.compile(r"\b[A-Z][\w'’.-]*\w(?: (?:(?:of|the|de|von) )?[A-Z][\w'’.-]*\w)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")


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


def swap(question: str, context: str, random: Random) -> str | None:
    """Return the question with one name or number exchanged for another of the context.

    None where there is nothing to exchange. The first word is no name, and names whose words
    begin alike may be of the same thing, so they are not exchanged.
    """
    choices = []
    for pattern in (_NAME, _NUMBER):
        others = sorted({m.group() for m in pattern.finditer(context)})
        for match in pattern.finditer(question, 1):
            known = _stems(question)
            far = [other for other in others if not known & _stems(other)]
            if far:
                choices.append((match.span(), far))
    if not choices:
        return None
    (start, end), far = random.choice(choices)
    return question[:start] + random.choice(far) + question[end:]


def _stems(text: str) -> set[str]:
    return {word[:4] for word in re.findall(r"\w+", text.lower()) if word not in _STOP}
