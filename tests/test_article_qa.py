"""Asking: the right sentence is cited exactly, and bad questions get one line."""

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import (
    ArticleQA,
    CitationError,
    Evidence,
    Limits,
    QuestionError,
    Reading,
    Settings,
    retrieve,
)
from qa.question import MAX_QUESTION
from qa.readers.search_reader import SentenceReader
from qa.wording import SET_ASIDE

TEXT = """The harbour of Northport reopened on Monday after a storm. (Herald/J. Doe)

Mayor Ana Ruiz thanked the divers who cleared the entrance. Twelve ships had waited outside.

Repairs cost four million euros, the council said. The northern pier stays closed until May.

MOST POPULAR"""


class FixedReader:
    """Cites what it is told to."""

    limits = Limits(answered=0.5, unsure=0.5)
    fingerprint = "fixed"

    def __init__(self, **changes):
        self.changes = changes

    def read(self, requests):
        readings = []
        for hits in (r.hits for r in requests):
            sentence = hits[0].sentences[0].sentence
            evidence = Evidence(hits[0].article, sentence, 0.9)
            readings.append(Reading((dataclasses.replace(evidence, **self.changes),), 0.9, 0.9))
        return readings


@pytest.fixture(scope="module")
def engine(encoder):
    return ArticleQA.from_text(
        TEXT, Settings(encoder=encoder, reader=SentenceReader()), title="Harbour"
    )


def test_the_sentence_that_answers_is_cited_exactly(engine):
    answer = engine.ask("How many million euros did the repairs cost?")
    assert answer.answered
    (citation,) = answer.citations
    assert citation.quote == "Repairs cost four million euros, the council said."
    assert TEXT[citation.start : citation.end] == citation.quote
    assert (citation.number, citation.sentence_number, citation.paragraph_number) == (1, 4, 3)
    assert answer.text == citation.quote
    assert answer.nearest == ()


def test_a_question_about_something_else_is_declined_with_the_nearest_sentences(engine):
    answer = engine.ask("Who won the chess olympiad?")
    assert answer.status == "not_found"
    assert answer.text == (
        "I found no answer I am sure of. Nothing here mentions “chess” or “olympiad”."
    )
    assert answer.short_answer is None
    assert answer.citations == ()
    assert len(answer.nearest) == 3


def test_a_question_of_two_parts_cites_a_sentence_for_each(engine):
    answer = engine.ask(
        "What did the repairs cost and when does the northern pier stay closed until?"
    )
    assert [c.sentence_number for c in answer.citations] == [4, 5]
    assert answer.unanswered == ()


def test_the_part_that_the_article_does_not_answer_is_named(engine):
    answer = engine.ask("What did the repairs cost and who won the chess olympiad?")
    assert [c.sentence_number for c in answer.citations] == [4]
    assert answer.unanswered == ("who won the chess olympiad?",)
    assert "no answer I am sure of to: who won the chess olympiad" in answer.to_markdown().replace(
        "\\", ""
    )
    assert answer.to_dict()["answer"].endswith(
        "who won the chess olympiad? I found no answer I am sure of. Nothing here mentions “chess” or “olympiad”."
    )


def test_a_follow_up_is_read_and_searched_with_the_question_before_it(engine):
    answer = engine.ask("How many million euros did they cost?", history=["What are the repairs?"])
    assert answer.question == "How many million euros did they cost?"
    assert answer.standalone_question is None
    assert answer.citations[0].sentence_number == 4


def test_history_never_makes_an_answer(engine):
    history = ["How many million euros did the repairs cost?", "", "?!", "x" * (MAX_QUESTION + 1)]
    answer = engine.ask("Who won the chess olympiad?", history=history)
    assert not answer.answered
    assert answer.standalone_question is None


def test_a_misspelt_name_is_taken_for_the_articles_own(engine):
    answer = engine.ask("How did the harbour of Northprot reopen?")
    assert answer.corrections == (("Northprot", "Northport"),)
    assert answer.standalone_question == "How did the harbour of Northport reopen?"
    assert answer.question == "How did the harbour of Northprot reopen?"


def test_a_caption_may_be_cited_and_says_so_and_furniture_never_is(engine):
    answer = engine.ask("When did the harbour of Northport reopen after a storm?")
    assert answer.citations[0].caption
    every = [
        s.sentence.text for h in engine.retrieve("Herald most popular", 50) for s in h.sentences
    ]
    assert "MOST POPULAR" not in every
    assert "(Herald/J. Doe)" not in every


