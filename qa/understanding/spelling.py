"""Misspelt words of a question are replaced by the words of the articles that are nearest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache

from index import WRITTEN_WORD, Article, WrittenWord, folded_words, words, written_words
from qa.understanding.common_words import (
    by_first_letter,
    is_common,
    is_telling,
    vocabulary,
)
from qa.understanding.word_forms import MIN_SHARED, are_alike, irregular_stems

# All measured with bench/spelling.py on the questions of SQuAD articles.
NAMES_FROM_RANK = 20_000  # rarer words of the vocabulary may stand for a name that sounds alike
OFTEN = 3  # a name that occurs so often fits even with only two consonants
ENGLISH_SHARE = 0.6  # of an article's words are common: 0.8 in English, under 0.45 in its kin
_VOWELS = re.compile(r"(?<!^)[aeiouyhw]")
_RUNS = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Corrected:
    """A question with words replaced, and for each change the word and what it was taken for."""

    text: str
    changes: tuple[tuple[str, str], ...] = ()


class _Targets:
    """The words of articles by which unknown ones are judged, and those that they are matched to.

    A name is a word never written small, but with a capital inside a sentence.
    """

    def __init__(self, written: Iterable[WrittenWord]) -> None:
        """Take the words of articles, the commonest first."""
        self.forms: dict[str, str] = {}  # the commonest for each word without case and accents
        self.counts: Counter[str] = Counter()
        capital, small = set(), set()
        for form, count, is_capital_inside in written:
            if word := _fold(form):
                self.forms.setdefault(word, form)
                self.counts[word] += count
                if is_capital_inside:
                    capital.add(word)
                if form[0].islower():
                    small.add(word)
        self.capital = frozenset(capital)
        self.names = self.capital - small
        self.stems = frozenset(words(" ".join(self.forms)))
        n_common = sum(map(is_common, self.forms))
        in_english = n_common >= ENGLISH_SHARE * len(self.forms)
        self.all = sorted(self.forms if in_english else self.names)
        self.beginnings: dict[str, list[str]] = {}
        for word in self.forms:
            self.beginnings.setdefault(word[:MIN_SHARED], []).append(word)

    def has_word(self, word: str) -> bool:
        """Return whether the articles have a word, or one of its stem."""
        return word in self.forms or not self.stems.isdisjoint(words(word))


class Speller:
    """The words of some articles, to which unknown words of questions are matched.

    A word is unknown if neither the articles nor the encoder's vocabulary have it or its stem; a rare
    word of the vocabulary may still stand for a name that sounds like it. In
    articles that are not in English, the vocabulary's language, words are matched to names only.
    """

    def __init__(
        self, written: Callable[[], Iterable[WrittenWord]], has_stem: Callable[[str], bool]
    ) -> None:
        """Take what is asked only where it must be.

        Args:
            written: returns the words of the articles, the commonest first; called once, at the
                first word that is not known.
            has_stem: whether the articles have a word of a stem, as the lexical index says.
        """
        self._targets = cache(lambda: _Targets(written()))
        self._has_stem, self._is_part = has_stem, False

    @classmethod
    def of(cls, articles: Sequence[Article]) -> Speller:
        """Return the speller of articles in memory."""
        return cls(lambda: written_words(articles), lambda _: False)

    def within(self, has_stem: Callable[[str], bool]) -> Speller:
        """Return the speller of some of the articles: those that ``has_stem`` knows the words of."""
        other = copy(self)
        other._has_stem, other._is_part = has_stem, True
        return other

    def _has(self, word: str) -> bool:
        """Return whether a word of all articles stands in those of this speller."""
        stems = words(word)
        return not self._is_part or not stems or any(map(self._has_stem, stems))

    def is_missing(self, written: str, *, is_name: bool) -> bool:
        """Return whether a word is informative and the articles have no form of it.

        Common words ("much") are not informative, but things ("moon") are. Slips are not missing.

        Args:
            written: as in the question; the articles lack its stem.
            is_name: whether it is a name or a figure.
        """
        word = _fold(written)
        if not word:
            return False
        if not is_name and not is_telling(word):
            return False
        if any(map(self._has_stem, irregular_stems(word))):
            return False
        targets = self._targets()
        alike = (w for w in targets.beginnings.get(word[:MIN_SHARED], ()) if are_alike(word, w))
        halves = (w for i in range(MIN_SHARED, len(word) - 2) for w in (word[:i], word[i:]))
        near = (
            w for w, _, _ in _near(word, targets.all, _most_edits(word, word, as_names=is_name))
        )
        return not any(
            self._has(w) for each in (alike, halves, near) for w in each if w in targets.forms
        )

    def correct(self, question: str) -> Corrected:
        """Return the question with unknown words replaced by those of the articles they mean."""
        matches = list(WRITTEN_WORD.finditer(question))
        inside = [m[0][0].isupper() for m in matches[1:]]
        changes: list[tuple[str, str]] = []
        parts: list[str] = []
        end = 0
        for number, match in enumerate(matches):
            written = match[0]
            capital = written[0].isupper()
            replacement = self._replacement(
                written,
                may_be_name=capital or not any(inside),
                must_be_capital=capital and number > 0 and not all(inside),
            )
            if replacement is not None:
                parts += [question[end : match.start()], replacement]
                end = match.end()
                changes.append((written, replacement))
        return Corrected("".join([*parts, question[end:]]), tuple(changes))

    def _replacement(self, written: str, *, may_be_name: bool, must_be_capital: bool) -> str | None:
        """Return the word that replaces a misspelt one, or None where it stays."""
        word = _fold(written)
        if not word:
            return None
        common = is_common(word)
        if common and not (may_be_name and vocabulary().get(word, 0) >= NAMES_FROM_RANK):
            return None
        if any(len(stem) > 2 and self._has_stem(stem) for stem in words(word)):
            return None  # without a look at all words; a shorter stem may be that of "Ki" or "II"
        targets = self._targets()
        if targets.has_word(word) and self._has(word):
            return None
        may_sound = may_be_name and not _is_acronym(written)
        best: tuple[int, bool, int, str] | None = None
        for other, distance, _ in _near(word, targets.all, 2):
            is_name = other in targets.names
            fits = may_sound and is_name and self._sounds_like(word, other, common=common)
            if not common and (other in targets.capital or not must_be_capital):
                fits = fits or distance <= _most_edits(word, other, as_names=may_sound and is_name)
            if fits and self._has(other):
                rank = (
                    distance,
                    is_name != written[0].isupper(),
                    -targets.counts[other],
                    other,
                )
                best = min(best or rank, rank)
        if best is None or (
            not common and _near(word, by_first_letter().get(word[0], []), best[0] - 1)
        ):
            return None  # nothing fits, or a common word that the articles lack is nearer
        return _cased(written, targets.forms[best[3]], is_name=best[3] in targets.names)

    def _sounds_like(self, word: str, name: str, *, common: bool) -> bool:
        """Return whether a word has a name's consonants, three or more, or of a frequent name."""
        targets, bones = self._targets(), _consonants(word)
        if bones != _consonants(name) or len(bones) < 2 or _is_acronym(targets.forms[name]):
            return False
        return targets.counts[name] >= OFTEN or (len(bones) > 2 and not common)


