"""Where the sentences of a text are, and of which kind each is."""

from __future__ import annotations

from index.errors import ArticleError
from index.limits import MAX_SENTENCES
from index.text.paragraphs import Kind, split_paragraphs
from index.text.sentences import split_sentences

Span = tuple[int, int, int, Kind]


def split_text(text: str) -> list[Span]:
    """Return (paragraph number, start, end, kind) of each sentence of a text, in order.

    Raises:
        ArticleError: they are more than any article has; each takes memory.
    """
    spans: list[Span] = []
    for paragraph_number, (start, end, kind) in enumerate(split_paragraphs(text)):
        for first, last in split_sentences(text[start:end]):
            spans.append((paragraph_number, start + first, start + last, kind))
        if len(spans) > MAX_SENTENCES:
            raise ArticleError(
                f"an article must have at most {MAX_SENTENCES} sentences, got more; split it"
            )
    return spans
