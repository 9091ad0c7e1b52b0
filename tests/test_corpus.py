"""A library on the page: one choice, of which only what is shown or cited is read."""

import json
from concurrent.futures import Future
from pathlib import Path

import pytest

from index import ArticleIndex
from index.library.stored_articles import StoredArticles
from qa import Article, ArticleQA
from qa.page.articles import ArticlesPane
from qa.page.chat import ChatPane
from qa.page.corpus import LIBRARY, MAX_SHOWN, Corpus
from qa.page.messages import (
    ExportMessage,
    QuestionMessage,
    VoteMessage,
)
from qa.page.service import Service
from qa.page.session import Session, SessionError
from qa.readers.search_reader import SentenceReader
from qa.settings import Settings
from qa.suggestions import starter_questions


def test_a_large_library_is_one_choice_and_is_asked_alone():
    articles = [Article.from_text(f"Text number {n} is here.") for n in range(60)]
    corpus, own = Corpus(articles), Article.from_text("It is calm.")
    session = Session()
    assert session.choices(corpus) == [("The library: 60 articles", LIBRARY)]
    assert session.picked(corpus) == [LIBRARY]
    assert session.choose([LIBRARY], corpus).asked(corpus) == articles
    both = session.add([own])
    assert both.asked(corpus) == [own]
    with pytest.raises(SessionError, match="not both at once"):
        both.choose([LIBRARY, own.id], corpus)
    assert both.choose([LIBRARY], corpus).add([Article.from_text("Rain.")]).picked(corpus) != [
        LIBRARY
    ]


@pytest.fixture
def library(tmp_path, encoder, monkeypatch):
    """A service over a saved library of 150 articles, and the number of each that is read."""
    articles = [
        Article.from_text(f"Ship {n} came to the quay of Arvik in {1800 + n}. Nobody was hurt.")
        for n in range(150)
    ]
    ArticleIndex.build(articles, encoder).save(tmp_path / "library")
    reads, read = [], StoredArticles.__getitem__

    def counted(self, number):
        if isinstance(number, int):
            reads.append(number)
        return read(self, number)

    monkeypatch.setattr(StoredArticles, "__getitem__", counted)
    loaded = ArticleIndex.load(tmp_path / "library", encoder)
    future = Future()
    future.set_result(ArticleQA(loaded, Settings(reader=SentenceReader(), threshold=0)))
    return Service(loaded.articles, future), reads


def test_a_library_is_opened_with_only_the_articles_that_are_shown_read(library):
    service, reads = library
    pane, chat = ArticlesPane(service), ChatPane(service, Path("/dev/null"))
    pane.show(Session())
    restored = pane.restore({"articles": [], "chosen": ["gone"]})
    chat.restore([], restored.session)
    assert reads == list(range(MAX_SHOWN))
    reads.clear()
    starters = starter_questions(service.engine.result())
    assert reads[:MAX_SHOWN] == list(range(MAX_SHOWN))
    n_reads = len(reads)
    reads.clear()
    *_, opened = pane.open(restored.session)
    assert opened.picked == [LIBRARY]
    assert opened.session.starters == starters
    assert len(starters) == 4
    assert MAX_SHOWN <= len(reads) <= n_reads


def test_a_question_to_a_library_reads_what_the_engine_reads_and_no_more(library, tmp_path):
    service, reads = library
    engine, chat = service.engine.result(), ChatPane(service, tmp_path / "votes.jsonl")
    question = "When did ship 140 come to the quay of Arvik?"
    engine.ask(question)
    reads.clear()
    engine.ask(question)
    n_reads = len(reads)
    reads.clear()
    message = QuestionMessage(question=question)
    *_, view = chat.ask(message, (), Session(), [LIBRARY], 0, 3)
    assert view.turns[0].answer.citations[0].article.text.startswith("Ship 140 ")
    assert len(reads) == n_reads
    reads.clear()
    chat.vote(VoteMessage(turn=0, vote="up"), view.turns, Session())
    assert reads == []
    chat.restore(view.saved, Session())
    assert set(reads) == {
        c.article.text and int(c.quote.split()[1]) for c in view.turns[0].answer.citations
    }


def test_an_export_of_a_chat_with_a_library_holds_the_cited_articles(library):
    service, _ = library
    chat = ChatPane(service, Path("/dev/null"))
    message = QuestionMessage(question="When did ship 140 come to the quay of Arvik?")
    *_, view = chat.ask(message, (), Session(), [LIBRARY], 0, 3)
    exported = json.loads(
        json.loads(chat.export(ExportMessage(form="json"), view.turns, Session()))["text"]
    )
    cited = {c.article.id for c in view.turns[0].answer.citations}
    assert {a["id"] for a in exported["articles"]} == cited
