"""The page without a browser: sessions, panes, starters, votes, the limiter."""

import base64
import json
from concurrent.futures import Future
from dataclasses import replace
from threading import Event, Thread

import pytest

from qa import Article, ArticleQA
from qa.batch.batch import answer_file
from qa.batch.question_file import read_questions
from qa.history import Turn
from qa.page.articles import ArticlesPane
from qa.page.browser_state import (
    restore_turns,
    turn_to_dict,
)
from qa.page.chat import ChatPane
from qa.page.export import export_chat
from qa.page.feedback import FeedbackError, append_vote, clean_word
from qa.page.limiter import BusyError, Limiter
from qa.page.messages import (
    ArticlesMessage,
    QuestionFileMessage,
    SentenceMessage,
    VoteMessage,
)
from qa.page.pace import Pace
from qa.page.question_files import QuestionFilePane, file_of
from qa.page.service import Service, slider_settings
from qa.page.session import MAX_ARTICLES, MAX_CHARACTERS, Session, SessionError
from qa.page.uploads import Upload
from qa.readers.search_reader import SentenceReader
from qa.settings import Settings
from qa.suggestions import propose, question_about, starter_questions

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
    return (*asked, Turn("?!", problem="This cannot be asked."))


def saved(turns):
    return json.loads(json.dumps([turn_to_dict(turn) for turn in turns]))


def finder(articles):
    return {article.id: article for article in articles}.get


def upload(name, data):
    return Upload(name=name, data=base64.b64encode(data))


@pytest.fixture
def service(engine):
    future = Future()
    future.set_result(engine)
    return Service(engine.articles, future)


