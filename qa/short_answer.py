"""A short answer that cannot be what a question asks for is not shown: its sentence is the answer then."""

from __future__ import annotations

import re
from dataclasses import replace

from index import words
from qa.types import Evidence, Reading

_WHO = re.compile(
    r"(?i)^\W*(?:(?:and|but|so)\s+)?(?:(?:by|to|with|from|for|of)\s+)?who(?:m|ever)?\b"
)
# Endings of adjectives alone: no one is called so, unless no noun follows ("the homeless").
_ADJECTIVE = r"[a-z][a-z-]*(?:ful|less|ous|(?<!const)able|ible|like)"
_ADJECTIVES = re.compile(rf"{_ADJECTIVE}(?:(?:,|,? and|,? or|,? but)? {_ADJECTIVE})*")
_NEXT_WORD = re.compile(r" ([a-z][\w'’-]*)")


def as_asked(question: str, reading: Reading) -> Reading:
    """Return a reading without the short answers that the question cannot ask for.

    "Who …?" asks for someone: "unlawful" of "the unlawful invasion" is no one.

    Args:
        question: of the reading.
        reading: what was read for it.
    """
    if not _WHO.match(question):
        return reading
    return replace(reading, evidence=tuple(map(_without_adjectives, reading.evidence)))


def _without_adjectives(evidence: Evidence) -> Evidence:
    """Return evidence, without its short answer if that is the adjectives of a noun after it."""
    if evidence.short_answer is None:
        return evidence
    (start, end), text = evidence.short_answer, evidence.article.text
    noun = _NEXT_WORD.match(text, end)
    is_half = _ADJECTIVES.fullmatch(text[start:end]) and noun and words(noun[1])
    return replace(evidence, short_answer=None) if is_half else evidence
