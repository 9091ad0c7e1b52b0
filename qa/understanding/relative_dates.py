"""Relative dates ("the next day", "a year later") become the day, month or year they refer to."""

from __future__ import annotations

import re
from collections.abc import Sequence

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December".split()
)
_RELATIVE = re.compile(
    r"(?i)\b(?:on |in )?(?:"
    r"the (?P<side>next|following|previous|preceding) (?P<unit>day|month|year)"
    r"|(?:the|a|one) (?P<unit2>day|month|year) (?P<side2>after|later|before|earlier)(?! \w)"
    r")\b"
)
_NAMES = {"day": DAYS, "month": MONTHS}
_NAMED = {
    "day": re.compile(rf"\b(?:{'|'.join(DAYS)})\b"),
    "month": re.compile(rf"\b(?:{'|'.join(MONTHS)})\b"),
    "year": re.compile(r"\b[12]\d{3}\b"),
}


def with_absolute_times(question: str, earlier: Sequence[str]) -> str:
    """Return a question with relative times replaced: "the next day", after Monday, is "on Tuesday".

    Args:
        question: what is asked now; without a relative time it comes back as it is.
        earlier: the questions before it, oldest first; the latest that names a day, a month or a
            year is counted from. Where none does, nothing is replaced.
    """

    def absolute(match: re.Match[str]) -> str:
        unit = (match["unit"] or match["unit2"]).lower()
        side = (match["side"] or match["side2"]).lower()
        step = 1 if side in ("next", "following", "after", "later") else -1
        named = next((t for t in map(_NAMED[unit].findall, reversed(earlier)) if t), None)
        if named is None:
            return match[0]
        if unit == "year":
            return f"in {int(named[-1]) + step}"
        names = _NAMES[unit]
        name = names[(names.index(named[-1]) + step) % len(names)]
        return f"{'on' if unit == 'day' else 'in'} {name}"

    return _RELATIVE.sub(absolute, question)