def test_many_questions_are_answered_as_one_by_one(engine):
    questions = ["How many ships waited?", "Who is the mayor?", "What is the price of gold?"] * 15
    together = engine.ask_many(questions)
    assert [a.to_dict() for a in together] == [engine.ask(q).to_dict() for q in questions]


def test_histories_must_be_as_many_as_questions(engine):
    with pytest.raises(ValueError, match="got 1 and 2"):
        engine.ask_many(["a b", "c d"], histories=[[]])


@settings(max_examples=200, deadline=None)
@given(question=st.text(max_size=80))
def test_any_text_gives_an_exact_answer_or_a_question_error(encoder, question):
    engine = ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=SentenceReader()))
    if not any(c.isalnum() for c in question):
        with pytest.raises(QuestionError, match="must hold a word"):
            engine.ask(question)
        return
    answer = engine.ask(question)
    for citation in (*answer.citations, *answer.nearest):
        assert TEXT[citation.start : citation.end] == citation.quote
    assert (answer.confidence is None) == (answer.kind != "answer")
    assert 0 <= (answer.confidence or 0) <= 1
    json.dumps(answer.to_dict(), allow_nan=False).encode("utf-8")
    answer.to_markdown().encode("utf-8")


@pytest.mark.parametrize("question", ["", "  \n", "?!", "\0", None, 7, "x" * (MAX_QUESTION + 1)])
def test_a_question_that_cannot_be_asked_is_refused_in_one_line(engine, question):
    with pytest.raises(QuestionError, match="question must") as caught:
        engine.ask(question)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("question", ["mayor", "may\0or", "mayor \ud800", "mayor " * 600])
def test_odd_questions_get_a_sensible_answer(engine, question):
    lenient = ArticleQA(engine.store, Settings(reader=SentenceReader(), threshold=0))
    assert lenient.ask(question).citations[0].quote.startswith("Mayor Ana Ruiz")


def test_top_k_bounds_the_hits_and_must_be_positive(engine):
    assert len(engine.retrieve("harbour", 1)) == 1
    scores = [h.score for h in engine.retrieve("harbour", 5)]
    assert scores == sorted(scores, reverse=True)
    with pytest.raises(ValueError, match="top_k must be at least 1, got 0"):
        engine.retrieve("harbour", 0)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_outside_its_range_is_refused(engine, threshold):
    with pytest.raises(ValueError, match="threshold must be from 0 to 1"):
        ArticleQA(engine.store, Settings(reader=SentenceReader(), threshold=threshold))


def test_a_citation_that_is_no_exact_slice_is_an_error_not_a_citation(engine):
    wrong = dataclasses.replace(engine.articles[0].sentences[2], start=3)
    with pytest.raises(CitationError, match="exact part"):
        ArticleQA(engine.store, Settings(reader=FixedReader(sentence=wrong))).ask("harbour?")


def test_furniture_is_never_cited_even_if_a_reader_says_so(engine):
    furniture = engine.articles[0].sentences[-1]
    assert not furniture.citable
    with pytest.raises(CitationError):
        ArticleQA(engine.store, Settings(reader=FixedReader(sentence=furniture))).ask("harbour?")


def test_a_short_answer_is_a_verbatim_part_of_the_cited_sentence(engine):
    sentence = engine.articles[0].sentences[4]
    start = TEXT.index("four million")
    reader = FixedReader(sentence=sentence, short_answer=(start, start + 18))
    answer = ArticleQA(engine.store, Settings(reader=reader)).ask("How much?")
    assert answer.short_answer == answer.text == "four million euros"
    outside = FixedReader(sentence=sentence, short_answer=(0, 5))
    with pytest.raises(CitationError, match="short answer must stand in sentence 4"):
        ArticleQA(engine.store, Settings(reader=outside)).ask("How much?")


def test_a_saved_engine_answers_as_before(engine, encoder, tmp_path):
    engine.save(tmp_path / "harbour")
    loaded = ArticleQA.load(
        tmp_path / "harbour", Settings(encoder=encoder, reader=SentenceReader())
    )
    question = "Who is the mayor?"
    assert loaded.ask(question).to_dict() == engine.ask(question).to_dict()


