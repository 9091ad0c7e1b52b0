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
    """Return the stems of content words of which the evidence has no form and no synonym.

    Words with a capital are names, which another rule looks at.
    """
    known = {*words(evidence), *_like(sentence, evidence)}
    small = " ".join(token for token in sentence.split() if token == token.lower())
    return [stem for stem in words(small) if not _is_known(stem, known)]


def compared(sentence: str, quotes: Sequence[str]) -> dict[str, float]:
    """Return how a sentence differs from its quotes.

    Returns:
        turning: how many kinds of meaning-changing small words only the sentence has.
        lost: a third of how many of these only the quotes have.
        new: how many content words only the sentence has, at most 3.
        moved: 1 where its word order is none that rewording allows.
        skips: 1 where it goes on with a clause of the quotes and leaves out the clause's subject.
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
    """Return whether a stem is known in some form; numbers pass, another rule checks them."""
    if stem.isdigit() or stem in NUMBERS or numbers_in(stem):
        return True
    return bool({stem, *irregular_stems(stem)} & known)


def _like(sentence: str, evidence: str) -> set[str]:
    """Return the stems of a sentence's words for which the evidence has a synonym."""
    theirs = f" {' '.join(folded_words(evidence))} "
    shared = set()
    for match in like_words_finder().finditer(sentence):
        for other in like_words()[match[0].lower()]:
            if f" {' '.join(folded_words(other))} " in theirs:
                shared.update(words(match[0]))
    return shared


def _turning(text: str) -> set[int]:
    return {_GROUP[word] for word in folded_words(text) if word in _GROUP}
