"""The parts of the page that need no browser: turns, desks, starters, votes, the gate."""

import base64
import json
from concurrent.futures import Future
from dataclasses import replace
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import ArticleError
from qa import Article, ArticleQA
from qa.batch.batch import answer_file
from qa.batch.question_file import read_questions
from qa.history import Turn, earlier_questions, restore_turns
from qa.page.articles import Bringing
from qa.page.chat import Conversation
from qa.page.export import export_chat
from qa.page.feedback import FeedbackError, append_vote, clean_word
from qa.page.limiter import BusyError, Gate
from qa.page.pace import Pace
from qa.page.question_files import Run, file_of
from qa.page.render import render_chat
from qa.page.service import Service, Settings
from qa.page.session import MAX_ARTICLES, MAX_CHARACTERS, Desk, DeskError, restore_desk
from qa.page.suggestions import propose, question_about, starter_questions
from qa.page.uploads import Upload, read_address, read_upload, uploads_of
from qa.readers.search_reader import SentenceReader

TEXT = (
    "The bridge at Arda was built in 1931.\n\nEngineer Mia Holm said that 12 engineers planned it. "
    "On Monday the town of Arda will close it. Mia Holm was born there."
)


@pytest.fixture(scope="module")
def engine(encoder):
    return ArticleQA.from_text(TEXT, encoder=encoder, reader=SentenceReader())


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


def kept_of(turns):
    return json.loads(json.dumps([turn.to_dict() for turn in turns]))


def test_kept_turns_come_back_and_look_the_same(engine, turns):
    again = restore_turns(kept_of(turns), engine.articles)
    assert render_chat(again) == render_chat(turns)
    assert [t.to_dict() for t in again] == [t.to_dict() for t in turns]


def test_a_follow_up_means_what_was_answered_or_asked_last(turns):
    answered, declined, failed = turns
    assert earlier_questions([declined, answered, failed]) == [answered.question]
    assert earlier_questions([answered, declined]) == [answered.question, declined.question]
    assert earlier_questions([failed]) == earlier_questions([]) == []


def test_turns_of_an_article_that_is_gone_still_show_their_quotes(turns):
    again = restore_turns(kept_of(turns), [])
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
    kept = kept_of(turns)
    place = kept[0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert len(restore_turns(kept, engine.articles)) == len(turns) - 1


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["question", "answer", "articles", "text", "title", "source", "chosen", "vote"]), inner, max_size=4)))  # fmt: skip
def test_any_kept_values_are_taken_without_an_exception(kept):
    render_chat(restore_turns(kept, []))
    restore_turns([kept], [])
    restore_desk(kept)


def test_a_desk_keeps_only_text_and_makes_the_same_articles_again(engine):
    one = Article.from_text("The tide rose. It fell.", title="Tide", source="tide.txt")
    desk = Desk().add([one])
    paged = Article.from_text(
        "Page one.\n\nPage two.\n\nPage four.",
        source="a.pdf",
        date="2024-05",
        language="de",
        page_starts=[0, 11, 13, 22],
    )
    assert [s.page for s in paged.sentences] == [1, 2, 4]
    (again,), _ = restore_desk(json.loads(json.dumps(Desk().add([paged]).to_dict())))
    assert again == paged
    articles, chosen = restore_desk(json.loads(json.dumps(desk.to_dict())))
    assert articles == [one]
    assert chosen == [one.id]


