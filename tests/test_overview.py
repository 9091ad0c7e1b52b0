"""An overview cites key sentences; what is known of an article is told; a greeting is answered."""

import numpy as np
import pytest

from index import Article
from qa import ArticleFilter, ArticleQA, History, Settings
from qa.history import Turn
from qa.overview import key_sentences
from qa.page.browser_state import restore_turns, turn_to_dict

TEXT = """Island school gets a new roof

By Ada Meier

The island school will get a new roof in May, the council said on Monday after a long debate.
The old roof of the school let in the rain for years, and lessons were held in the church hall.
Repairs cost four million euros, of which the state pays half and the island the other half.

"We are glad."

The school has forty pupils and three teachers, who will move back into it in September.
"""


@pytest.fixture(scope="module")
def engine(encoder):
    article = Article.from_text(TEXT, date="2024-05-31")
    return ArticleQA.from_articles([article], Settings(encoder=encoder, reader="none"))


def test_an_overview_cites_a_few_long_sentences_in_order(engine):
    answer = engine.ask("What is this about?")
    assert (answer.kind, answer.status) == ("overview", "answered")
    assert 3 <= len(answer.citations) <= 5
    assert answer.citations[0].quote.startswith("The island school will get")
    starts = [c.start for c in answer.citations]
    assert starts == sorted(starts)
    assert not any("glad" in c.quote for c in answer.citations)
    assert answer.headline is None
    assert answer.confidence_line is None
    assert answer.to_dict()["confidence"] is None


def test_a_sentence_that_repeats_another_is_no_key_sentence():
    same = "The council of the town said that the bridge will open to all traffic in May."
    other = "Four hundred workers were paid by a fund that the king himself had set up long ago."
    article = Article.from_text(f"{same} {same} {other} {other.replace('king', 'queen')}")
    rows = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    assert [s.number for s in key_sentences(article, rows, 2)] == [0, 2]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the title?", "Island school gets a new roof"),
        ("Who wrote it?", "Ada Meier"),
        ("When was it published?", "2024-05-31"),
    ],
)
def test_what_is_known_of_the_article_is_told(engine, question, text):
    answer = engine.ask(question)
    assert (answer.kind, answer.text) == ("about", text)
    assert answer.to_markdown().replace("\\", "").count(text) == 1 + (question == "Who wrote it?")
    for citation in answer.citations:
        assert text in citation.quote


def test_the_length_is_counted(engine):
    text = engine.ask("How long is it?").text
    assert text.endswith("about 1 minute to read")
    assert text.startswith(f"{len(TEXT.split())} words in ")


def test_what_is_not_known_of_the_article_is_asked_of_its_text(encoder):
    engine = ArticleQA.from_text("Ada slept.", Settings(encoder=encoder, reader="none"))
    assert engine.ask("Who wrote it?").kind == "answer"
    assert engine.ask("When was it published?").kind == "answer"


def test_a_greeting_is_answered_by_what_can_be_asked(encoder):
    engine = ArticleQA.from_text(TEXT, Settings(encoder=encoder))
    answer = engine.ask("hi")
    assert (answer.kind, answer.status, answer.citations) == ("opener", "not_found", ())
    assert "Island school gets a new roof" in answer.text
    assert answer.suggestions[0] == "What is this about?"
    assert all(engine.ask(question).answered for question in answer.suggestions)
    assert answer.suggestions[-1] in answer.to_markdown().replace("\\", "")


def test_small_talk_and_overviews_are_no_turns_that_a_follow_up_means(engine):
    history = History.of([engine.ask("Who pays for the repairs?"), engine.ask("thanks")])
    assert [e.question for e in history.exchanges] == ["Who pays for the repairs?"]


def test_of_a_few_articles_each_has_key_sentences_and_of_many_none(encoder):
    named = [Article.from_text(TEXT, title=f"Roof {n}") for n in range(6)]
    some = ArticleQA.from_articles(named[:2], Settings(encoder=encoder, reader="none"))
    cited = some.ask("summarise").citations
    assert [c.article.title for c in cited] == ["Roof 0"] * 2 + ["Roof 1"] * 2
    many = ArticleQA.from_articles(named, Settings(encoder=encoder, reader="none"))
    answer = many.ask("summarise")
    assert (answer.status, answer.citations) == ("not_found", ())
    assert "at most 5 articles, and 6 are asked" in answer.text
    assert many.ask("summarise", within=ArticleFilter(articles=("Roof 3",))).answered


@pytest.mark.parametrize("question", ["hi", "What is this about?", "How long is it?"])
def test_a_browser_restores_them(engine, question):
    turn = Turn(question, engine.ask(question))
    saved = turn_to_dict(turn)
    [restored] = restore_turns([saved], lambda _: engine.articles[0])
    assert turn_to_dict(restored) == saved


@pytest.mark.parametrize("question", ["Who wrote it?", "When was it published?"])
def test_who_wrote_a_text_and_when_is_no_guess(encoder, question):
    text = "Mayor Ruiz opened the bridge on Monday. Engineers from Oslo drew its plans in May."
    answer = ArticleQA.from_text(text, Settings(encoder=encoder)).ask(question)
    assert answer.status != "unsure"
    assert answer.kind == "answer"
