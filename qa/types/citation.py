"""A sentence that an answer quotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from index import Article, well_formed
from qa.types.hit import SCORE_DIGITS, article_dict


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence cited in an answer; ``number`` counts from 1, the positions from 0.

    ``answer_span`` is where the short answer stands in the article, if this sentence holds it.
    """

    number: int
    article: Article
    sentence_number: int
    paragraph_number: int
    start: int
    end: int
    quote: str
    score: float
    caption: bool = False
    answer_span: tuple[int, int] | None = None

    @property
    def page(self) -> int | None:
        """The page of a PDF on which the sentence begins, counted from 1."""
        return self.article.sentences[self.sentence_number].page

    def to_dict(self) -> dict[str, Any]:
        """Return the citation as JSON-ready values."""
        return {
            "number": self.number,
            "article": article_dict(self.article),
            "page": self.page,
            "sentence_id": self.article.sentence_id(self.sentence_number),
            "sentence_number": self.sentence_number,
            "paragraph_number": self.paragraph_number,
            "start": self.start,
            "end": self.end,
            "quote": well_formed(self.quote),
            "score": round(self.score, SCORE_DIGITS),
            "caption": self.caption,
        }
