"""A question is answered, unsure or not found, by the chance that the articles answer it."""

from dataclasses import replace

import pytest

from qa import ArticleQA, Evidence, Limits, Reading, Settings
from qa.cli.terminal_text import format_answer
from qa.page.render import render_answer
from qa.wording import below_setting

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


@pytest.mark.parametrize(
    ("limits", "confidence", "status"),
    [
        (Limits(0.8, 0.4), 0.51, "answered"),
        (Limits(0.8, 0.4), 0.49, "unsure"),
        (Limits(0.3, 0.1), 0.4, "answered"),  # who is content with 0.3 gets it
        (Limits(0.3, 0.1), 0.2, "unsure"),
    ],
)
def test_what_is_more_likely_wrong_than_right_is_perhaps_an_answer(limits, confidence, status):
    assert limits.status(0.9, confidence) == status


def test_one_setting_moves_both_limits(engine):
    strict = engine.with_settings(threshold=0.9)
    assert strict.limits == Limits(answered=0.9, unsure=pytest.approx(0.45))
    assert strict.ask("When did the bridge open 0.85").status == "unsure"
    assert strict.ask("When did the bridge open 0.42").status == "not_found"
    assert engine.with_settings(threshold=0).ask("When 0.0").status == "answered"


def test_each_part_of_a_question_is_answered_at_its_own_level_or_said_to_be_unanswered(engine):
    answer = engine.ask("What opened in 0.9 and when was it in 0.5?")
    assert answer.status == "answered"
    assert [part.status for part in answer.parts] == ["answered", "unsure"]
    assert answer.answerable == 0.9
    assert not answer.unanswered
    assert answer.part_lines == [
        "What opened in 0.9? 1931 [1]",
        "when was it in 0.5? Perhaps: 1931 [1]",
    ]
    unsure = engine.ask("What opened in 0.6 and when was it in 0.1?")
    assert unsure.status == "unsure"
    assert unsure.unanswered == ("when was it in 0.1?",)
    line = "I found no answer I am sure of to: when was it in 0.1?"
    assert unsure.part_lines == ["What opened in 0.6? Perhaps: 1931 [1]", line]
    for form in (
        unsure.to_markdown().replace("\\", ""),
        format_answer(unsure),
        str(render_answer(unsure)),
    ):
        assert line in form
    parts = unsure.to_dict()["parts"]
    assert [part["status"] for part in parts] == ["unsure", "not_found"]
    assert "when was it in 0.1? I found no answer I am sure of." in unsure.to_dict()["answer"]


def test_what_only_the_setting_stands_against_is_found_but_below_it(engine):
    strict = engine.with_settings(threshold=0.9)
    answer = strict.ask("When did the bridge open 0.42")
    assert answer.status == "not_found"
    assert answer.text == "Found, but below your setting (42% < 90%)."
    assert answer.withheld == engine.ask("When did the bridge open 0.42")
    assert "ask without --threshold" in format_answer(answer)
    unsure = strict.ask("When did the bridge open 0.85")
    assert unsure.notes == ("Found, but below your setting (85% < 90%).",)
    assert unsure.withheld is None
    assert strict.ask("When did the bridge open 0.1").withheld is None
    assert engine.ask("When did the bridge open 0.1").text.startswith("I found no answer")


def test_figures_that_round_alike_are_shown_with_more_digits():
    assert below_setting(0.8951, 0.9) == "Found, but below your setting (89.5% < 90.0%)."


class RivalReader(ChanceReader):
    """Finds the first two sentences nearly as likely as each other."""

    def read(self, requests):
        readings = super().read(requests)
        for number, request in enumerate(requests):
            article = request.hits[0].article
            second = Evidence(article, article.sentences[1], 0.9, (35, 54))
            readings[number] = replace(
                readings[number], evidence=(*readings[number].evidence, second)
            )
        return readings


def test_an_unsure_answer_gives_a_close_rival_as_well(encoder):
    engine = ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=RivalReader()))
    unsure = engine.ask("What is it 0.5")
    assert unsure.text == "Perhaps: 1931; or: four million crowns"
    assert [c.number for c in unsure.citations] == [1, 2]
    assert len(engine.ask("What is it 0.9").citations) == 1
    assert engine.with_settings(max_citations=1).ask("What is it 0.5").text == unsure.text


def test_an_answer_that_is_its_whole_sentence_stands_there_once(encoder):
    class WholeReader(ChanceReader):
        def read(self, requests):
            readings = super().read(requests)
            first = readings[0].evidence[0]
            whole = replace(first, short_answer=(0, first.sentence.end - 1))
            return [replace(readings[0], evidence=(whole,))]

    answer = ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=WholeReader())).ask("0.9")
    assert answer.short_answer == "The bridge opened in 1931"
    assert answer.headline is None
    assert answer.to_markdown().replace("\\", "").count("opened in 1931") == 1
    assert format_answer(answer).count("opened in 1931") == 1


def test_two_parts_that_are_both_unsure_each_name_their_question(engine):
    both = engine.ask("What opened in 0.6, and what closed in 0.65?")
    assert both.status == "unsure"
    assert [line.partition("?")[0] for line in both.part_lines] == [
        "What opened in 0.6",
        "what closed in 0.65",
    ]
