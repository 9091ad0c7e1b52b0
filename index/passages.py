"""Passages: runs of whole sentences, small enough to search, large enough to be understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from index.types import Article, Passage, Sentence

# Measured with bench/retrieval.py: of 64 to 250 tokens, 128 finds the answering passage among the
# first three most often while it still leaves room for a question in a reader's 256.
PASSAGE_TOKENS = 128
OVERLAP_SENTENCES = 1


def split_passages(
    article: Article,
    count_tokens: Callable[[Sequence[str]], list[int]],
    *,
    max_tokens: int = PASSAGE_TOKENS,
    overlap: int = OVERLAP_SENTENCES,
) -> list[Passage]:
    """Return the passages of an article, in order; every citable sentence is in at least one.

    Args:
        article: its furniture ends a passage and is in none.
        count_tokens: the encoder's count; a sentence over ``max_tokens`` is a passage by itself.
        max_tokens: the most tokens of a passage.
        overlap: the number of sentences that a passage shares with the one before it, if they fit.
    """
    counts = count_tokens([s.text if s.citable else "" for s in article.sentences])
    return [
        passage_of(article, first, end)
        for run in _citable_runs(article.sentences)
        for first, end in _windows(run, counts, max_tokens, overlap)
    ]


def passage_of(article: Article, first: int, end: int) -> Passage:
    """Return the passage of the sentences of an article from ``first`` up to ``end``."""
    start, stop = article.sentences[first].start, article.sentences[end - 1].end
    return Passage(first, end, start, stop, article.text[start:stop])


def _citable_runs(sentences: Sequence[Sentence]) -> Iterator[range]:
    """Yield the ranges of neighbouring citable sentences."""
    first: int | None = None
    for sentence in sentences:
        if sentence.citable and first is None:
            first = sentence.number
        elif not sentence.citable and first is not None:
            yield range(first, sentence.number)
            first = None
    if first is not None:
        yield range(first, len(sentences))


def _windows(
    run: range, counts: Sequence[int], max_tokens: int, overlap: int
) -> Iterator[tuple[int, int]]:
    """Yield (first, end) windows over a run, each as long as fits."""
    first = run.start
    while True:
        end, tokens = first + 1, counts[first]
        while end < run.stop and tokens + counts[end] <= max_tokens:
            tokens += counts[end]
            end += 1
        yield first, end
        if end == run.stop:
            return
        back = end
        while back > first + 1 and end - back < overlap:
            if sum(counts[back - 1 : end + 1]) > max_tokens:
                break  # the next window must reach past this one's end
            back -= 1
        first = back
