"""Which segments a library's search files are made of: few, although it is added to for years.

What is new becomes a segment of its own, together with the last ones before it that are small, or
not over twice as large as what they are joined with: so each is over twice as large as the next, a
library of a million sentences has at most eight, and one article is added in the time that a small
library takes. What was taken out stays in the files of a large segment, unseen, until it is a
quarter of them or the library is compacted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Segments of up to so many sentences are written anew with whatever is added or taken out.
N_TOGETHER = 10_000
_RATIO = 2
_MOST_REMOVED = 1 / 4


@dataclass(frozen=True, slots=True)
class Known:
    """An article of the database; ``identity`` tells all that a segment keeps of it."""

    key: int
    identity: bytes
    n_sentences: int


@dataclass(frozen=True, slots=True)
class Part:
    """Articles that are together: in a segment that stays, or, without ``said``, in a new one."""

    said: Mapping[str, Any] | None
    articles: Sequence[Known]

    @property
    def size(self) -> int:
        """The number of sentences."""
        return sum(article.n_sentences for article in self.articles)


def plan_parts(
    segments: Sequence[tuple[Mapping[str, Any], Sequence[bytes]]],
    articles: Sequence[Known],
    n_together: int,
) -> list[Part]:
    """Return what a generation of articles is made of.

    Args:
        segments: what is said of each that is there, and the identities of its articles.
        articles: all that the database has.
        n_together: segments of up to so many sentences are never left alone.
    """
    new = {article.identity: article for article in articles}
    parts = []
    for said, identities in segments:
        found = [new.pop(identity, None) for identity in identities]
        kept = [article for article in found if article]
        if not kept:
            continue
        removed = [number for number, article in enumerate(found) if not article]
        part = Part({**said, "removed": removed}, kept)
        is_large = part.size > n_together and len(removed) <= _MOST_REMOVED * len(found)
        parts.append(part if is_large or not removed else Part(None, kept))
    if new:
        parts.append(Part(None, list(new.values())))
    while len(parts) > 1 and not parts[-1].said:
        before, last = parts[-2:]
        if before.size > max(n_together, _RATIO * last.size):
            break
        together = sorted([*before.articles, *last.articles], key=lambda article: article.key)
        parts[-2:] = [Part(None, together)]
    return parts
