"""Sentence ends: measured on three hundred lines of our own, and on the treebank where it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from index.text.sentence_ends import is_german
from index.text.sentences import SPLITTER, split_sentences

LINES = Path(__file__).parent / "sentences"
UNSPACED = "。"


def parsed(line):
    """The text of a line, whose sentences a bar parts, and their inner ends."""
    text, ends = "", set()
    for sentence in line.split("|"):
        text += ("" if not text or text.endswith(UNSPACED) else " ") + sentence
        ends.add(len(text))
    return text, ends - {len(text)}


def scores(name):
    """Precision and recall of the inner ends of a file's lines."""
    n_given = n_wanted = n_right = 0
    for line in (LINES / name).read_text(encoding="utf-8").splitlines():
        text, wanted = parsed(line)
        given = {end for _, end in split_sentences(text)} - {len(text)}
        n_given, n_wanted = n_given + len(given), n_wanted + len(wanted)
        n_right += len(given & wanted)
    return n_right / n_given, n_right / n_wanted


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [("english.txt", 0.96, 0.97), ("german.txt", 0.95, 0.97), ("other.txt", 0.95, 0.93)],
)
def test_our_own_lines_are_split_as_a_person_would(name, precision, recall):
    given_right, wanted_right = scores(name)
    assert given_right >= precision
    assert wanted_right >= recall


def test_there_are_three_hundred_lines():
    assert sum(len(p.read_text(encoding="utf-8").splitlines()) for p in LINES.glob("*.txt")) >= 300


@pytest.mark.parametrize(
    "line",
    [
        "The dose is approx. 4.5 million units, incl. reserves.|It is in Vol. 3, para. 12.",
        "Pears, plums, etc. were sold.|They keep pears, plums, etc.|Nothing is lost.",
        "It opens in May.|No. 5 is next.|Was it open? No.|It was shut.".replace("? ", "?|"),
        "Die Halle kostet 3,2 Mio. Euro und wird am 4. Mai eröffnet.|Das Fest dauert bis 5. Juni.",
        "„Es ist gut.“|Dann ging er. Sie blieb.".replace("er. ", "er.|"),
        "Lee vs. Ortiz is set for 9 a.m. Tuesday.|At 5 p.m. Ms. Ortiz spoke.",
    ],
)
def test_abbreviations_and_ordinals_end_no_sentence(line):
    text, wanted = parsed(line)
    assert {end for _, end in split_sentences(text)} - {len(text)} == wanted


def test_german_is_told_by_its_small_words():
    assert is_german("Die Brücke wird im Mai eröffnet, und das Fest ist am 4. Mai.")
    assert not is_german("The bridge opens in May, and the man I am with will die of joy.")
    assert not is_german("i am out of town. i am in portland.")


def test_other_rules_of_splitting_have_another_name():
    """A library records the name: who changes the rules writes another, and both of these here."""

    digest = hashlib.sha256()
    for path in (*sorted(LINES.glob("*.txt")), Path(__file__).with_name("hostile.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            digest.update(repr(list(map(tuple, split_sentences(line.replace("|", " "))))).encode())
    named = hashlib.sha256(SPLITTER.encode()).hexdigest()[:8]
    assert (named, digest.hexdigest()[:8]) == ("565c8df5", "7abfdedc")
