"""Two questions in one are told apart, and one question stays one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.understanding.multi_part import split_parts


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who signed the plan and when?", ("Who signed the plan?", "when signed the plan?")),
        (
            "Where and when was the bridge opened?",
            ("Where was the bridge opened?", "when was the bridge opened?"),
        ),
        ("Who came? And why did she leave?", ("Who came?", "why did she leave?")),
        (
            "What did it cost, and how many ships waited?",
            ("What did it cost?", "how many ships waited?"),
        ),
        (
            "In which year was it built and by whom?",
            ("In which year was it built?", "by whom was it built?"),
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
        "When and where?",
        "Who went, and when, and why, and where, and how?",
    ],
)
def test_one_question_stays_as_it_is(question):
    assert split_parts(question) == (question,)


@given(st.text(max_size=80))
def test_any_text_has_parts(question):
    assert split_parts(question)
