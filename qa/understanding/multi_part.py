"""Questions that ask two things become one question for each."""

from __future__ import annotations

import re

MAX_PARTS = 3
_ASKING = r"(?:who|whom|whose|what|which|when|where|why|how)"
# "Who signed it and when?", "Where and when was it signed?", "Who came? And why?"
_JOINT = re.compile(
    rf"(?:[,;]?\s+(?:and|or)\s+(?=(?:\w+\s+)?{_ASKING}\b)|\?\s+(?:and\s+)?(?=(?:\w+\s+)?{_ASKING}\b))",
    re.IGNORECASE,
)
_LEADING = re.compile(
    rf"(?:\w+\s+)?{_ASKING}\b(?:(?<=which)\s+\w+|\s+(?:many|much|long|old|far|often))?",
    re.IGNORECASE,
)


def split_parts(question: str) -> tuple[str, ...]:
    """Return the questions that a question asks, each to be understood alone; most ask one.

    A part of asking words only ("and when?") takes the rest of the part beside it. A clause that
    is no question of its own ("he asked who came and why she left") is not told apart from one.
    """
    parts = [p.strip(" ,;?") for p in _JOINT.split(question)]
    leads = [_LEADING.match(part) for part in parts]
    if len(parts) == 1 or not all(leads) or len(parts) > MAX_PARTS:
        return (question,)
    rests = [part[lead.end() :].strip() for part, lead in zip(parts, leads, strict=True) if lead]
    if not any(rests):
        return (question,)
    whole = []
    for number, part in enumerate(parts):
        beside = [*rests[number + 1 :], *reversed(rests[:number])]
        rest = "" if rests[number] else next(r for r in beside if r)
        whole.append(f"{part} {rest}".strip() + "?")
    return tuple(whole)
