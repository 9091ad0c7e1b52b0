"""A question in another language than the articles is notice apart, and how to ask is said."""

import pytest

from index import question_language
from qa import ArticleQA, Evidence, Limits, Reading, Settings

TEXT = "The grass carp is a fish. A grown fish can weigh 35 kilograms, and it eats plants."


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("¿Cuánto puede pesar un pez adulto?", "es"),
        ("Wie schwer wird ein Graskarpfen?", "de"),
        ("Was kostet das Ganze?", "de"),
        ("¿Cuánta harina necesito?", "es"),
        ("Was Lincoln shot?", "en"),
        ("Quand le pont a-t-il été construit ?", "fr"),
        ("草鱼有多重？", "und"),
        ("Who is Jens Stoltenberg?", "en"),
        ("Why did Chanakya ask him for a donation?", "en"),
        ("guillemot passengers", ""),
        ("Hoeveel kost dat?", "nl"),
        ("Quanti anni ha?", "it"),
        ("Chi ha firmato?", "it"),
        ("Combien ?", "fr"),
        ("Quantos carros?", "pt"),
        ("Quem assinou?", "pt"),
        ("Cuantos coches?", "es"),
        ("Wann war das?", "de"),
        ("Was kostet das?", "de"),
        ("Was Stoltenberg there?", "en"),
        ("Wo does he live?", "en"),
    ],
)
def test_the_language_of_a_question_is_told_where_it_is_clear(question, language):
    assert question_language(question) == language


@pytest.fixture(scope="module")
def engine():
    return ArticleQA.from_text(TEXT, Settings(reader="none"))


def test_words_of_another_language_are_no_slips_of_spelling():
    text = (
        "On Monday President Ada Lind met the council. It was glad of what President Lind told it."
    )
    of_lind = ArticleQA.from_text(text, Settings(reader="none"))
    question = "Wer ist der Präsident von Südkorea?"
    assert of_lind._whole.written_as_here(question).changes
    answer = of_lind.ask(question)
    assert "seems to be in German" in " ".join([answer.text, *answer.notes])
    assert (answer.standalone_question, answer.corrections) == (None, ())


def test_the_answer_says_how_to_ask(engine):
    answer = engine.ask("Wie schwer wird ein Graskarpfen?")
    notice = " ".join([answer.text, *answer.notes])
    assert "seems to be in German. The text is in English: ask in English." in notice
    assert "mention" not in answer.text
    chinese = engine.ask("草鱼有多重？")
    notice = " ".join([chinese.text, *chinese.notes])
    assert "in another language than English" in notice


class UnsureReader:
    limits = Limits(0.9, 0.2)
    fingerprint = "unsure"

    def read(self, requests):
        best = [r.hits[0].sentences[0].sentence for r in requests]
        articles = [r.hits[0].article for r in requests]
        return [
            Reading((Evidence(a, s, 1.0),), 0.5, 0.5) for a, s in zip(articles, best, strict=True)
        ]


def test_nothing_is_guessed_for_a_question_in_another_language():
    engine = ArticleQA.from_text(TEXT, Settings(reader=UnsureReader()))
    assert engine.ask("How heavy is it?").status == "unsure"
    answer = engine.ask("Hoeveel weegt een vis?")
    assert answer.status == "not_found"
    assert "seems to be in Dutch" in answer.text


@pytest.mark.parametrize("question", ["How heavy is a grown fish?", "grass carp plants", "Carp?"])
def test_nothing_is_said_of_a_question_in_the_language_of_the_text(engine, question):
    answer = engine.ask(question)
    assert answer.notes == ()
    assert "seems to be" not in answer.text
