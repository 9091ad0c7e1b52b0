"""An overview, the article itself and small talk are told apart from ordinary questions."""

import pytest

from qa.understanding.intent import intent_of


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("What is this about?", "overview"),
        ("Please summarise the article in three sentences.", "overview"),
        ("tl;dr", "overview"),
        ("What are the key takeaways?", "overview"),
        ("main point?", "overview"),
        ("What happened?", "overview"),
        ("title?", "title"),
        ("What’s the headline?", "title"),
        ("Who wrote it?", "author"),
        ("When was this article published?", "date"),
        ("How long is it?", "length"),
        ("hi there!", "opener"),
        ("Thank you very much.", "opener"),
        ("ok, thanks", "opener"),
        ("Who are you?", "opener"),
        ("help", "opener"),
    ],
)
def test_a_wish_is_known_by_its_words(text, intent):
    assert intent_of(text, is_first=True) == intent


@pytest.mark.parametrize(
    "text",
    [
        "What is the budget summary about?",
        "What happened in Ghent?",
        "What is the main point of the treaty?",
        "What is the title of Anna Meier's book?",
        "Who wrote the letter?",
        "When was the bridge published?",
        "How long is the bridge?",
        "Who helped them?",
        "Thanks to whom was the bridge built?",
        "What did he say?",
        "Length?",
        "Why?",
    ],
)
def test_a_question_with_a_subject_of_its_own_is_an_ordinary_one(text):
    assert intent_of(text, is_first=True) == "question"


@pytest.mark.parametrize("text", ["What happened?", "How long is it?", "Who wrote it?"])
def test_after_another_question_it_is_what_that_was_about(text):
    assert intent_of(text, is_first=False) == "question"
    named = text.replace("it", "this article") if "it" in text else "What does the article say?"
    assert intent_of(named, is_first=False) != "question"


@pytest.mark.parametrize("text", ["Sum it up", "Summarise it, please", "tl;dr"])
def test_a_summary_is_wished_for_after_questions_too(text):
    assert intent_of(text, is_first=False) == "overview"
