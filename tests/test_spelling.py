"""Misspelt words are taken for the article's; right words stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article
from qa.understanding.spelling import Corrected, Speller

TEXT = """The harbour committee met in Reykjavik on Monday. Its chairwoman, Ingrid Moens, said the
quantitative plan was signed by Ingrid Moens and by Bjarni Gunnarsson. Critics of Moens, among them
the NATO envoy Lund, called the decision premature. Later Moens flew to Gdańsk with a vehicle for
the shipyard. The Parliament of the island approved it, and no other parliament did."""


@pytest.fixture(scope="module")
def speller():
    return Speller.of([Article.from_text(TEXT)])


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Who is Bjarni Gunarson?", "Who is Bjarni Gunnarsson?"),
        ("What happened in Rekjavik?", "What happened in Reykjavik?"),
        ("What did the comittee decide?", "What did the committee decide?"),
        ("Who flew to Gdnask?", "Who flew to Gdańsk?"),
        ("Who is the charwioman?", "Who is the chairwoman?"),
        ("What did the Parliment approve?", "What did the Parliament approve?"),
    ],
)
def test_a_misspelt_word_is_taken_for_the_articles(speller, question, meant):
    assert speller.correct(question).text == meant


def test_a_short_name_is_known_by_its_consonants_where_it_is_told_often():
    often = "Yoon wrote it. Critics of Yoon met the singer Yoon in Gdańsk."
    once = "Critics of the singer Yoon met in Gdańsk."
    assert Speller.of([Article.from_text(often)]).correct("Who is Yun?").text == "Who is Yoon?"
    assert Speller.of([Article.from_text(once)]).correct("Who is Yun?").text == "Who is Yun?"


def test_each_change_is_told(speller):
    assert speller.correct("When did moens meet the comittee in rekjavik?") == Corrected(
        "When did moens meet the committee in reykjavik?",
        (("comittee", "committee"), ("rekjavik", "reykjavik")),
    )


@pytest.mark.parametrize("form", ["comittee", "Comittee", "COMITTEE"])
def test_the_case_stays(speller, form):
    fixed = speller.correct(f"{form} members").text.split()[0]
    assert (fixed.lower(), fixed.islower(), fixed.isupper(), fixed.istitle()) == (
        "committee",
        form.islower(),
        form.isupper(),
        form.istitle(),
    )


@pytest.mark.parametrize(
    "question",
    [
        "What is the salary of the nurse, the weather, the penalty for a banana?",
        "Are helpers, signers, routers, qualitatively or commitments mentioned?",  # -er, -ly, stems
        "Does the groundwater reach the shipyards and committees?",  # two words; endings
        "How are vesicles premeditated?",
        "Who is Chopin, and who is Paris Hilton?",
        "Which NGO and which NATA?",  # acronyms are letters, not spelling
        "What is 3,14 or x or §?",
    ],
)
def test_right_words_stay(speller, question):
    kept = speller.correct(question)
    assert kept == Corrected(question)


def test_a_nearer_common_word_keeps_the_articles_word_away():
    speller = Speller.of(
        [Article.from_text("The commission accepts the celebration of the festival.")]
    )
    assert speller.correct("Is celebratin allowed?").text == "Is celebration allowed?"
    assert speller.correct("Is the permissionn given?").text == "Is the permissionn given?"


def test_a_capital_word_is_not_taken_for_an_ordinary_one(speller):
    assert speller.correct("Where did Mr Vehicel go?").text == "Where did Mr Vehicel go?"
    assert speller.correct("where did the vehicel go?").text == "where did the vehicle go?"


def test_where_the_article_is_not_in_english_only_names_are_matched():
    text = """De minister van Financiën heeft dinsdag in Groningen een akkoord gesloten met de
    werkgevers over hogere lonen. Volgens Hoekstra is er voldoende geld beschikbaar om de salarissen
    te verhogen. De vakbonden in Groningen reageerden teleurgesteld op het besluit van Hoekstra."""
    speller = Speller.of([Article.from_text(text)])
    assert speller.correct("Wat zei Hoekstar in Gronigen over salarisen?").changes == (
        ("Hoekstar", "Hoekstra"),
        ("Gronigen", "Groningen"),
    )


@given(
    st.lists(st.sampled_from([*TEXT.split(), "Muns", "comitee", "Rekjavk", "x1", "ß"]), max_size=8)
)
def test_a_second_look_changes_nothing(words):
    speller = Speller.of([Article.from_text(TEXT)])
    text = speller.correct(" ".join(words)).text
    assert speller.correct(text) == Corrected(text)


@given(st.text(max_size=60))
def test_any_text_is_taken_and_only_the_told_words_change(speller, question):
    corrected = speller.correct(question)
    undone = corrected.text
    for old, new in corrected.changes:
        undone = undone.replace(new, old, 1)
    assert (undone == question) if corrected.changes else (corrected.text == question)