def test_several_articles_are_asked_together_and_named(encoder, tmp_path):
    for name, text in (("a", TEXT), ("b", "The library of Southport lends boats to children.")):
        (tmp_path / f"{name}.txt").write_text(text)
    engine = ArticleQA.from_files(
        [tmp_path / "a.txt", tmp_path / "b.txt"], Settings(encoder=encoder, reader=SentenceReader())
    )
    answer = engine.ask("What does the library of Southport lend to children?")
    assert answer.citations[0].article.source == str(tmp_path / "b.txt")


def test_markdown_shows_the_article_and_never_interprets_it(encoder):
    text = "The *bold* <script>alert(1)</script> [link](javascript:x) costs $5 `now` {{braces}}."
    engine = ArticleQA.from_text(text, Settings(encoder=encoder, reader=SentenceReader()))
    shown = engine.ask("What costs $5 now?").to_markdown()
    assert "<script>" not in shown
    assert "\\*bold\\*" in shown
    assert "\\[link\\]\\(javascript\\:x\\)" in shown


def test_the_default_engine_finds_the_builtin_articles_passage():
    hits = retrieve("How many areas does the partnership plan cover?", top_k=3)
    assert len(hits) == 3
    assert "11 areas" in hits[0].passage.text


class WordReader:
    """Is sure of a sentence that holds the question's last word, and of no other."""

    limits = Limits(answered=0.5, unsure=0.5)
    fingerprint = "word"

    def read(self, requests):
        readings = []
        for request in requests:
            word = request.question.rstrip("?").split()[-1].lower()
            found = [
                Evidence(hit.article, scored.sentence, 0.9)
                for hit in request.hits
                for scored in hit.sentences
                if word in scored.sentence.text.lower()
            ]
            chance = 0.9 if found else 0.1
            readings.append(Reading(tuple(found), chance, chance))
        return readings


@pytest.fixture(params=["memory", "library"])
def set_aside(request, encoder, tmp_path):
    text = TEXT + "\n\n© 2024 Norvik Press Ltd, Bergen"
    engine = ArticleQA.from_text(text, Settings(encoder=encoder, reader=WordReader()))
    if request.param == "memory":
        return engine
    engine.save(tmp_path / "library")
    return ArticleQA.load(tmp_path / "library", engine.settings)


def test_what_was_set_aside_answers_where_nothing_else_does_and_the_answer_says_so(set_aside):
    (article,) = set_aside.articles
    answer = set_aside.ask("Which town is Bergen?")
    assert answer.status == "answered"
    assert SET_ASIDE in answer.notes
    (citation,) = answer.citations
    assert citation.quote == "© 2024 Norvik Press Ltd, Bergen"
    assert citation.article == article
    assert article.text[citation.start : citation.end] == citation.quote
    assert not article.sentences[citation.sentence_number].citable
    assert all(hit.article == article for hit in answer.hits)
    both = set_aside.ask_many(["Which Bergen?", "Which council?"])
    assert [SET_ASIDE in each.notes for each in both] == [True, False]
    assert SET_ASIDE[:-1] in answer.to_markdown()
    both = set_aside.ask("Who is Doe and where is Bergen?")
    assert {c.quote for c in both.citations} == {"(Herald/J. Doe)", citation.quote}


def test_a_part_that_the_article_does_not_answer_is_asked_of_what_was_set_aside(set_aside):
    answer = set_aside.ask("Who is the mayor, and which town is Bergen?")
    assert [part.status for part in answer.parts] == ["answered", "answered"]
    mayor, bergen = answer.parts
    assert all(c.article.sentences[c.sentence_number].citable for c in mayor.citations)
    assert [c.quote for c in bergen.citations] == ["© 2024 Norvik Press Ltd, Bergen"]
    assert {c.article for c in answer.citations} == set(set_aside.articles)
    assert SET_ASIDE in answer.notes
    neither = set_aside.ask("Who is the mayor, and who wrote Hamlet?")
    assert [part.status for part in neither.parts] == ["answered", "not_found"]
    assert SET_ASIDE not in neither.notes


def test_the_article_comes_before_what_was_set_aside_and_the_limits_are_the_same(set_aside):
    assert "MOST POPULAR" not in {c.quote for c in set_aside.ask("Who is the Mayor?").citations}
    unknown = set_aside.ask("Who wrote Hamlet?")
    assert (unknown.status, unknown.citations) == ("not_found", ())
    assert SET_ASIDE not in unknown.notes
    assert all(c.article.sentences[c.sentence_number].citable for c in unknown.nearest)
    strict = set_aside.with_settings(threshold=0.95)
    assert strict.ask("Which town is Bergen?").status == "not_found"