def test_a_session_is_bounded(engine):
    many = [Article.from_text(f"Text number {n} is here.") for n in range(MAX_ARTICLES + 1)]
    with pytest.raises(
        SessionError, match=f"at most {MAX_ARTICLES} articles, got {MAX_ARTICLES + 1}"
    ) as caught:
        Session().add(many)
    assert (caught.value.most, caught.value.got) == (MAX_ARTICLES, MAX_ARTICLES + 1)
    long = Article.from_text("A word. " * (MAX_CHARACTERS // 8 + 1))
    with pytest.raises(SessionError, match="characters"):
        Session().add([long])


def test_a_choice_is_asked_as_an_engine_of_its_own_would_be(service, encoder):
    tide = Article.from_text("The tide at Arda rose by 3 metres. Nobody was hurt.")
    session = service.opened(Session().add([tide]))
    alone = ArticleQA.from_articles([tide], Settings(encoder=encoder, reader=SentenceReader()))
    for question in ("How much did the tide rise?", "When was the bridge built?"):
        assert session.engine.ask(question) == alone.ask(question)
    both = service.opened(session.choose([*service.corpus.ids, tide.id], service.corpus))
    together = ArticleQA.from_articles(
        [*service.corpus.articles, tide], Settings(encoder=encoder, reader=SentenceReader())
    )
    assert both.engine.ask("What is at Arda?") == together.ask("What is at Arda?")


def test_articles_of_one_session_are_unknown_to_another(service):
    own = Article.from_text("The secret word is plover. It is only mine.")
    session = service.opened(Session().add([own]))
    assert session.engine.ask("What is the secret word?").citations
    with pytest.raises(SessionError, match="reload"):
        Session().choose([own.id], service.corpus)
    other = service.answer("What is the secret word?", (), Session(), slider_settings(0, 3))
    assert "plover" not in str(turn_to_dict(other))


class CountingEncoder:
    """An encoder that remembers which texts it was given."""

    def __init__(self, encoder):
        self.inner, self.encoded = encoder, []

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def encode_passages(self, texts):
        self.encoded += texts
        return self.inner.encode_passages(texts)


def test_of_an_added_article_each_sentence_is_encoded_once_and_nothing_else(encoder):
    counting = CountingEncoder(encoder)
    base = ArticleQA.from_text(TEXT, Settings(encoder=counting, reader=SentenceReader()))
    future = Future()
    future.set_result(base)
    service, own = Service(base.articles, future), Article.from_text("It rained. Nobody came.")
    counting.encoded.clear()
    session = service.opened(Session().add([own]))
    assert sorted(counting.encoded) == sorted(s.text for s in own.sentences)
    counting.encoded.clear()
    service.opened(session.add([Article.from_text("It snowed.")]))
    assert counting.encoded == ["It snowed."]


def test_starters_are_made_from_figures_names_and_dates_and_are_answered(engine):
    proposed = dict(propose(engine.articles))
    assert proposed["How many engineers are there?"] == "12 engineers"
    assert proposed["Who is Mia Holm?"] == "Mia Holm"
    assert proposed["What happened in 1931?"] == "1931"
    assert proposed["What happened on Monday?"] == "Monday"
    starters = starter_questions(engine)
    assert starters
    assert all(engine.ask(question).answered for question in starters)


def test_a_question_about_a_sentence_is_made_from_it():
    plain, dated = Article.from_text("It rained all over the hills. In 1931 it was dry.").sentences
    assert question_about(dated) == "What happened in 1931?"
    assert question_about(plain) == "What is said about “It rained all over the hills”?"


def test_a_vote_is_appended_and_bounded(tmp_path, turns):
    path = tmp_path / "folder" / "votes.jsonl"
    for vote in ("up", "down"):
        append_vote(path, replace(turns[0], vote=vote, word="a word"))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["vote"] for line in lines] == ["up", "down"]
    assert lines[0]["question"] == turns[0].question
    assert clean_word("a\n\x1b[31m" + "b" * 500) == "a [31m" + "b" * 194
    with pytest.raises(FeedbackError, match="cannot be written") as caught:
        append_vote(tmp_path / "folder", turns[0])
    assert caught.value.path == tmp_path / "folder"


def test_votes_at_once_are_each_a_line(tmp_path, turns):
    path = tmp_path / "votes.jsonl"
    threads = [Thread(target=append_vote, args=(path, turns[0])) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [json.loads(line)["question"] for line in path.read_text().splitlines()] == [
        turns[0].question
    ] * 20


def test_a_limiter_lets_some_in_some_wait_and_turns_the_rest_away():
    limiter, inside, leave = Limiter(1, 1), Event(), Event()
    passed = []

    def go(name):
        with limiter.enter():
            passed.append(name)
            inside.set()
            leave.wait(10)

    threads = [Thread(target=go, args=(n,)) for n in range(2)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    while limiter._n_free:
        pass
    with pytest.raises(BusyError, match="wait a moment") as caught, limiter.enter():
        pass
    assert caught.value.n_allowed == 2
    leave.set()
    for thread in threads:
        thread.join()
    with limiter.enter():
        assert sorted(passed) == [0, 1]


def test_a_limiter_does_not_let_anyone_wait_for_ever():
    limiter = Limiter(1, 1)
    with limiter.enter(), pytest.raises(BusyError), limiter.enter(max_wait=0.01):
        pass
    with limiter.enter():
        pass


def test_the_page_writes_what_the_command_writes(service, engine, tmp_path):
    path = tmp_path / "q.txt"
    path.write_text("When was the bridge built?\n?!\nWho sings?\n" * 40)
    records = [r for chunk in service.records(read_questions(path)) for r in chunk]
    for form in ("jsonl", "csv", "xlsx"):
        answer_file(engine, read_questions(path), tmp_path / f"out.{form}")
        assert file_of(records, form) == (tmp_path / f"out.{form}").read_bytes()


def test_a_run_that_is_cancelled_keeps_what_it_answered(service):
    message = QuestionFileMessage(files=[upload("q.txt", b"Who?\n" * 100)])
    steps = QuestionFilePane(service).answer(message, Session(), service.corpus.ids, 0.25, 3)
    first = next(steps)
    first.stop.set()
    last = list(steps)[-1]
    assert "Stopped after 32 questions" in last.status
    assert len(last.records) == 32


def test_an_export_holds_every_turn(engine, turns):
    markdown = export_chat(turns, engine.articles, "md")
    assert markdown.count("\n## ") == len(turns)
    exported = json.loads(export_chat(turns, engine.articles, "json"))
    find = finder(engine.articles)
    assert restore_turns(exported["turns"], find) == restore_turns(saved(turns), find)
    html = export_chat(turns, engine.articles, "html")
    assert 'data-number="1.1"' in html
    assert "<script" not in html


def test_a_vote_or_a_sentence_that_is_not_there_changes_nothing(service, turns, tmp_path):
    chat = ChatPane(service, tmp_path / "votes.jsonl")
    message = VoteMessage(turn=99, vote="up")
    assert chat.vote(message, turns, Session()).turns == turns
    assert not (tmp_path / "votes.jsonl").exists()
    for article, number in (("none", 0), (service.corpus.ids[0], 99)):
        message = SentenceMessage(article=article, sentence=number)
        assert chat.suggest(message, Session()) == ""


def test_a_busy_page_adds_an_article_without_questions_to_begin_with(service):
    message = ArticlesMessage(text=f"{TEXT} Nobody was hurt.")
    service.limiter = Limiter(1, 0)
    with service.limiter.enter():
        first, *_, last = ArticlesPane(service).add(message, Session())
    assert "<progress aria-label" in first.status
    assert "Added" in last.status
    assert [a.text for a in last.session.own] == [message.text]
    assert last.session.engine.articles == last.session.own
    assert last.session.starters == ()
    *_, again = ArticlesPane(service).add(message, Session())
    assert again.session.starters


@pytest.mark.parametrize(
    "message",
    [{}, {"files": []}, {"address": "", "text": "The tide rose."}, {"text": " \n"}],
)
def test_what_is_not_an_article_is_refused_in_words(service, message):
    steps = ArticlesPane(service).add(ArticlesMessage.model_validate(message), Session())
    first, *_, last = steps
    assert last.session == first.session == Session()
    assert 'class="problem"' in last.status


def test_what_cannot_be_chosen_leaves_the_session_as_it_was(service):
    shown = list(ArticlesPane(service).choose(["unknown"], Session()))
    assert shown[-1].session == Session()
    assert "reload it" in shown[-1].status


def test_a_pace_tells_rate_and_time_left(monkeypatch):
    now = [10.0]
    monkeypatch.setattr("qa.page.pace.monotonic", lambda: now[0])
    pace = Pace()
    assert pace.line(0, 200, "questions") == "0 of 200 questions"
    assert not pace.slow
    now[0] += 10
    assert pace.slow
    assert pace.line(50, 200, "questions") == "50 of 200 questions · 5.0 a second · 30 s left"
    assert pace.line(200, 200, "questions") == "200 of 200 questions · 20.0 a second"
