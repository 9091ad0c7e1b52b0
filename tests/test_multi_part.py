"""Two questions in one are told apart, and one question stays one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import ArticleQA, QuestionError, Settings
from qa.batch.question_file import QuestionRow
from qa.batch.records import Asked
from qa.cli.terminal_text import format_answer
from qa.page.render import render_answer
from qa.question import understand
from qa.understanding.multi_part import split_parts


@pytest.fixture(scope="module")
def engine(encoder):
    text = "Anna opened the bridge in May. The bridge is forty metres long. Otto came by boat."
    return ArticleQA.from_text(text, Settings(encoder=encoder, reader="none"))


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who signed the plan and when?", ("Who signed the plan?", "when signed the plan?")),
        (
            "Where and when was the bridge opened?",
            ("Where was the bridge opened?", "when was the bridge opened?"),
        ),
        ("Who came? And why did she leave?", ("Who came?", "And why did she leave?")),
        (
            "What did it cost, and how many ships waited?",
            ("What did it cost?", "how many ships waited?"),
        ),
        (
            "In which year was it built and by whom?",
            ("In which year was it built?", "by whom was it built?"),
        ),
        (
            "1) How many came? 2) How long did it take? 3) Who is Otto?",
            ("How many came?", "How long did it take?", "Who is Otto?"),
        ),
        (
            "Please say: a) when it opened, b) what it cost",
            ("when it opened", "what it cost"),
        ),
        (
            "Who came? Did Anna stay? Is it far? Where is the boat?",
            ("Who came?", "Did Anna stay?", "Is it far?", "Where is the boat?"),
        ),
        (
            "What can the boat carry, and does it take cars?",
            ("What can the boat carry?", "does it take cars?"),
        ),
        (
            "Tell me the name of the boat, the date of the trip and the name of its captain.",
            (
                "What is the name of the boat?",
                "What is the date of the trip?",
                "What is the name of its captain?",
            ),
        ),
    ],
)
def test_each_part_is_a_question_of_its_own(question, parts):
    assert split_parts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "How many men and women came?",
        "Who is the mayor?",
        "Is it true that trams and buses stopped?",
        "expo 2030 city",
        "What happens in version 1. 5 of it?",
        "Who came, did not stay and would not be seen again?",
        "In modern times, has the clearing of the woods slowed?",
        "When and where?",
        "Who went, and when, and why, and where, and how?",
    ],
)
def test_one_question_stays_as_it_is(question):
    assert split_parts(question) == (question,)


@given(st.text(max_size=80))
def test_any_text_has_parts(question):
    assert split_parts(question)


def test_a_part_is_read_with_the_parts_before_it_where_it_may_mean_them(engine):
    text = "Who opened the bridge? How long is it? Where does the village of Otto lie?"
    question = understand(text, ["Who is Anna?"], engine._whole)
    assert question.asked == (
        ("Who opened the bridge?", ("Who is Anna?",)),
        ("How long is it?", ("Who is Anna?", "Who opened the bridge?")),
        ("Where does the village of Otto lie?", ()),
    )


def test_too_many_parts_are_refused_and_none_is_dropped(engine):
    ten = " ".join(f"Who is Otto {n}?" for n in range(10))
    assert len(engine.ask(ten).parts) == 10
    with pytest.raises(QuestionError, match="at most 10 things, got 11; ask them one by one"):
        engine.ask(f"{ten} Who is Anna?")


def test_every_form_has_every_part(engine):
    answer = engine.ask("1) Who opened the bridge? 2) Who won the chess olympiad? 3) Is it far?")
    row = QuestionRow(1, 1, None, answer.question, ())
    forms = [
        answer.to_markdown().replace("\\", ""),
        format_answer(answer),
        str(render_answer(answer)),
        answer.to_dict()["answer"],
        Asked(row, answer).record()["answer"],
    ]
    for part in answer.parts:
        assert all(part.question in form for form in forms)


def test_a_wish_and_what_is_to_be_told_are_two():
    assert split_parts("Sum it up and tell me who opened it.") == ("Sum it up", "who opened it?")
