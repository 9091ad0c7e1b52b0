"""Which segments a library's search files are made of: few, although it is added to for years.

What is new becomes a segment of its own, together with the last ones before it that are small, or
not over twice as large as what they are merged with: so each is over twice as large as the next, a
library of a million sentences has at most eight, and one article is added in the time that a small
library takes. What was removed stays in the files of a large segment, unseen, until it is a quarter
of them or the library is compacted.
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
    """Articles in one segment: in one that is there, or, without ``manifest``, in a new one."""

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
        n_together: segments of up to so many sentences are never left alone.
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
