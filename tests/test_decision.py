"""A question is answered, unsure or not found, by the chance that the articles answer it."""

import pytest

from qa import ArticleQA, Evidence, Limits, Reading, Settings

TEXT = "The bridge opened in 1931. It cost four million crowns. Trams ran on it until 1964."


class ChanceReader:
    """Cites the first sentence; the chance of an answer is the number that the question ends with."""

    limits = Limits(answered=0.8, unsure=0.4)
    fingerprint = "chance"

    def read(self, requests):
        readings = []
        for request in requests:
            article = request.hits[0].article
            evidence = Evidence(article, article.sentences[0], 1.0, (21, 25))
            chance = float(request.question.rstrip("?").split()[-1])
            readings.append(Reading((evidence,), 0.7, chance))
        return readings


@pytest.fixture(scope="module")
def engine(encoder):
    return ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=ChanceReader()))


@pytest.mark.parametrize(
    ("chance", "status"),
    [(0.95, "answered"), (0.8, "answered"), (0.79, "unsure"), (0.4, "unsure"), (0.1, "not_found")],
)
def test_the_chance_of_an_answer_decides(engine, chance, status):
    answer = engine.ask(f"When did the bridge open {chance}")
    assert answer.status == status
    assert (answer.answered, answer.given) == (status == "answered", status != "not_found")
    assert answer.answerable == chance
    assert bool(answer.citations) == answer.given
    assert bool(answer.nearest) != answer.given


def test_an_unsure_answer_says_perhaps_and_gives_what_it_has(engine):
    answer = engine.ask("When did the bridge open 0.5")
    assert answer.text == "Perhaps: 1931"
    assert answer.short_answer == "1931"
    assert answer.confidence == 0.7
    assert answer.to_dict()["status"] == "unsure"
    assert "Perhaps: 1931" in answer.to_markdown().replace("\\", "")


def test_one_setting_moves_both_limits(engine):
    strict = engine.with_settings(threshold=0.9)
    assert strict.limits == Limits(answered=0.9, unsure=pytest.approx(0.45))
    assert strict.ask("When did the bridge open 0.85").status == "unsure"
    assert strict.ask("When did the bridge open 0.42").status == "not_found"
    assert engine.with_settings(threshold=0).ask("When 0.0").status == "answered"


def test_of_several_parts_the_sure_ones_are_given_and_the_others_named(engine):
    answer = engine.ask("What opened in 0.9 and when was it in 0.5?")
    assert answer.status == "answered"
    assert len(answer.unanswered) == 1
    assert answer.answerable == 0.9
    unsure = engine.ask("What opened in 0.6 and when was it in 0.1?")
    assert unsure.status == "unsure"
    assert len(unsure.unanswered) == 1
