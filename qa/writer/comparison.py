"""Which words a sentence has that its evidence has not, and the other way round."""

from __future__ import annotations

from collections.abc import Sequence

from index import folded_words, words
from qa.understanding.word_forms import NUMBERS, irregular_stems
from qa.writer.like_words import like_words, like_words_finder
from qa.writer.order import is_in_order, skips_a_subject
from qa.writer.quantities import numbers_in

FEATURES = ("turning", "lost", "new", "moved", "skips")
# Small words that change what a sentence claims; those of one meaning stand together.
_TURNING = """
all every each everyone everybody everything entire whole/always/only solely/most majority/many/few
fewer/some several/never/before until/after since/above over more/below under less fewer/without/must
needs/may might could perhaps possibly probably likely/would/can able/if unless/into/out/up/down/off/
both/neither/first/last/still/already/again/because/despite although though but however/about around
nearly almost/exactly/should/against/for/by/from/to"""
_GROUP = {
    word: number
    for number, group in enumerate(" ".join(_TURNING.split("\n")).split("/"))
    for word in group.split()
}


def new_words(sentence: str, evidence: str) -> list[str]:
    """Return the stems of a sentence's content words that the evidence has in no form and no like word for.

    Words with a capital are names, which another rule looks at.
    """
    known = {*words(evidence), *_like(sentence, evidence)}
    small = " ".join(token for token in sentence.split() if token == token.lower())
    return [stem for stem in words(small) if not _is_known(stem, known)]


def compared(sentence: str, quotes: Sequence[str]) -> dict[str, float]:
    """Return in what a sentence differs from its quotes.

    Returns:
        turning: how many small words that turn a meaning it alone has.
        lost: a third of how many they alone have.
        new: how many content words it alone has, at most 3.
        moved: 1 where its words have another order than one that rewording leaves.
        skips: 1 where it goes on with a clause of theirs and leaves out who it is about.
    """
    evidence = " ".join(quotes)
    own, theirs = _turning(sentence), _turning(evidence)
    return {
        "turning": float(len(own - theirs)),
        "lost": len(theirs - own) / 3,
        "new": float(min(len(new_words(sentence, evidence)), 3)),
        "moved": float(not is_in_order(sentence, quotes)),
        "skips": float(skips_a_subject(sentence, quotes)),
    }


def _is_known(stem: str, known: set[str]) -> bool:
    """Return whether a stem is there in some form; numbers are looked at apart from it."""
    if stem.isdigit() or stem in NUMBERS or numbers_in(stem):
        return True
    return bool({stem, *irregular_stems(stem)} & known)


def _like(sentence: str, evidence: str) -> set[str]:
    """Return the stems of words of a sentence for which the evidence has a like one."""
    theirs = f" {' '.join(folded_words(evidence))} "
    shared = set()
    for match in like_words_finder().finditer(sentence):
        for other in like_words()[match[0].lower()]:
            if f" {' '.join(folded_words(other))} " in theirs:
                shared.update(words(match[0]))
    return shared


def _turning(text: str) -> set[int]:
    return {_GROUP[word] for word in folded_words(text) if word in _GROUP}
