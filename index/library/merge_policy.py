"""Which segments a library's search files are made of: few, even after years of additions.

New articles become a segment, merged with those segments before it that are small or at most twice
as large. So each segment is over twice as large as the next, a library of a million sentences has
at most eight, and adding one article takes as long as in a small library. Removed articles stay in
the files of a large segment, unseen, until they are over a quarter of its articles or the library
is compacted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.library.article_table import StoredArticle
from index.library.manifest import SegmentManifest

# Segments of up to so many sentences are rewritten with what is added or removed.
N_TOGETHER = 10_000
_RATIO = 2
_MOST_REMOVED = 1 / 4


@dataclass(frozen=True, slots=True)
class PlannedSegment:
    """The articles of a segment: an existing one, or, without ``manifest``, a new one."""

    manifest: SegmentManifest | None
    articles: Sequence[StoredArticle]

    @property
    def n_sentences(self) -> int:
        """The number of sentences."""
        return sum(article.n_sentences for article in self.articles)


def plan_segments(
    segments: Sequence[tuple[SegmentManifest, Sequence[bytes]]],
    articles: Sequence[StoredArticle],
    n_together: int,
) -> list[PlannedSegment]:
    """Return which segments the articles are to be in.

    Args:
        segments: the manifest of each that is there, and the identities of its articles.
        articles: all that the database has.
        n_together: segments of up to so many sentences are rewritten at each change.
    """
    new = {article.identity: article for article in articles}
    planned = []
    for manifest, identities in segments:
        still = [new.pop(identity, None) for identity in identities]
        live = [article for article in still if article]
        if not live:
            continue
        removed = tuple(number for number, article in enumerate(still) if not article)
        segment = PlannedSegment(replace(manifest, removed=removed), live)
        is_large = segment.n_sentences > n_together and len(removed) <= _MOST_REMOVED * len(still)
        planned.append(segment if is_large or not removed else PlannedSegment(None, live))
    if new:
        planned.append(PlannedSegment(None, list(new.values())))
    while len(planned) > 1 and not planned[-1].manifest:
        before, last = planned[-2:]
        if before.n_sentences > max(n_together, _RATIO * last.n_sentences):
            break
        merged = sorted([*before.articles, *last.articles], key=lambda article: article.key)
        planned[-2:] = [PlannedSegment(None, merged)]
    return planned
