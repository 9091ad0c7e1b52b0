"""Which questions may mean something that an earlier question names."""

from __future__ import annotations

import re

MAX_SHORT = 5  # words of a question that is too short to name what it is about
_WORD = re.compile(r"\w[\w-]*")
_POINTING = frozenset(
    "it its itself he him his himself she her hers herself they them their theirs themselves"
    " this that these those there here then one ones same other another else too also instead"
    " former latter so".split()
)
_GOING_ON = re.compile(r"(?i)\W*(?:and|but|or|(?:what|how) about)\b")


def refers_back(question: str) -> bool:
    """Return whether a question may mean what an earlier one names.

    It has a pronoun or another word that points, goes on ("And …", "What about …"), or is short.
    Few questions that stand alone do, and the reader ignores an earlier question that does not matter.
    """
    low = [word.lower() for word in _WORD.findall(question)]
    return len(low) <= MAX_SHORT or not _POINTING.isdisjoint(low) or bool(_GOING_ON.match(question))
