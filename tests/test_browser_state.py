"""What the browser saves of a session comes back as it was, and what was changed is left out."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import Article, ArticleQA
from qa.history import Turn
from qa.page.browser_state import (
    article_to_dict,
    restore_session,
    restore_turns,
    turn_to_dict,
)
from qa.page.corpus import Corpus
from qa.page.render import render_export
from qa.page.session import Session
from qa.readers.search_reader import SentenceReader
from qa.settings import Settings

TEXT = (
    "The bridge at Arda was built in 1931.\n\nEngineer Mia Holm said that 12 engineers planned it. "
    "On Monday the town of Arda will close it. Mia Holm was born there."
)


@pytest.fixture(scope="module")
def engine(encoder):
    return ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=SentenceReader()))


@pytest.fixture(scope="module")
def turns(engine):
    questions = ["When was the bridge built?", "Who sings?"]
    asked = [Turn(q, engine.ask(q)) for q in questions]
    return (*asked, Turn("?!"))


def saved(turns):
    return json.loads(json.dumps([turn_to_dict(turn) for turn in turns]))


def finder(articles):
    return {article.id: article for article in articles}.get


def test_saved_turns_come_back_and_look_the_same(engine, turns):
    again = restore_turns(saved(turns), finder(engine.articles))
    assert render_export(again, ()) == render_export(turns, ())
    assert list(map(turn_to_dict, again)) == list(map(turn_to_dict, turns))


def test_turns_of_an_article_that_is_gone_still_show_their_quotes(turns):
    again = restore_turns(saved(turns), finder([]))
    assert render_export(again, ()) == render_export(turns, ())


@pytest.mark.parametrize(
    ("path", "value"),
    [(["answer", "citations", 0, "quote"], "Something else."),
     (["answer", "citations", 0, "sentence_number"], 99),
     (["answer", "citations", 0, "start"], -1),
     (["answer", "citations", 0, "article", "id"], '"><script>'),
     (["answer", "citations", 0, "number"], "<b>"),
     (["answer", "confidence"], "1"), (["answer", "confidence"], 1e9), (["answer", "status"], "odd"),
     (["answer", "corrections"], [["one"]]), (["answer"], "text"), (["question"], 5),
     (["vote"], "<b>"), (["question"], "x" * 50_000)],
)  # fmt: skip
def test_what_a_browser_changed_is_left_out(engine, turns, path, value):
    changed = saved(turns)
    inner = changed[0]
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert len(restore_turns(changed, finder(engine.articles))) == len(turns) - 1


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["question", "answer", "articles", "text", "title", "source", "chosen", "vote"]), inner, max_size=4)))  # fmt: skip
def test_any_saved_values_are_taken_without_an_exception(values):
    corpus = Corpus([Article.from_text("It is calm.")])
    render_export(restore_turns(values, corpus.find), ())
    restore_turns([values], corpus.find)
    restore_session(values, corpus)


def test_a_session_is_saved_as_text_and_makes_the_same_articles_again(engine):
    corpus = Corpus(engine.articles)
    one = Article.from_text("The tide rose. It fell.", title="Tide", source="tide.txt")
    session = Session().add([one], corpus)
    paged = Article.from_text(
        "Page one.\n\nPage two.\n\nPage four.",
        source="a.pdf",
        date="2024-05",
        language="de",
        page_starts=[0, 11, 13, 22],
    )
    assert [s.page for s in paged.sentences] == [1, 2, 4]
    for each in (session, Session().add([paged], corpus), session.choose(corpus.ids, corpus)):
        stored = {"articles": [*map(article_to_dict, each.own)], "chosen": list(each.chosen)}
        assert restore_session(json.loads(json.dumps(stored)), corpus) == each
