"""A word counts as missing only where the articles have it in no form at all."""

import pytest

from qa import ArticleQA, Settings
from qa.understanding.word_forms import are_alike, irregular_stems

TEXT = (
    "The company employs forty people in Norway. Its children's stew keeps when frozen. "
    "Two farmers discovered the spring in 1931, the council said."
)


@pytest.fixture(scope="module")
def unknown(encoder):
    return ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader="none"))._whole.unknown_words


@pytest.mark.parametrize(
    "question",
    [
        "How many employees has it?",
        "Is it fit for a child?",
        "Can I freeze it?",
        "Who were the discoverers?",
        "What do Norwegians eat?",
        "How much is covered by what was first called that?",
        "How many are under eighteen, by what per cent?",
        "what does the compny do acording to it",
    ],
)
def test_a_word_in_another_form_a_misspelt_and_a_common_one_are_not_missing(unknown, question):
    assert unknown(question) == []


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who won the chess olympiad?", ["chess", "olympiad"]),
        ("What did Lukas Brandt say in 2020?", ["Lukas", "Brandt", "2020"]),
        ("When was the binoculars' factory in Zagreb built?", ["binoculars", "factory", "Zagreb"]),
    ],
)
def test_names_figures_and_rare_words_that_stand_nowhere_are_missing(unknown, question, words):
    assert unknown(question) == words


def test_irregular_forms_share_their_stems():
    assert irregular_stems("frozen") == irregular_stems("freeze")
    assert not irregular_stems("bridge")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("employs", "employees", True), ("sign", "signature", True), ("paint", "paragraph", False)],
)
def test_words_that_begin_alike_for_long_may_be_forms_of_one(one, other, alike):
    assert are_alike(one, other) is alike
