"""The page without a browser: sessions, panes, starters, votes, the limiter."""

import base64
import json
from concurrent.futures import Future
from dataclasses import replace
from threading import Event, Thread

import pytest

from index import DEFAULT_ENCODER
from qa import Article, ArticleQA, ArticleQAError
from qa.batch.batch import answer_file
from qa.batch.question_file import read_questions
from qa.citations import cite
from qa.errors import QuestionFileError
from qa.history import History, Turn
from qa.page.articles import ArticlesPane
from qa.page.browser_state import (
    restore_turns,
    turn_to_dict,
)
from qa.page.chat import ChatPane
from qa.page.corpus import Corpus
from qa.page.export import export_chat
from qa.page.feedback import FeedbackError, append_vote, clean_word
from qa.page.limiter import BusyError, Limiter
from qa.page.messages import (
    ArticlesMessage,
    ChoiceMessage,
    DownloadMessage,
    FirstMessage,
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
from qa.suggestions import propose, questions_about, starter_questions
from qa.types import Answer, Evidence

CORPUS = Corpus([Article.from_text("It is calm.")])
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
        Session().add(many, CORPUS)
    assert (caught.value.most, caught.value.got) == (MAX_ARTICLES, MAX_ARTICLES + 1)
    long = Article.from_text("A word. " * (MAX_CHARACTERS // 8 + 1))
    with pytest.raises(SessionError, match="characters"):
        Session().add([long], CORPUS)


def test_a_choice_is_asked_as_an_engine_of_its_own_would_be(service, encoder):
    tide = Article.from_text("The tide at Arda rose by 3 metres. Nobody was hurt.")
    session = service.opened(Session().add([tide], CORPUS))
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
    session = service.opened(Session().add([own], CORPUS))
    assert session.engine.ask("What is the secret word?").citations
    with pytest.raises(SessionError, match="reload"):
        Session().choose([own.id], service.corpus)
    other = service.answer("What is the secret word?", History(), Session(), slider_settings(0, 3))
    assert "plover" not in str(other.to_dict())


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
    session = service.opened(Session().add([own], CORPUS))
    assert sorted(counting.encoded) == sorted(s.text for s in own.sentences)
    counting.encoded.clear()
    service.opened(session.add([Article.from_text("It snowed.")], service.corpus))
    assert counting.encoded == ["It snowed."]


def proposed(text):
    """The questions proposed about the last sentence of a text, with the words they ask for."""
    article = Article.from_text(f"Mayor Ada Lind arrived. {text} {text} {text}")
    return {p.question: p.asked.core for p in propose(article, article.sentences[-1])}


@pytest.mark.parametrize(
    ("before", "offered"), [("Nobody cared.", False), ("A boat left Arda.", True)]
)
def test_a_lone_noun_is_asked_about_only_where_the_article_is_about_it(before, offered):
    article = Article.from_text(f"{before} The boat was sold to a mill in 1931. That was all.")
    asked = [p.question for p in propose(article, article.sentences[1])]
    assert ("When was the boat sold to a mill?" in asked) is offered


class GivenAnswer:
    """An engine that answers every question from a sentence with some of its words."""

    def __init__(self, article, sentence, words, status):
        self.articles = (article,)
        start = sentence.text.index(words) + sentence.start
        evidence = Evidence(article, sentence, 1.0, (start, start + len(words)))
        self.answer = Answer("", status, words, words, 0.9, (cite(1, evidence),), (), ())

    def ask_many(self, questions):
        return [self.answer] * len(questions)


@pytest.mark.parametrize(
    ("words", "status", "number", "offered"),
    [
        ("on Monday", "answered", 0, True),
        ("Monday", "answered", 0, True),
        ("the council", "answered", 0, False),
        ("on Monday", "unsure", 0, False),
        ("on Monday", "answered", 1, False),  # another sentence answers
    ],
)
def test_a_question_is_offered_where_its_answer_is_sure_and_the_one_wanted(
    words, status, number, offered
):
    text = "The new bridge was opened by the council on Monday."
    article = Article.from_text(f"{text} {text} The council left.")
    engine = GivenAnswer(article, article.sentences[number], words, status)
    question = "When was the new bridge opened by the council?"
    assert (question in questions_about(engine, article, 0)) is offered


def test_an_event_is_asked_for_by_its_date_only_where_nothing_else_has_it():
    once, often = (
        "In 1931 the old bridge fell.",
        "A ship sank in 1931. In 1931 the old bridge fell.",
    )
    question = "What happened in 1931?"
    for text, offered in ((once, True), (often, False)):
        article = Article.from_text(text)
        asked = [p.question for s in article.sentences for p in propose(article, s)]
        assert (question in asked) is offered


@pytest.mark.parametrize(
    ("text", "question", "wanted"),
    [
        ("The mill hired the baker Mia Holm.", "Who is Mia Holm?", "baker"),
        ("Mia Holm, a baker from Arda, did not come.", "Who is Mia Holm?", "baker"),
        ("The driver, Mia Holm, slept.", "Who is the driver?", "Mia Holm"),
        ("Arda's mayor, Mia Holm, slept.", "Who is Arda's mayor?", "Mia Holm"),
        ("It was seen by Mia Holm, 47, from Arda.", "How old is Mia Holm?", "47"),
        ("Mia Holm (Arda, 1878 – Brin, 1931) was a painter.", "When was Mia Holm born?", "1878"),
        ("“The mill was not safe,” said Mia Holm.", "What did Mia Holm say?", "The mill was not safe"),
        ("Mia Holm, who sells boats in Brin, came.", "Who sells boats in Brin?", "Mia Holm"),
        ("Lind sold 40 boats to a mill in 1931.", "Who sold 40 boats to a mill in 1931?", "Lind"),
        ("They left Kalo, a village in the north.", "What is Kalo?", "a village in the north"),
        ("In 1931 the old bridge was sold.", "What happened in 1931?", "the old bridge was sold"),
        ("1931: The old bridge falls.", "What happened in 1931?", "The old bridge falls"),
        ("The bridge at Arda was built in 1931.", "When was the bridge at Arda built?", "in 1931"),
        ("The loft will be sold on Monday.", "When will the loft be sold?", "on Monday"),
        ("The loft was shut because rain came in.", "Why was the loft shut?", "because rain came in"),
        ("Cameras are not admitted to the farm.", "Are cameras admitted to the farm?", "not admitted to the farm"),
        ("Twelve engineers planned the bridge at Arda.", "How many engineers planned the bridge at Arda?", "Twelve"),
        ("The crossing takes 55 minutes.", "How long does the crossing take?", "55 minutes"),
        ("A ticket costs €12 at the door.", "How much does a ticket cost?", "€12"),
        ("The ferry carries bikes and holds 400 passengers.", None, None),
        ("The ferry holds 400 passengers.", "How many passengers does the ferry hold?", "400"),
        ("The library has about 12 rooms.", "How many rooms does the library have?", "about 12"),
    ],
)  # fmt: skip
def test_questions_are_made_of_what_sentences_tell_in_a_fixed_form(text, question, wanted):
    asked = proposed(text)
    if question is None:
        assert not [each for each in asked if each.startswith("How many")]
    elif text.startswith(("In 1931", "1931", "“")):  # asked for by what one sentence has only
        article = Article.from_text(f"Nobody came. {text}")
        found = {p.question: p.asked.core for p in propose(article, article.sentences[-1])}
        assert wanted in found[question]
    else:
        assert wanted in asked[question]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("In 1931 the river froze and the boat sat there.", "When did the river"),
        ("The later one is finished and will be shown on 4 October.", "When is"),
        ("Three residents spoke against and one in favour.", "How many"),
        ("The director of the firm, Ada Lind, left.", "Who is the firm?"),
        ("At the third reading of the Water Bill, the animal in question ran.", "Who is"),
        ("The show was shut because the man, who was ill, left the town.", "What was shut"),
        ("In Baku President Ada Lind's office was shut.", "Who is Ada Lind's"),
        ("Three men complained of bruises and one, who stood, broke a leg.", "How many"),
        ("The prize has been given in Arda since 1987.", "When"),
        ("The ill doctor will ask about the work of the man.", "What will ask"),
        ("The flu is often mistaken for a cold or, in bars, for a fever.", "What is often"),
        ("Six months are not the same as twelve.", "How many"),
        ("It was bad for all. For Boyce Lind, 29, it was a defeat.", "How old is For"),
        ("The writer is principal of a school in Ennis.", "What is principal"),
        ("The new line was sold like the previous line of boats.", "What was sold"),
        ("Ada Lind met the mayor on Monday.", "What did Ada Lind meet"),
        ("The president is the head of the army.", "Who is the president"),
        ("The pass mark is 60 points.", "How many points"),
        ("A similar quarrel lasted nineteen days.", "How many days did a similar"),
        ("The lift was last inspected in November.", "Where"),
        ("Former minister Ada Lind left.", "Who is Ada Lind"),
        ("By 1911, said the Director of Public Works, 61,000 trees grew.", "How old is"),
        ("Sligo Town, 18, 29.", "How old is"),
        ("Ada Lind sang before nobody asked when, in 1972, rain fell.", "Who sang"),
        ("The best time was from about 1880 to 1906.", "What was"),
        ("On Saturday, the old Mia Holm was still coughing.", "What happened"),
        ("Nobody has failed twice, says Ada Lind.", "Who said"),
        ("Estación Norte, the first station of the town, was opened.", "Who is"),
        ("The stop is the fourth of seven on the new line.", "What is"),
        ("The last mayor, Ada Lind, left.", "Who is the last"),
        ("Arda-born Ada Lind, 31, left.", "How old is Arda"),
        ("They saw Arda, the island of Brin, and Kalo.", "What is Arda"),
        ("They saw Cold Harbour (1993, ten years before) in Arda.", "When was Cold Harbour born"),
        ("Arda, the outermost island, has no boat.", "What is Arda"),
        ("Ada Lind, who lives two streets away, left.", "Who lives"),
        ("The premier says 40 people came.", "How many people"),
        ("In 1782 the provinces invited Ada Lind.", "When did the provinces invit "),
    ],
)
def test_no_question_is_made_that_is_wrong_by_its_form(text, wrong):
    assert not [question for question in proposed(text) if question.startswith(wrong)]


@pytest.mark.parametrize(
    "text",
    ["He sold it to them in 1931.", "That was built in 1931.", "“The bridge was built in 1931.”",
     "...", "ROME, Jan. 6 – .", "Fares will not go up.", "It rained all over the hills.", "Was the bridge built in 1931?"],
)  # fmt: skip
def test_of_what_leans_on_another_sentence_no_question_is_made(text):
    assert proposed(text) == {}


def test_only_questions_that_a_sentence_answers_are_offered():
    engine = ArticleQA.from_text(
        "The bridge at Arda was built in 1931. Mayor Ada Lind opened the new school on Monday. "
        "Nobody was hurt."
    )
    article = engine.articles[0]
    assert questions_about(engine, article, 0) == ["When was the bridge at Arda built?"]
    assert questions_about(engine, article, 2) == []
    starters = starter_questions(engine)
    assert "When was the bridge at Arda built?" in starters
    for question in starters:
        assert engine.ask(question).answered


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


def test_a_run_sends_each_record_once(service):
    message = QuestionFileMessage(
        files=[upload("q.txt", b"Who?\n" * 100)],
        picked=service.corpus.ids,
        threshold=0.25,
        max_citations=3,
    )
    pane = QuestionFilePane(service)
    steps = list(pane.answer(message, Session()))
    lines = [line for step in steps for line in step["records"]]
    assert [json.loads(line)["id"] for line in lines] == list(range(1, 101))
    assert (steps[-1]["done"], steps[-1]["total"]) == (100, 100)
    saved = pane.download(DownloadMessage(form="jsonl", records=lines), Session())
    assert base64.b64decode(saved["base64"]).decode().splitlines() == lines


@pytest.mark.parametrize("lines", [["x"], ["1"], ["{}"], ["null"], ['{"id": 1}']])
def test_what_are_no_records_is_refused(service, lines):
    with pytest.raises(QuestionFileError, match="answer the file again"):
        QuestionFilePane(service).download(DownloadMessage(form="csv", records=lines), Session())


def test_an_export_holds_every_turn(engine, turns):
    markdown = export_chat(turns, engine.articles, "md")
    assert markdown.count("\n## ") == len(turns)
    exported = json.loads(export_chat(turns, engine.articles, "json"))
    find = finder(engine.articles)
    assert restore_turns(exported["turns"], find) == restore_turns(saved(turns), find)
    html = export_chat(turns, engine.articles, "html")
    assert 'data-number="1.1"' in html
    assert "<script" not in html


def test_a_vote_on_what_is_no_turn_and_a_sentence_that_is_not_there_are_refused(service, tmp_path):
    chat = ChatPane(service, tmp_path / "votes.jsonl")
    with pytest.raises(ArticleQAError, match="ask again to vote"):
        chat.vote(VoteMessage(turn={"question": 5}, vote="up"), Session())
    assert not (tmp_path / "votes.jsonl").exists()
    for article, number in (("none", 0), (service.corpus.ids[0], 99)):
        message = SentenceMessage(article=article, sentence=number)
        assert chat.about(message, Session()) == {"questions": []}


def test_a_busy_page_adds_an_article_without_questions_to_begin_with(service, tmp_path):
    message = ArticlesMessage(text=f"{TEXT} Nobody was hurt.")
    service.limiter = Limiter(1, 0)
    pane, chat = ArticlesPane(service), ChatPane(service, tmp_path / "votes.jsonl")
    with service.limiter.enter():
        *_, (last, session) = pane.add(message, Session())
        assert chat.first(FirstMessage(), session) == {"starters": [], "overview": []}
    assert last["status"]["message"].startswith("Added")
    assert [a.text for a in session.own] == [message.text]
    assert session.picked(service.corpus) == [*service.corpus.ids, session.own[0].id]
    assert [a["text"] for a in last["added"]] == [message.text]
    assert chat.first(FirstMessage(), session)["overview"]


def test_a_foreign_article_is_noted_in_words_of_the_page(service, monkeypatch):
    monkeypatch.setattr(type(service.engine.result().store.encoder), "name", DEFAULT_ENCODER)
    text = "Die Brücke über den Fluss wurde gestern nach langer Zeit wieder für alle geöffnet. " * 4
    *_, (last, _) = ArticlesPane(service).add(ArticlesMessage(text=text), Session())
    (note,) = last["status"]["lines"]
    assert "seems to be in German" in note
    assert "--" not in note


@pytest.mark.parametrize(
    "message",
    [{}, {"files": []}, {"address": "", "text": "The tide rose."}, {"text": " \n"}],
)
def test_what_is_not_an_article_is_refused_in_words(service, message):
    steps = ArticlesPane(service).add(ArticlesMessage.model_validate(message), Session())
    *_, (last, session) = steps
    assert session == Session()
    assert last["status"]["failed"]


def test_what_cannot_be_chosen_leaves_the_session_as_it_was(service):
    message = ChoiceMessage(picked=["unknown"])
    *_, (last, session) = ArticlesPane(service).choose(message, Session())
    assert session == Session()
    assert "reload it" in last["status"]["message"]


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
