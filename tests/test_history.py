"""A history is a value that carries what was understood and answered."""

import pytest

from qa import Answer, ArticleQA, Evidence, History, Limits, Reading, Settings
from qa.history import MAX_EXCHANGES

TEXT = "The mayor of Northport is Otto Brandt. Otto Brandt was elected in 1990. He likes tea."


class CountingReader:
    """Answers with "Otto Brandt", and counts how many questions it has read."""

    limits = Limits(answered=0.5, unsure=0.5)
    fingerprint = "counting"

    def __init__(self):
        self.n_read = 0

    def read(self, requests):
        self.n_read += len(requests)
        start = TEXT.index("Otto Brandt")
        span = (start, start + len("Otto Brandt"))
        return [
            Reading((Evidence(hits[0].article, hits[0].article.sentences[0], 1.0, span),), 0.9, 0.9)
            for hits in (r.hits for r in requests)
        ]


@pytest.fixture
def engine(encoder):
    return ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=CountingReader()))


def answer(question, *, answered=True, standalone=None):
    status = "answered" if answered else "not_found"
    return Answer(question, status, "", None, 0.5, (), (), (), standalone_question=standalone)


def questions(history):
    return [exchange.question for exchange in history.exchanges]


def test_a_question_is_carried_as_it_was_understood_and_with_its_answer(engine):
    first = engine.ask("Who is the mayor of Northport?")
    history = History().after(first)
    second = engine.ask("When was he elected?", history=history)
    assert second.standalone_question == "When was Otto Brandt elected?"
    assert questions(history.after(second)) == [first.question, second.standalone_question]
    assert history.exchanges[0].short_answer == "Otto Brandt"


def test_a_follow_up_reads_once_where_the_history_has_the_answer(engine):
    history = History().after(engine.ask("Who is the mayor of Northport?"))
    before = engine.reader.n_read
    engine.ask("When was he elected?", history=history)
    assert engine.reader.n_read == before + 1


def test_a_question_of_which_only_the_text_is_known_is_answered_again(engine):
    asked = engine.ask("When was he elected?", history=["Who is the mayor of Northport?"])
    assert asked.standalone_question == "When was Otto Brandt elected?"
    assert engine.reader.n_read == 2


def test_earlier_questions_are_answered_again_only_for_a_follow_up(engine):
    engine.ask("Who likes tea?", history=["Who is the mayor of Northport?"])
    assert engine.reader.n_read == 1


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
