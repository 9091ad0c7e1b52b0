"""A history is a value that carries what was asked before."""

import sys

import pytest

from qa import Answer, Article, ArticleFilter, ArticleQA, History, Limits, Reading, Settings
from qa.history import MAX_EXCHANGES
from qa.readers.search_reader import SentenceReader

TEXT = "The mayor of Northport is Otto Brandt. Otto Brandt was elected in 1990. He likes tea."


class NotingReader:
    """Declines, and keeps what was asked before each question."""

    limits = Limits(answered=0.5, unsure=0.5)
    fingerprint = "noting"

    def __init__(self):
        self.requests = []

    def read(self, requests):
        self.requests += requests
        return [Reading((), 0.1, 0.1) for _ in requests]


@pytest.fixture
def engine(encoder):
    return ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=NotingReader()))


def answer(question, *, answered=True, standalone=None):
    status = "answered" if answered else "not_found"
    return Answer(question, status, "", None, 0.5, (), (), (), standalone_question=standalone)


def questions(history):
    return [exchange.question for exchange in history.exchanges]


def test_the_reader_gets_the_last_two_questions_and_each_is_read_once(engine):
    engine.ask(
        "And he?", history=["Who sang?", "Who is the mayor of Northport?", "Was he elected?"]
    )
    (request,) = engine.reader.requests
    assert request.question == "And he?"
    assert request.earlier == ("Who is the mayor of Northport?", "Was he elected?")


def test_a_follow_up_is_searched_together_with_the_question_before_it(engine):
    engine.ask("When?", history=["Who likes tea?"])
    engine.ask("When?")
    after, alone = (request.hits[0].sentences for request in engine.reader.requests)
    best = max(after, key=lambda s: s.score)
    assert best.sentence.text == "He likes tea."
    assert max(s.score for s in alone) < best.score


def test_texts_of_earlier_questions_are_spelt_as_the_articles_spell_and_others_left_out(engine):
    engine.ask("When?", history=["Who is the mayor of Northprot?", "?!"])
    assert engine.reader.requests[0].earlier == ("Who is the mayor of Northport?",)


def test_a_conversation_and_the_texts_of_its_questions_are_one_history(engine):
    history = History.of([answer("Who is the mayor of Northport?")])
    engine.ask("When was he elected?", history=history)
    engine.ask("When was he elected?", history=["Who is the mayor of Northport?"])
    assert engine.reader.requests[0] == engine.reader.requests[1]


def test_a_declined_question_counts_only_while_it_is_the_last():
    declined, right = answer("Who sang?", answered=False), answer("Who spoke?")
    assert questions(History.of([declined, right])) == ["Who spoke?"]
    assert questions(History.of([right, declined])) == ["Who spoke?", "Who sang?"]
    assert questions(History.of([])) == []


def test_a_history_never_changes_and_stays_short():
    before = History.of([answer("Who spoke?")])
    after = before.after(answer("When?", standalone="When did she speak?"))
    assert questions(before) == ["Who spoke?"]
    assert questions(after) == ["Who spoke?", "When did she speak?"]
    long = History.of(answer(f"Who is {n}?") for n in range(50))
    assert len(long.exchanges) == MAX_EXCHANGES
    assert questions(long)[-1] == "Who is 49?"


@pytest.mark.parametrize(
    "question",
    ["When was he elected?", "And in Southport?", "Why?", "What did the other one say about tea?"],
)
def test_a_question_that_may_mean_an_earlier_one_is_read_with_it(engine, question):
    engine.ask(question, history=["Who is the mayor of Northport?"])
    assert engine.reader.requests[0].earlier


def test_a_question_that_names_all_it_is_about_is_read_alone(engine):
    engine.ask("What does the mayor of Northport like?", history=["Who sang in the choir?"])
    assert engine.reader.requests[0].earlier == ()


def test_only_turns_over_the_same_articles_count(encoder):
    articles = [Article.from_text(TEXT, title="A"), Article.from_text(f"{TEXT} Yes.", title="B")]
    both = ArticleQA.from_articles(articles, Settings(encoder=encoder, reader=NotingReader()))
    quoting = ArticleQA.from_articles(articles, Settings(encoder=encoder, reader=SentenceReader()))
    of_b, of_a = ArticleFilter(articles=("B",)), ArticleFilter(articles=("A",))
    history = History.of([quoting.ask("Who is the mayor of Northport?", within=of_b)])
    for within, n_earlier in ((of_b, 1), (None, 1), (of_a, 0)):
        both.ask("When was he elected?", history=history, within=within)
        assert len(both.reader.requests[-1].earlier) == n_earlier


def calls_of(call, names):
    """How often functions of qa with these names begin while something is called."""
    counts = dict.fromkeys(names, 0)

    def trace(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_name in counts and "/qa/" in code.co_filename:
            counts[code.co_name] += 1

    sys.setprofile(trace)
    try:
        call()
    finally:
        sys.setprofile(None)
    return counts


@pytest.mark.parametrize("n_before", [0, 1, 6])
def test_a_question_goes_one_way_however_long_the_conversation_was(engine, n_before):
    history = History()
    for n in range(n_before):
        history = history.after(engine.ask(f"Who is mayor number {n}?", history=history))
    steps = ["ask", "ask_many", "understand", "written_as_here", "answers", "decide"]
    assert calls_of(lambda: engine.ask("And when was he elected?", history=history), steps) == (
        dict.fromkeys(steps, 1)
    )
