"""Follow-up questions are said in full; questions that stand alone stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import words
from qa.understanding.follow_ups import points_back, standalone_question
from qa.understanding.noun_phrases import phrases
from qa.understanding.person_names import people


@pytest.mark.parametrize(
    ("history", "question", "full"),
    [
        (
            ["Who is the mayor of Ghent?"],
            "Why did he go to Spain?",
            "Why did the mayor of Ghent go to Spain?",
        ),
        (["Who is Anna Meier?"], "What did she say?", "What did Anna Meier say?"),
        (["Who is Anna Meier?"], "Who met her?", "Who met Anna Meier?"),
        (["Who is Anna Meier?"], "Who is her mother?", "Who is Anna Meier's mother?"),
        (["What bridge was opened?"], "How long is it?", "How long is the bridge?"),
        (["What bridge was opened?"], "What is its length?", "What is the bridge's length?"),
        (
            ["What are the areas of cooperation?"],
            "What are they?",
            "What are the areas of cooperation?",
        ),
        (["Who are the owners?"], "Where is their house?", "Where is the owners' house?"),
        (
            ["Who is the mayor of Ghent?", "What plan was signed?"],
            "When did he sign it?",
            "When did the mayor of Ghent sign the plan?",
        ),
        (["Who lives in Porto?"], "Who was born there?", "Who was born in Porto?"),
        (
            ["Why did prices fall?"],
            "What happened after that?",
            "What happened after that? (prices)",
        ),
    ],
)
def test_a_pronoun_is_replaced_by_what_it_means(history, question, full):
    assert standalone_question(question, history) == full


@pytest.mark.parametrize(
    ("earlier", "question", "full"),
    [
        ("Whom did Anna meet on Monday?", "And on Tuesday?", "Whom did Anna meet on Tuesday?"),
        ("Whom did Anna meet on Monday?", "And Tuesday?", "Whom did Anna meet on Tuesday?"),
        ("Whom did Anna meet on Monday?", "And the day after?", "Whom did Anna meet on Tuesday?"),
        ("Whom did Anna meet on Sunday?", "And the next day?", "Whom did Anna meet on Monday?"),
        ("Who won in 1990?", "And the year before?", "Who won in 1989?"),
        ("What opened in December?", "And the next month?", "What opened in January?"),
        ("Whom did Anna meet?", "And the next day?", "And the next day? (Whom did Anna meet)"),
        ("What is the capital of France?", "What about Spain?", "What is the capital of Spain?"),
        ("Did Anna meet Otto?", "And Clara?", "Did Anna meet Clara?"),
        ("Who built the bridge in Paris?", "And in Lyon?", "Who built the bridge in Lyon?"),
        ("Who built the bridge?", "In 1990?", "Who built the bridge in 1990?"),
        ("When was the plan signed?", "Where?", "Where was the plan signed?"),
        ("Did the price fall?", "Why?", "Why did the price fall?"),
        ("What plan was signed?", "Why?", "Why? (What plan was signed)"),
        ("How many came?", "In which years?", "In which years? (How many came)"),
        ("When did Anna come?", "With whom?", "With whom? (When did Anna come)"),
    ],
)
def test_a_question_cut_short_takes_the_rest_of_the_earlier_one(earlier, question, full):
    assert standalone_question(question, [earlier]) == full


def test_only_a_question_that_points_back_needs_the_earlier_answer():
    assert points_back("Why did she go?")
    assert points_back("And on Tuesday?")
    assert not points_back("Who is the mayor of Ghent?")


def test_what_was_understood_before_counts():
    history = ["Who is Anna Meier?", "Where was she born?", "And her brother?"]
    assert standalone_question("What did she write?", history) == "What did Anna Meier write?"


@pytest.mark.parametrize(
    ("earlier", "answer", "question", "full"),
    [
        (
            "Who is the mayor of Ghent?",
            "Anna Meier",
            "Why did she go to Spain?",
            "Why did Anna Meier go to Spain?",
        ),
        (
            "What plan was signed?",
            "Ghent Water Plan",
            "What does it cover?",
            "What does the Ghent Water Plan cover?",
        ),
        (
            "What plan was signed?",
            "Otto Brandt",
            "What does it cover?",
            "What does the plan cover?",
        ),
        (
            "Who is the mayor of Ghent?",
            "in 1990",
            "Why did she go to Spain?",
            "Why did the mayor of Ghent go to Spain?",
        ),
    ],
)
def test_what_an_answer_calls_it_is_what_it_is_called(earlier, answer, question, full):
    assert standalone_question(question, [earlier], [answer]) == full


def test_why_takes_the_name_that_answered_who():
    assert standalone_question("Why?", ["Who was sent off?"], ["Otto Brandt"]) == (
        "Why was Otto Brandt sent off?"
    )
    assert standalone_question("Why?", ["Who was sent off?"]) == "Why? (Who was sent off)"


def test_it_may_mean_nothing_told_before():
    history = ["When did Anna Meier score?"]
    assert standalone_question("Was it her first goal?", history) == (
        "Was it Anna Meier's first goal?"
    )


def test_a_person_is_not_meant_by_it():
    history = ["What does Meier want for Ghent?"]
    known = frozenset(words("Meier"))
    assert standalone_question("Where would it be?", history, people=known) == (
        "Where would Ghent be?"
    )


def test_names_that_speak_or_carry_a_title_are_people():
    text = "Otto Brandt said so in Ghent. President Meier left for Spain."
    assert people(text) >= frozenset(words("Otto Brandt Meier"))
    assert people(text).isdisjoint(words("Ghent Spain"))


def test_answers_to_earlier_questions_may_be_meant():
    history = ["Who signed the plan?"]
    assert standalone_question("Where was he born?", history, ["Otto Brandt"]) == (
        "Where was Otto Brandt born?"
    )
    assert "Otto" not in standalone_question("Where was he born?", history, [None])


@pytest.mark.parametrize(
    "question",
    [
        "Who is Angela Merkel?",
        "What plan was signed?",
        "Did Otto say why he came?",
        "What is Brexit and why is it important?",
        "What did the army gain from its victory?",
        "How long does it take to learn Dutch?",
        "What is it called when prices fall?",
        "Is there a bridge?",
        "Which song did Clara like that Otto wrote?",
        "bridge Paris length",
        "Die Brücke, wie lang?",
    ],
)
def test_a_question_that_stands_alone_stays(question):
    history = ["Who is Anna Meier?", "What bridge was opened in Porto?"]
    assert standalone_question(question, history) == question


def test_without_history_nothing_is_put_in():
    assert standalone_question("Why did he go?", []) == "Why did he go?"


def test_she_is_not_an_ordinary_plural():
    assert (
        standalone_question("What did she say?", ["How high are the prices?"])
        == "What did she say?"
    )


def test_noun_phrases_leave_verbs_and_times_out():
    text = "Did Anna's band release the first album of the Blue Notes on Monday?"
    assert [p.text for p in phrases(text) if not p.is_empty] == [
        "Anna's band",
        "Anna",
        "album of the Blue Notes",
    ]


lines = st.lists(
    st.sampled_from(
        "Who what did he it she its their there that and about the of in Anna Meier's plan "
        'bridges Monday 1990 was signed ? . " ( )'.split()
    ),
    max_size=10,
).map(" ".join)


@given(lines, st.lists(lines, max_size=4), st.lists(st.none() | lines, max_size=4))
def test_only_what_was_said_is_added(question, history, answers):
    full = standalone_question(question, history, answers)
    said = " ".join([question, *history, *(a or "" for a in answers)])
    assert set(words(full)) <= set(words(said))


@given(st.text(max_size=40) | lines, st.lists(st.text(max_size=40) | lines, max_size=4))
def test_any_text_gives_one_line(question, history):
    full = standalone_question(question, history, history)
    assert full == " ".join(full.split())
