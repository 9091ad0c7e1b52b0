"""Questions in a data frame: answered beside their own columns, and a bad cell spoils no other."""

import math

import pytest

from qa import ArticleQA, Settings, answer_frame
from qa.errors import QuestionFileError

pandas = pytest.importorskip("pandas", reason="needs pandas")
polars = pytest.importorskip("polars", reason="needs polars: pip install '.[test]'")

TEXT = "The council of Lund opened the new bridge on Monday. It cost four million euros."
QUESTIONS = ["Who opened the bridge?", "What did it cost?"]


@pytest.fixture
def engine(encoder):
    return ArticleQA.from_text(TEXT, Settings(reader="none", encoder=encoder))


@pytest.mark.parametrize("frame_of", [pandas.DataFrame, polars.DataFrame])
def test_each_question_has_its_answer_in_its_row(engine, frame_of):
    frame = frame_of({"asked": QUESTIONS, "team": ["a", "b"]})
    answered = answer_frame(engine, frame, question="asked")
    assert type(answered) is type(frame)
    assert list(answered.columns[:3]) == ["asked", "team", "status"]
    answers = engine.ask_many(QUESTIONS)
    assert answered["answer"].to_list() == [a.text for a in answers]
    quotes = [[c["quote"] for c in cited] for cited in answered["citations"].to_list()]
    assert quotes == [[c.quote for c in a.citations] for a in answers]
    assert list(frame.columns) == ["asked", "team"]


@pytest.mark.parametrize("frame_of", [pandas.DataFrame, polars.DataFrame])
def test_a_cell_that_cannot_be_asked_says_why(engine, frame_of):
    frame = frame_of({"question": [QUESTIONS[0], None, "?"]})
    answered = answer_frame(engine, frame)
    assert answered["status"].to_list()[1:] == ["error", "error"]
    assert "must hold a word" in answered["error"].to_list()[2]


def test_a_number_is_no_question_and_the_index_stays(engine):
    frame = pandas.DataFrame({"question": [math.nan, QUESTIONS[0]]}, index=[7, 9])
    answered = answer_frame(engine, frame)
    assert list(answered.index) == [7, 9]
    assert answered["status"][7] == "error"
    assert answered["status"][9] != "error"


@pytest.mark.parametrize("frame_of", [pandas.DataFrame, polars.DataFrame])
def test_a_frame_without_the_column_is_refused(engine, frame_of):
    with pytest.raises(QuestionFileError, match="must have the column 'question', got asked"):
        answer_frame(engine, frame_of({"asked": QUESTIONS}))


@pytest.mark.parametrize("series_of", [pandas.Series, polars.Series])
def test_a_column_is_a_list_of_questions(engine, series_of):
    assert engine.ask_many(series_of(QUESTIONS)) == engine.ask_many(QUESTIONS)


@pytest.mark.parametrize("frame_of", [pandas.DataFrame, polars.DataFrame])
def test_an_empty_frame_has_an_empty_answer(engine, frame_of):
    frame = frame_of({"question": ["x"]})[:0]
    assert len(answer_frame(engine, frame)) == 0
