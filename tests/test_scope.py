"""A filter holds for all of an answer: for understanding, for spelling and for the reason to decline."""

import re

import pytest

from qa import Article, ArticleFilter, ArticleQA, Evidence, Limits, Reading, Settings

NORTH = Article.from_text(
    "The mayor of Northport is Otto Brandt. Otto Brandt was elected in 1990. Jordan is a river.",
    title="North",
)
SOUTH = Article.from_text(
    "The mayor of Southport is Anna Meier. Anna Meier was elected in 2001. She won the "
    "chess olympiad in Reykjavik. President Jordan said so.",
    title="South",
)
IN_NORTH = ArticleFilter(articles=("North",))


class NameReader:
    """Answers with the first full name in the best passage."""

    limits = Limits(answered=0.5, unsure=0.5)
    fingerprint = "names"

    def read(self, requests):
        return [self._read(hits[0]) for hits in (r.hits for r in requests)]

    @staticmethod
    def _read(hit):
        for scored in sorted(hit.sentences, key=lambda s: -s.score):
            if name := re.search(r"[A-Z][a-z]+ [A-Z][a-z]+", scored.sentence.text):
                start = scored.sentence.start
                span = (start + name.start(), start + name.end())
                return Reading((Evidence(hit.article, scored.sentence, 1.0, span),), 0.9, 0.9)
        return Reading((), 0.0, 0.0)


class NoReader:
    """Declines."""

    limits = Limits(answered=0.5, unsure=0.5)
    fingerprint = "none"

    def read(self, requests):
        return [Reading((), 0.0, 0.0) for _ in requests]


@pytest.fixture(scope="module")
def engine(encoder):
    return ArticleQA.from_articles([NORTH, SOUTH], Settings(encoder=encoder, reader=NameReader()))


def test_a_word_is_not_taken_for_one_of_an_article_that_is_not_asked(engine):
    question = "Who was elected in Rekjavik?"
    assert engine.ask(question).corrections == (("Rekjavik", "Reykjavik"),)
    assert engine.ask(question, within=IN_NORTH).corrections == ()


def test_a_word_that_only_an_article_that_is_not_asked_has_may_be_misspelt(encoder):
    articles = [
        Article.from_text("The singer Brendt sang.", title="Song"),
        Article.from_text("The mayor Brandt spoke. Brandt left.", title="Town"),
    ]
    engine = ArticleQA.from_articles(articles, Settings(encoder=encoder, reader=NoReader()))
    town = ArticleFilter(articles=("Town",))
    assert engine.ask("Who is Brendt?").corrections == ()
    assert engine.ask("Who is Brendt?", within=town).corrections == (("Brendt", "Brandt"),)


def test_the_reason_for_declining_is_of_the_articles_that_were_asked(encoder):
    engine = ArticleQA.from_articles([NORTH, SOUTH], Settings(encoder=encoder, reader=NoReader()))
    question = "Who won the chess olympiad?"
    assert engine.ask(question).text == "I found no answer I am sure of."
    assert engine.ask(question, within=IN_NORTH).text == (
        "I found no answer I am sure of. Nothing here mentions “chess” or “olympiad”."
    )


def test_a_filter_of_all_articles_changes_nothing(engine):
    every = ArticleFilter(articles=("North", "South"))
    for question in ("Who was elected in Rekjavik?", "Who is the mayor of Northport?"):
        assert engine.ask(question, within=every) == engine.ask(question)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Who landed on the moon?", "“moon”"),
        ("What was covered in so much detail?", None),  # common words that say little
        ("Who saw the moons?", "“moons”"),
    ],
)
def test_a_common_word_is_named_as_missing_where_it_is_of_a_thing(encoder, question, named):
    engine = ArticleQA.from_articles([NORTH], Settings(encoder=encoder, reader=NoReader()))
    text = engine.ask(question).text
    expected = f" Nothing here mentions {named}." if named else ""
    assert text == f"I found no answer I am sure of.{expected}"