def test_a_desk_is_bounded(engine):
    many = [Article.from_text(f"Text number {n} is here.") for n in range(MAX_ARTICLES + 1)]
    with pytest.raises(DeskError, match=f"at most {MAX_ARTICLES} articles, got {MAX_ARTICLES + 1}"):
        Desk().add(many)
    long = Article.from_text("A word. " * (MAX_CHARACTERS // 8 + 1))
    with pytest.raises(DeskError, match="characters"):
        Desk().add([long])


def test_a_choice_is_asked_as_an_engine_of_its_own_would_be(service, encoder):
    tide = Article.from_text("The tide at Arda rose by 3 metres. Nobody was hurt.")
    desk = service.opened(Desk().add([tide]))
    alone = ArticleQA.from_articles([tide], encoder=encoder, reader=SentenceReader())
    for question in ("How much did the tide rise?", "When was the bridge built?"):
        assert desk.engine.ask(question) == alone.ask(question)
    both = service.opened(desk.choose([a.id for a in (*service.articles, tide)], service.articles))
    together = ArticleQA.from_articles(
        [*service.articles, tide], encoder=encoder, reader=SentenceReader()
    )
    assert both.engine.ask("What is at Arda?") == together.ask("What is at Arda?")


def test_articles_of_one_session_are_unknown_to_another(service):
    own = Article.from_text("The secret word is plover. It is only mine.")
    desk = service.opened(Desk().add([own]))
    assert desk.engine.ask("What is the secret word?").citations
    with pytest.raises(DeskError, match="reload"):
        Desk().choose([own.id], service.articles)
    other = service.answer("What is the secret word?", (), Desk(), Settings.of(0, 3))
    assert "plover" not in str(other.to_dict())


def test_a_large_library_is_one_choice(encoder):
    given = [Article.from_text(f"Text number {n} is here.") for n in range(60)]
    desk = Desk()
    assert desk.choices(given) == [("The library: 60 articles", "library")]
    assert desk.picked(given) == ["library"]
    assert desk.choose(["library"], given).asked(given) == given


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


def test_a_gate_lets_some_in_some_wait_and_turns_the_rest_away():
    gate, inside, leave = Gate(1, 1), Event(), Event()
    passed = []

    def go(name):
        with gate.enter():
            passed.append(name)
            inside.set()
            leave.wait(10)

    threads = [Thread(target=go, args=(n,)) for n in range(2)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    while gate._n_free:
        pass
    with pytest.raises(BusyError, match="wait a moment"), gate.enter():
        pass
    leave.set()
    for thread in threads:
        thread.join()
    with gate.enter():
        assert sorted(passed) == [0, 1]


def test_a_gate_does_not_let_anyone_wait_for_ever():
    gate = Gate(1, 1)
    with gate.enter(), pytest.raises(BusyError), gate.enter(max_wait=0.01):
        pass
    with gate.enter():
        pass


def test_uploads_are_named_without_a_folder_and_bounded():
    (upload,) = uploads_of([{"name": "../../etc/pass\x00wd.txt", "data": "QQ=="}])
    assert upload == Upload("passwd.txt", b"A")
    assert uploads_of([{"name": "C:\\x\\y.txt", "data": ""}])[0].name == "y.txt"
    for bad in (None, [], [{"name": 1, "data": "QQ=="}], [{"name": "a", "data": "?"}], ["a"] * 30):
        with pytest.raises(ArticleError):
            uploads_of(bad)


def test_an_upload_leaves_nothing_and_names_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (article,) = read_upload(Upload("tide.txt", b"The tide rose.")).articles
    assert article.source == "tide.txt"
    with pytest.raises(ArticleError) as failed:
        read_upload(Upload("tide.txt", b"\xff\xfe\xff"))
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
    sent = [{"name": "q.txt", "data": base64.b64encode(b"Who?\n" * 100).decode()}]
    steps = Run(service).answer({"files": sent}, Desk(), Desk().picked(service.articles), 0.25, 3)
    first = next(steps)
    first.stop.set()
    last = list(steps)[-1]
    assert "Stopped after 32 questions" in last.status
    assert len(last.records) == 32


def test_an_export_holds_every_turn(engine, turns):
    markdown = export_chat(turns, engine.articles, "md")
    assert markdown.count("\n## ") == len(turns)
    exported = json.loads(export_chat(turns, engine.articles, "json"))
    assert restore_turns(exported["turns"], engine.articles) == restore_turns(
        kept_of(turns), engine.articles
    )
    html = export_chat(turns, engine.articles, "html")
    assert 'data-number="1.1"' in html
    assert "<script" not in html


def test_a_vote_from_anywhere_changes_nothing_else(service, turns, tmp_path):
    chat = Conversation(service, tmp_path / "votes.jsonl")
    for number, vote in (
        (99, "up"),
        (-1, "up"),
        ("0", "up"),
        (True, "up"),
        (0, "odd"),
        (None, None),
    ):
        assert chat.vote({"turn": number, "vote": vote}, turns, Desk()).turns == turns
    assert not (tmp_path / "votes.jsonl").exists()
    known = service.articles[0].id
    for article, number in (("none", 0), (known, "0"), (known, 99), (None, None)):
        assert chat.suggest({"article": article, "sentence": number}, Desk()) == ""


def test_a_busy_page_brings_an_article_without_questions_to_begin_with(service):
    sent = {"text": f"{TEXT} Nobody was hurt."}
    service.gate = Gate(1, 0)
    with service.gate.enter():
        first, *_, last = Bringing(service).bring_sent(sent, Desk())
    assert "<progress aria-label" in first.status
    assert "Added" in last.status
    assert [a.text for a in last.desk.own] == [sent["text"]]
    assert last.desk.engine.articles == last.desk.own
    assert last.desk.starters == ()
    *_, again = Bringing(service).bring_sent(sent, Desk())
    assert again.desk.starters


@pytest.mark.parametrize(
    "sent",
    [{}, {"files": None}, {"files": [1]}, {"text": None}, {"address": ["x"]},
     {"address": "", "text": "The tide rose."}, {"text": " \n"}],
)  # fmt: skip
def test_what_is_not_an_article_is_refused_in_words(service, sent):
    first, *_, last = Bringing(service).bring_sent(sent, Desk())
    assert last.desk == first.desk == Desk()
    assert 'class="problem"' in last.status


def test_settings_that_a_browser_changed_are_bounded_or_left():
    usual = Settings(0.3, 3)
    assert Settings.restore([0.5, 2], usual) == Settings(0.5, 2)
    assert Settings.restore([9, 99], usual) == Settings(1.0, 10)
    for odd in (None, [], [1], "x", {"a": 1}, [None, None], [[], 1], ["a", "b"], 5):
        assert Settings.restore(odd, usual) == usual


def test_what_cannot_be_brought_leaves_the_desk_as_it_was(service):
    shown = list(Bringing(service).choose(["unknown"], Desk()))
    assert shown[-1].desk == Desk()
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
    loaded = read_upload(Upload("tide.html", html))
    assert loaded.articles[0].source == "tide.html"
    assert "3 metres" in loaded.articles[0].text
    with pytest.raises(ArticleError) as failed:
        read_upload(Upload("tide.pdf", b"%PDF-1.4 nothing"))
    assert "/" not in str(failed.value)
