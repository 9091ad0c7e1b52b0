"""Where the sentences of a text are, and of which kind and on which page each is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from index.errors import ArticleError
from index.limits import MAX_SENTENCES
from index.text.paragraphs import split_paragraphs
from index.text.sentence_ends import is_german
from index.text.sentences import cut_long, split_sentences
from index.text.span import SentenceRow

_SAMPLE = 20_000


def split_text(text: str, page_starts: Sequence[int] = ()) -> list[SentenceRow]:
    """Return the sentences of a text, in order.

    Args:
        text: paragraphs are separated by blank lines or by line ends.
        page_starts: where each page begins in the text, if it has pages.

    Raises:
        ArticleError: the text has more than ``MAX_SENTENCES``; each takes memory.
    """
    rows: list[SentenceRow] = []
    german = is_german(text[:_SAMPLE])
    for number, (start, end, kind) in enumerate(split_paragraphs(text)):
        paragraph = text[start:end]
        split = cut_long(paragraph) if kind == "row" else split_sentences(paragraph, german=german)
        for first, last in split:
            page = bisect_right(page_starts, start + first) if page_starts else None
            rows.append(SentenceRow(number, start + first, start + last, kind, page))
        if len(rows) > MAX_SENTENCES:
            raise ArticleError(
                f"must have at most {MAX_SENTENCES} sentences, got more; split it", "an article"
            )
    return rows
