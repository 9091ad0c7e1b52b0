"""The page without a browser: sessions, what is saved, starters, votes, uploads, the limiter."""

import base64
import json
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from index import ArticleError, ArticleIndex
from index.library.stored_articles import StoredArticles
from qa import Article, ArticleQA
from qa.batch.batch import answer_file
from qa.batch.question_file import read_questions
from qa.history import Turn
from qa.page.articles import ArticlesPane
from qa.page.browser_state import (
    restore_session,
    restore_settings,
    restore_turns,
    session_to_dict,
    turn_to_dict,
)
from qa.page.chat import ChatPane
from qa.page.corpus import LIBRARY, MAX_SHOWN, Corpus
from qa.page.export import export_chat
from qa.page.feedback import FeedbackError, append_vote, clean_word
from qa.page.limiter import BusyError, Limiter
from qa.page.messages import (
    ArticlesMessage,
    ExportMessage,
    QuestionFileMessage,
    QuestionMessage,
    SentenceMessage,
    VoteMessage,
)
from qa.page.pace import Pace
from qa.page.question_files import QuestionFilePane, file_of
from qa.page.render import render_chat
from qa.page.service import Service, slider_settings
from qa.page.session import MAX_ARTICLES, MAX_CHARACTERS, Session, SessionError
from qa.page.suggestions import propose, question_about, starter_questions
from qa.page.uploads import Upload, read_address, read_upload
from qa.readers.search_reader import SentenceReader
from qa.settings import Settings

TEXT = (
    "The bridge at Arda was built in 1931.\n\nEngineer Mia Holm said that 12 engineers planned it. "
    "On Monday the town of Arda will close it. Mia Holm was born there."
)


@pytest.fixture(scope="module")
def engine(encoder):
    return ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=SentenceReader()))


@pytest.fixture
def service(engine):
    future = Future()
    future.set_result(engine)
    return Service(engine.articles, future)


@pytest.fixture(scope="module")
def turns(engine):
    questions = ["When was the bridge built?", "Who sings?"]
    asked = [Turn(q, engine.ask(q)) for q in questions]
    return (*asked, Turn("?!", problem="This cannot be asked."))


def saved(turns):
    return json.loads(json.dumps([turn_to_dict(turn) for turn in turns]))


def finder(articles):
    return {article.id: article for article in articles}.get


def test_saved_turns_come_back_and_look_the_same(engine, turns):
    again = restore_turns(saved(turns), finder(engine.articles))
    assert render_chat(again) == render_chat(turns)
    assert list(map(turn_to_dict, again)) == list(map(turn_to_dict, turns))


def test_turns_of_an_article_that_is_gone_still_show_their_quotes(turns):
    again = restore_turns(saved(turns), finder([]))
    assert render_chat(again) == render_chat(turns)


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
    render_chat(restore_turns(values, corpus.find))
    restore_turns([values], corpus.find)
    restore_session(values, corpus)
    restore_settings(values, Settings())


def test_a_session_is_saved_as_text_and_makes_the_same_articles_again(engine):
    corpus = Corpus(engine.articles)
    one = Article.from_text("The tide rose. It fell.", title="Tide", source="tide.txt")
    session = Session().add([one])
    paged = Article.from_text(
        "Page one.\n\nPage two.\n\nPage four.",
        source="a.pdf",
        date="2024-05",
        language="de",
        page_starts=[0, 11, 13, 22],
    )
    assert [s.page for s in paged.sentences] == [1, 2, 4]
    for each in (session, Session().add([paged]), session.choose(corpus.ids, corpus)):
        assert restore_session(json.loads(json.dumps(session_to_dict(each))), corpus) == each


def test_a_session_is_bounded(engine):
    many = [Article.from_text(f"Text number {n} is here.") for n in range(MAX_ARTICLES + 1)]
    with pytest.raises(
        SessionError, match=f"at most {MAX_ARTICLES} articles, got {MAX_ARTICLES + 1}"
    ):
        Session().add(many)
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
    with pytest.raises(FeedbackError, match="cannot be written"):
        append_vote(tmp_path / "folder", turns[0])


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
    with pytest.raises(BusyError, match="wait a moment"), limiter.enter():
        pass
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


