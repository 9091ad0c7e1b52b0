"""Questions that ask several things become one question for each."""

from __future__ import annotations

import re

_ASKING = r"(?:who|whom|whose|what|which|when|where|why|how)"
_MAX_JOINT = 3
# "Who signed it and when?", "Where and when was it signed?"
_JOINT = re.compile(rf"[,;]?\s+(?:and|or)\s+(?=(?:\w+\s+)?{_ASKING}\b)", re.IGNORECASE)
_LEADING = re.compile(
    rf"(?:\w+\s+)?{_ASKING}\b(?:(?<=which)\s+\w+|\s+(?:many|much|long|old|far|often))?",
    re.IGNORECASE,
)
# "What can it carry, and does it take cars?"
_YES_OR_NO = re.compile(
    r"(?:,\s+(?:and\s+|but\s+)?(?=(?:is|are|was|were|has|have|had)\s+(?:the|a|an|this|that)\b)"
    r"|,?\s+(?:and|but)\s+(?=(?:do|does|did|can|could|will|would|should|may|must)\s+(?!not\b|what\b)\w+\s+\w"
    r"|(?:is|are|was|were|has|have|had)\s+(?:it|he|she|they|there)\b))",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    rf"(?:(?:and|in|on|at|by|for|from|to|with)\s+)?(?:{_ASKING}|is|are|was|were|do|does|did|can|could"
    r"|will|would|should|may|must|has|have|had)\s+\S+\s+\S",
    re.IGNORECASE,
)
# "Tell me the name of the boat, the date of the trip and the name of the captain."
_WISH = re.compile(
    r"(?:please )?(?:tell me|give me|name|list|i (?:want|need) to know|what (?:is|are|was|were))\s+",
    re.IGNORECASE,
)
_ITEM = r"(?=(?:the|its|his|her|their) (?:\w+ ){1,3}of )"
_ITEMS = re.compile(rf"(?:,\s*and|,|\s+and)\s+{_ITEM}", re.IGNORECASE)
_IN_A_ROW = re.compile(r"(?<=[?？])\s+(?=\W*\w)")
# "Sum it up and tell me who opened it."
_AND_TELL = re.compile(
    rf",?\s+and\s+(?:please\s+|also\s+|then\s+)*tell\s+(?:me|us)\s+(?={_ASKING}\b)", re.IGNORECASE
)
_NUMBERED = re.compile(r"(?:^|(?<=\s))\(?(\d{1,2}|[a-z])[.)]\s+(?=\S)")


def split_parts(question: str) -> tuple[str, ...]:
    """Return the questions that a question asks, in order; most ask one.

    They are numbered, stand in a row, or are joined by "and". A part of asking words only ("and
    when?") takes the rest of the part beside it. An indirect question ("he asked who
    came and why she left") is mistaken for one.
    """
    rows = _numbered(question) or _IN_A_ROW.split(question)
    listed = [each for row in rows for each in _told(row)]
    parts = [part for each in listed for part in (_joined(each) or _items(each) or [each])]
    return tuple(parts) if len(parts) > 1 else (question,)


def _told(question: str) -> list[str]:
    """Return what is wished for, and the question after "and tell me"."""
    first, *others = _AND_TELL.split(question)
    return [first, *(f"{other.strip(' .?!')}?" for other in others)]


def _numbered(question: str) -> list[str]:
    """Return the questions after "1)", "2)" … or "a)", "b)" …; what is before is one if it asks."""
    marks = list(_NUMBERED.finditer(question))
    first = marks[0][1] if marks else ""
    if len(marks) < 2 or first not in ("1", "a"):
        return []
    wanted = [str(n) if first == "1" else chr(ord("a") + n - 1) for n in range(1, len(marks) + 1)]
    if [mark[1] for mark in marks] != wanted:
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(question)]
    before = question[: marks[0].start()].strip()
    listed = [
        question[mark.end() : end].strip(" ,;") for mark, end in zip(marks, ends, strict=True)
    ]
    return [*([before] if before.endswith("?") else []), *listed]


def _joined(question: str) -> list[str]:
    """Return the questions of a sentence that joins several, or nothing."""
    halves = [half.strip(" ,;?") for half in _YES_OR_NO.split(question)]
    if len(halves) > 1 and all(map(_WHOLE.match, halves)):
        return [part for half in halves for part in _by_asking_words(half) or [f"{half}?"]]
    return _by_asking_words(question)


def _by_asking_words(question: str) -> list[str]:
    """Return the questions that begin with asking words, each with a rest, or nothing."""
    parts = [part.strip(" ,;?") for part in _JOINT.split(question)]
    leads = [_LEADING.match(part) for part in parts]
    if len(parts) == 1 or not all(leads) or len(parts) > _MAX_JOINT:
        return []
    rests = [part[lead.end() :].strip() for part, lead in zip(parts, leads, strict=True) if lead]
    if not any(rests):
        return []
    whole = []
    for number, part in enumerate(parts):
        beside = [*rests[number + 1 :], *reversed(rests[:number])]
        rest = "" if rests[number] else next(r for r in beside if r)
        whole.append(f"{part} {rest}".strip() + "?")
    return whole


def _items(question: str) -> list[str]:
    """Return a question for each thing that a sentence wishes to know, or nothing."""
    wish = _WISH.match(question)
    if not wish or not re.match(_ITEM, question[wish.end() :], re.IGNORECASE):
        return []
    items = [item.strip(" ,;.?") for item in _ITEMS.split(question[wish.end() :])]
    return [f"What is {item}?" for item in items] if len(items) > 1 else []
