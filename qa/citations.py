"""Citations: a cited sentence is checked to be an exact slice of its article."""

from __future__ import annotations

from collections.abc import Iterable

from qa.errors import CitationError
from qa.text import normalised
from qa.types import Citation, Evidence


def cite(number: int, evidence: Evidence) -> Citation:
    """Return the citation of a sentence, checked against the text of its article.

    Raises:
        CitationError: the sentence is no exact part of the article, may not be cited, or does not
            hold the short answer.
    """
    article, sentence, span = evidence.article, evidence.sentence, evidence.short_answer
    if span and not sentence.start <= span[0] < span[1] <= sentence.end:
        raise CitationError(
            f"short answer must stand in sentence {sentence.number}, got {span[0]} to {span[1]}",
            article_id=article.id,
            sentence_number=sentence.number,
        )
    if article.text[sentence.start : sentence.end] != sentence.text or not sentence.citable:
        raise CitationError(
            f"citation of sentence {sentence.number} must be an exact part of {article.id}, "
            "got another text",
            article_id=article.id,
            sentence_number=sentence.number,
        )
    return Citation(
        number,
        article,
        sentence.number,
        sentence.paragraph_number,
        sentence.start,
        sentence.end,
        sentence.text,
        evidence.score,
        caption=sentence.kind == "caption",
        answer_span=span,
    )


class Numbers:
    """The numbers of the sentences that an answer cites; what reads alike has one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, evidence: Evidence) -> Citation:
        """Return the citation of a sentence; raise CitationError as ``cite`` does."""
        text = normalised(evidence.sentence.text)
        return cite(self._numbers.setdefault(text, len(self._numbers) + 1), evidence)


def distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return evidence, best first, without sentences that read like an earlier one.

    A sentence that several articles have, as syndicated ones do, is so cited once.
    """
    by_text: dict[str, Evidence] = {}
    for each in evidence:
        by_text.setdefault(normalised(each.sentence.text), each)
    return list(by_text.values())
