"""Initials in a question are taken for the one name that the articles write out."""

import pytest
from conftest import BagOfWords

from index import Article, ArticleIndex
from qa import ArticleQA, Settings
from qa.scope import Scope

TEXT = """The Harbour Fishing Council met on Monday. The Lund Convention on the Protection of Seals \
was signed there. Mayor Ruiz praised the gross domestic product of the island. A former office clerk \
of the Central Bus Company spoke for the City Bakers' Club."""


def written_out(question, text=TEXT):
    store = ArticleIndex.build([Article.from_text(text)], BagOfWords())
    return Scope(store, None).write_out(question)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("When did the HFC meet?", "When did the Harbour Fishing Council meet?"),
        (
            "Where was the LCPS signed?",
            "Where was the Lund Convention on the Protection of Seals signed?",
        ),
        ("Who are the H.F.C.'s members?", "Who are the Harbour Fishing Council's members?"),
        ("What do the HFCs do?", "What do the Harbour Fishing Council do?"),
    ],
)
def test_initials_are_written_out(question, wanted):
    assert written_out(question)[0] == wanted


@pytest.mark.parametrize(
    "question",
    [
        "What is the GDP?",  # three letters stand for words with capitals only
        "What is the CBC?",  # may be the bus company or the bakers' club
        "WHO MET AT HFC?",  # all of it is in capitals
        "Who is MR?",  # too few letters
        "What is the XYZ?",
    ],
)
def test_initials_that_stand_for_no_one_name_stay(question):
    assert written_out(question) == (question, ())


def test_initials_that_the_article_has_stay():
    text = f"{TEXT} The HFC has nine members."
    assert written_out("What is the HFC?", text) == ("What is the HFC?", ())


def test_an_answer_says_how_initials_were_understood():
    answer = ArticleQA.from_text(TEXT, Settings(reader="small")).ask("When did the HFC meet?")
    assert answer.given
    assert "Monday" in answer.citations[0].quote
    assert answer.corrections == (("HFC", "Harbour Fishing Council"),)
    assert answer.standalone_question == "When did the Harbour Fishing Council meet?"