def test_uploads_are_named_without_a_folder_and_bounded():
    upload = Upload(name="../../etc/pass\x00wd.txt", data="QQ==")
    assert (upload.name, upload.data) == ("passwd.txt", b"A")
    assert Upload(name="C:\\x\\y.txt", data="").name == "y.txt"
    assert Upload(name="..", data="").name == "article"
    assert Upload(name=f"{'n' * 99}.jsonl", data="").name == f"{'n' * 25}.jsonl"


FILE = {"name": "a.txt", "data": "QQ=="}


@pytest.mark.parametrize(
    ("message", "sent"),
    [(ArticlesMessage, {"files": None}), (ArticlesMessage, {"files": [1]}),
     (ArticlesMessage, {"files": [{"name": 1, "data": "QQ=="}]}),
     (ArticlesMessage, {"files": [FILE] * 30}), (ArticlesMessage, {"address": ["x"]}),
     (ArticlesMessage, {"files": [{"name": "a", "data": base64.b64encode(b"x" * 10_000_001)}]}),
     (QuestionFileMessage, {}), (QuestionFileMessage, {"files": []}),
     (QuestionMessage, {"question": 1}), (QuestionMessage, {}), (QuestionMessage, None),
     (VoteMessage, {"turn": -1, "vote": "up"}), (VoteMessage, {"turn": "0", "vote": "up"}),
     (VoteMessage, {"turn": True, "vote": "up"}), (VoteMessage, {"turn": 0, "vote": "odd"}),
     (VoteMessage, {"turn": None, "vote": None}), (SentenceMessage, {"article": None}),
     (SentenceMessage, {"article": "a", "sentence": "0"}), (ExportMessage, {"form": "exe"})],
)  # fmt: skip
def test_what_the_page_does_not_send_is_refused(message, sent):
    with pytest.raises(ValidationError):
        message.model_validate(sent)


def upload(name, data):
    return Upload(name=name, data=base64.b64encode(data))


def test_an_upload_leaves_nothing_and_names_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (article,) = read_upload(upload("tide.txt", b"The tide rose.")).articles
    assert article.source == "tide.txt"
    with pytest.raises(ArticleError) as failed:
        read_upload(upload("tide.txt", b"\xff\xfe\xff"))
    assert str(tmp_path) not in str(failed.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address", ["/etc/passwd", "file:///etc/passwd", "ftp://a/b", "", "gopher://x"]
)
def test_only_web_addresses_are_fetched(address):
    with pytest.raises(ArticleError, match="http"):
        read_address(address)


def test_the_page_writes_what_the_command_writes(service, engine, tmp_path):
    path = tmp_path / "q.txt"
    path.write_text("When was the bridge built?\n?!\nWho sings?\n" * 40)
    records = [r for chunk in service.records(read_questions(path)) for r in chunk]
    for form in ("jsonl", "csv"):
        answer_file(engine, read_questions(path), tmp_path / f"out.{form}")
        assert file_of(records, form).encode() == (tmp_path / f"out.{form}").read_bytes()


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


def test_settings_that_a_browser_changed_are_bounded_or_left():
    usual = Settings(threshold=0.3)
    assert restore_settings([0.5, 2], usual) == Settings(threshold=0.5, max_citations=2)
    assert restore_settings([9, 99], usual) == Settings(threshold=1.0, max_citations=10)
    for odd in (None, [], [1], "x", {"a": 1}, [None, None], [[], 1], ["a", "b"], 5):
        assert restore_settings(odd, usual) == usual


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


def test_a_web_page_and_a_damaged_pdf_are_taken_as_the_loaders_take_them():
    html = b"<html><head><title>The tide</title></head><body><article><p>The tide at Arvik rose by 3 metres on Sunday. Nobody was hurt, said the mayor.</p></article></body></html>"
    loaded = read_upload(upload("tide.html", html))
    assert loaded.articles[0].source == "tide.html"
    assert "3 metres" in loaded.articles[0].text
    with pytest.raises(ArticleError) as failed:
        read_upload(upload("tide.pdf", b"%PDF-1.4 nothing"))
    assert "/" not in str(failed.value)
