"""Which words of a question a sentence must have: few sentences do, the best among them.

The best by BM25 have one rare word or several common ones. How many sentences have all words of a
set is estimated as if words were independent; the estimate is low, for related words co-occur.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from index.search.bm25 import inverse_frequency

_N_COMMON = 6  # words; any others have a small idf
_TOGETHER = 0.1  # of the budget: sets this rare are searched together, in any order


class WordSets(NamedTuple):
    """A sentence must have all words of one of ``sets``, and none of ``others``.

    Sentences that also have one of ``others`` are found by an earlier element.
    """

    sets: list[list[str]]
    others: list[str]


def rare_words(counts: Mapping[str, int], budget: float) -> list[str]:
    """Return the rarest words that at most ``budget`` sentences have together.

    Args:
        counts: how many sentences have each, none of them 0.
        budget: how many sentences are read.
    """
    rare: list[str] = []
    n = 0
    for stem in sorted(counts, key=counts.__getitem__):
        n += counts[stem]
        if n > budget:
            break
        rare.append(stem)
    return rare


def word_sets(counts: Mapping[str, int], n_texts: int, budget: float) -> list[WordSets]:
    """Return sets of common words, by falling sum of idf, until enough sentences match one.

    The first element holds the sets that are searched together, none a superset of another; each
    later element holds one set. No sentence matches two elements.
    """
    common = sorted(counts, key=counts.__getitem__)[:_N_COMMON]
    idfs = {stem: inverse_frequency(n_texts, counts[stem]) for stem in common}
    sets = [some for n in range(1, len(common) + 1) for some in combinations(common, n)]
    sets.sort(key=lambda some: -sum(idfs[stem] for stem in some))
    together: list[Sequence[str]] = []
    each: list[WordSets] = []
    n_expected = 0.0
    for some in sets:
        n_expected += _n_expected(some, counts, n_texts)
        if n_expected <= _TOGETHER * budget:
            together.append(some)
        else:
            each.append(WordSets([list(some)], [stem for stem in common if stem not in some]))
        if n_expected > budget:
            break
    smallest = [list(some) for some in _smallest(together)]
    return [WordSets(smallest, []), *each] if smallest else each


def _n_expected(some: Sequence[str], counts: Mapping[str, int], n_texts: int) -> float:
    n = float(n_texts)
    for stem in some:
        n *= counts[stem] / n_texts
    return n


def _smallest(sets: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield the sets that contain no other: who has all words of a superset has its subset's."""
    for some in sets:
        if not any(set(other) < set(some) for other in sets):
            yield some
