"""Evaluation: figures on an example that is small enough to be computed by hand."""

from __future__ import annotations

import pytest

from qa import Answer, Article, ArticleQA, Citation, Settings
from qa.batch.question_file import LabelledQuestion
from qa.errors import QuestionFileError
from qa.evaluation import evaluate, exact, judge, normalise, summarise, word_f1
from qa.readers.search_reader import SentenceReader

ARTICLE = Article.from_text("The bridge opened in May.\nAda planned it.\nIt rained.\nAda slept.")


def citation(sentence_number, number=1):
    s = ARTICLE.sentences[sentence_number]
    return Citation(number, ARTICLE, s.number, s.paragraph_number, s.start, s.end, s.text, 0.5)


def answer(*cited, nearest=(), short=None):
    citations = tuple(citation(c, i) for i, c in enumerate(cited, start=1))
    status = "answered" if cited else "not_found"
    near = tuple(citation(c) for c in nearest)
    return Answer("Q?", status, "text", short, 0.5, citations, near, ())


def question(*evidence, answers=()):
    return LabelledQuestion("q", "Q?", (), bool(evidence), evidence, answers)


def occurrences(*alternatives):
    """Return gold: of each alternative, of each snippet, of each place, the sentences."""
    return [
        [[frozenset({(ARTICLE.id, n)}) for n in snippet] for snippet in snippets]
        for snippets in alternatives
    ]


@pytest.mark.parametrize(
    ("given", "normal"),
    [("The  U.S.-led, a Plan!", "usled plan"), ("An apple", "apple"), ("theatre", "theatre")],
)
def test_answers_are_normalised_as_squad_does(given, normal):
    assert normalise(given) == normal


def test_short_answers_are_compared_by_words():
    assert exact("The Plan.", "plan")
    assert word_f1("in May 1931", "May of 1931") == pytest.approx(2 * 2 / (3 + 3))
    assert word_f1("rain rain", "rain") == pytest.approx(2 * 1 / (2 + 1))
    assert word_f1("the", "a") == 1.0
    assert word_f1("the", "May") == 0.0


def test_a_short_answer_that_was_not_given_is_wrong():
    assert not exact(None, "")
    assert word_f1(None, "") == 0.0


def test_citations_count_against_the_best_alternative():
    gold = occurrences([[0], [1]], [[2]])
    judged = judge(question(("a", "b"), ("c",)), answer(1, 3), gold)
    assert (judged.hit, judged.precision, judged.recall, judged.f1) == (True, 0.5, 0.5, 0.5)
    judged = judge(question(("a", "b"), ("c",)), answer(2), gold)
    assert (judged.precision, judged.recall, judged.f1) == (1.0, 1.0, 1.0)


def test_of_a_snippet_that_stands_twice_either_place_will_do():
    judged = judge(question(("Ada",)), answer(3), occurrences([[1, 3]]))
    assert (judged.hit, judged.f1) == (True, 1.0)


def test_a_declined_question_is_a_miss_but_its_ranking_is_judged():
    judged = judge(question(("a",)), answer(nearest=[0, 1]), occurrences([[0]]))
    assert (judged.hit, judged.ranking_hit) == (False, True)
    assert (judged.precision, judged.recall, judged.f1) == (0.0, 0.0, 0.0)


def test_figures_are_those_computed_by_hand():
    asked = question(("a",), answers=("May", "in May"))
    judged = [
        judge(asked, answer(0, short="in May"), occurrences([[0]])),  # right in all
        judge(asked, answer(1, 0, short="Ada"), occurrences([[0]])),  # right only second
        judge(asked, answer(nearest=[0]), occurrences([[0]])),  # declined, though found
        judge(question(), answer(0), []),  # answered, though it should not
        judge(question(), answer(nearest=[0]), []),
    ]
    figures = summarise(judged)
    assert (figures.n_answerable, figures.n_unanswerable) == (3, 2)
    assert figures.hit_at_1 == pytest.approx(1 / 3, abs=1e-4)
    assert figures.ranking_hit_at_1 == pytest.approx(2 / 3, abs=1e-4)
    assert figures.citation_precision == pytest.approx((1 + 1 / 2 + 0) / 3, abs=1e-4)
    assert figures.citation_recall == pytest.approx((1 + 1 + 0) / 3, abs=1e-4)
    assert figures.citation_f1 == pytest.approx((1 + 2 / 3 + 0) / 3, abs=1e-4)
    assert figures.short_answer_exact == pytest.approx(1 / 3, abs=1e-4)
    assert figures.short_answer_f1 == pytest.approx(1 / 3, abs=1e-4)
    assert figures.unanswerable_declined == 0.5
    assert figures.answerable_declined == pytest.approx(1 / 3, abs=1e-4)


def test_figures_that_no_question_counts_for_are_none():
    figures = summarise([judge(question(), answer(), [])])
    assert figures.hit_at_1 is None
    assert figures.unanswerable_declined == 1.0


def test_evidence_is_found_in_the_article_and_asked_of_the_engine(encoder):
    engine = ArticleQA.from_articles([ARTICLE], Settings(encoder=encoder, reader=SentenceReader()))
    asked = LabelledQuestion("q", "When opened the bridge?", (), True, (("opened in",),), ("May",))
    figures, judged = evaluate(engine, [asked])
    assert figures.ranking_hit_at_1 == 1.0
    assert judged[0].to_dict()["ranking_hit"] is True


def test_evidence_of_another_article_is_refused(encoder):
    engine = ArticleQA.from_articles([ARTICLE], Settings(encoder=encoder, reader=SentenceReader()))
    with pytest.raises(QuestionFileError, match="must stand in the articles, got 'the moon'"):
        evaluate(engine, [question(("the moon",))])
