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
    FirstMessage,
    OpenMessage,
    QuestionMessage,
    TurnsMessage,
)
from qa.page.service import Service
from qa.page.session import Session, SessionError
from qa.readers.search_reader import SentenceReader
from qa.settings import Settings


def test_a_large_library_is_one_choice_and_is_asked_alone():
    articles = [Article.from_text(f"Text number {n} is here.") for n in range(60)]
    corpus, own = Corpus(articles), Article.from_text("It is calm.")
    session = Session()
    assert session.choices(corpus) == [("The library: 60 articles", LIBRARY)]
    assert session.picked(corpus) == [LIBRARY]
    assert session.choose([LIBRARY], corpus).asked(corpus) == articles
    both = session.add([own], corpus)
    assert both.asked(corpus) == [own]
    with pytest.raises(SessionError, match="not both at once"):
        both.choose([LIBRARY, own.id], corpus)
    assert both.choose([LIBRARY], corpus).add([Article.from_text("Rain.")], corpus).picked(
        corpus
    ) != [LIBRARY]


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


def asked(question):
    return QuestionMessage(question=question, picked=[LIBRARY], threshold=0, max_citations=3)


def test_a_library_is_opened_without_an_article_read_and_its_first_screen_reads_some(library):
    service, reads = library
    pane, chat = ArticlesPane(service), ChatPane(service, Path("/dev/null"))
    *_, (last, session) = pane.open(
        OpenMessage(saved={"articles": [], "chosen": ["gone"]}), Session()
    )
    assert last["view"]["picked"] == [LIBRARY]
    assert last["view"]["title"] == "150 articles"
    assert last["view"]["text"] is None
    assert reads == []
    chat.first(FirstMessage(), session)
    assert set(reads) >= set(range(MAX_SHOWN))


def test_a_question_to_a_library_reads_what_the_engine_reads_and_no_more(library, tmp_path):
    service, reads = library
    engine, chat = service.engine.result(), ChatPane(service, tmp_path / "votes.jsonl")
    question = "When did ship 140 come to the quay of Arvik?"
    engine.ask(question)
    reads.clear()
    engine.ask(question)
    n_reads = len(reads)
    reads.clear()
    *_, shown = chat.ask(asked(question), Session())
    cited = shown["turn"]["answer"]["citations"]
    assert cited[0]["quote"].startswith("Ship 140 ")
    assert len(reads) == n_reads
    reads.clear()
    assert chat.show(TurnsMessage(turns=[shown["turn"]]), Session()) == {"shown": [shown["html"]]}
    assert set(reads) == {int(c["quote"].split()[1]) for c in cited}


def test_an_export_of_a_chat_with_a_library_holds_the_cited_articles(library):
    service, _ = library
    chat = ChatPane(service, Path("/dev/null"))
    *_, shown = chat.ask(asked("When did ship 140 come to the quay of Arvik?"), Session())
    message = ExportMessage(form="json", turns=[shown["turn"]])
    exported = json.loads(chat.export(message, Session())["text"])
    cited = {c["article"]["id"] for c in shown["turn"]["answer"]["citations"]}
    assert {a["id"] for a in exported["articles"]} == cited