def _most_edits(word: str, other: str, *, as_names: bool) -> int:
    """Return how many letters may differ for one word to be a misspelling of the other."""
    length = min(len(word), len(other))
    if length < 4:
        return 0
    swapped = sorted(word) == sorted(other)
    if word[0] != other[0]:  # in ordinary words often a prefix, which makes another word
        return int(swapped or (as_names and length >= 6))
    if as_names:
        return 1 + (length >= 8)
    return int(swapped or length >= 5 or _undouble(word) == _undouble(other)) + (length >= 9)


def _near(word: str, others: Sequence[str], most: int) -> list[tuple[str, int, int]]:
    """Return (other, edits, its position) for each word within ``most`` edits, swaps being one."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if most < 1:
        return []
    return process.extract(word, others, scorer=OSA.distance, score_cutoff=most, limit=None)


def _consonants(word: str) -> str:
    """Return a word's first letter and the consonants after it, doubled ones once.

    Source: Soundex (Russell, 1918), which drops the same letters.
    """
    return _undouble(_VOWELS.sub("", word))


def _undouble(word: str) -> str:
    return _RUNS.sub(r"\1", word)


def _is_acronym(written: str) -> bool:
    return sum(c.isupper() for c in written) > 1


def _fold(word: str) -> str:
    """Return a word without case and accents, or nothing if it is not one word."""
    folded = folded_words(word)
    return folded[0] if len(folded) == 1 else ""


def _cased(written: str, form: str, *, is_name: bool) -> str:
    """Return a word in the case of what was written, which keeps names small where all is small."""
    if written[0].islower():
        return form.lower()
    if written.isupper():
        return form.upper()
    return form if is_name else form.capitalize()
