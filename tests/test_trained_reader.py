"""The trained reader: it says where the answer stands, and refuses weights that are not its own."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import ArticleQA, ReaderError, Settings
from qa.readers.answer_span import best_span
from qa.readers.decision import (
    DECISION_FEATURES,
    RANK_FEATURES,
    MissingWords,
    n_cited,
    rank_features,
)
from qa.readers.trained_reader import TrainedReader
from qa.types import Reading, ReadRequest

TEXT = """The stone bridge of Northport was opened by Mayor Ana Ruiz on 4 May 1931.

It cost four million crowns and carried trams until 1964. Engineers from Oslo drew its plans, \
since nobody in the town had built with steel before.

The harbour froze in the winter of 1947, and the fishing fleet stayed ashore for nine weeks."""


@pytest.fixture(scope="module")
def reader():
    return TrainedReader()


@pytest.fixture(scope="module")
def engine(reader):
    return ArticleQA.from_text(TEXT, Settings(reader=reader))


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Who opened the bridge?", "Ana Ruiz"),
        ("How much did the bridge cost?", "four million"),
        ("Where did the engineers come from?", "Oslo"),
        ("How long did the fishing fleet stay ashore?", "nine weeks"),
    ],
)
def test_the_short_answer_is_marked_in_the_cited_sentence(engine, question, wanted):
    answer = engine.ask(question)
    assert answer.given
    assert wanted in answer.short_answer
    assert len(answer.short_answer.split()) <= len(wanted.split()) + 3
    first = answer.citations[0]
    assert engine.articles[0].text[slice(*first.answer_span)] == answer.short_answer
    assert first.start <= first.answer_span[0] < first.answer_span[1] <= first.end


@pytest.mark.parametrize(
    "question",
    ["Who is the president of France?", "What is the price of rice?", "Who won the cup final?"],
)
def test_what_the_article_does_not_say_is_declined(engine, question):
    answer = engine.ask(question)
    assert not answer.answered
    assert answer.short_answer is None
    assert answer.citations == ()
    assert answer.nearest


def test_no_sentence_is_surer_to_be_right_than_an_answer_is_to_be_there(engine):
    questions = ["Who opened the bridge?", "Why was the bridge opened?", "Who won?", "Did it fall?"]
    for answer in engine.ask_many(questions):
        assert 0 <= answer.confidence <= answer.answerable <= 1


def test_many_questions_are_answered_as_one_by_one(engine):
    questions = [
        "Who opened the bridge?",
        "Why?",
        "When did the harbour freeze and thaw " * 20,
        "rice",
    ]
    for one, together in zip(map(engine.ask, questions), engine.ask_many(questions), strict=True):
        assert one.confidence == pytest.approx(together.confidence, abs=1e-3)
        assert (one.text, one.citations) == (together.text, together.citations) or (
            [c.sentence_number for c in one.citations]
            == [c.sentence_number for c in together.citations]
        )


@settings(max_examples=25, deadline=None)
@given(text=st.text(min_size=1, max_size=200), question=st.text(max_size=60))
def test_any_text_is_read_without_a_fault(reader, encoder, text, question):
    text = f"A word stands here. {text}"
    engine = ArticleQA.from_text(text, Settings(encoder=encoder, reader=reader))
    answer = engine.ask(f"word {question}")
    for citation in (*answer.citations, *answer.nearest):
        assert text[citation.start : citation.end] == citation.quote
    assert answer.short_answer is None or answer.short_answer in answer.citations[0].quote


def test_a_long_sentence_is_read_as_far_as_the_model_reaches(reader, encoder):
    text = f"{'word ' * 3000}. The bridge opened in 1931."
    answer = ArticleQA.from_text(text, Settings(encoder=encoder, reader=reader)).ask(
        "When did it open?"
    )
    assert answer.status in {"answered", "unsure", "not_found"}


def test_a_folder_without_a_reader_is_refused_in_one_line(tmp_path):
    with pytest.raises(ReaderError, match=r"must be a folder with reader\.json") as caught:
        assert TrainedReader(tmp_path).limits
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["weights", "no weights"])
def test_a_damaged_reader_is_refused_before_it_reads(tmp_path, engine, damage):
    folder = tmp_path / "reader"
    shutil.copytree(TrainedReader().folder, folder)
    weights = folder / "small.safetensors"
    if damage == "weights":
        data = bytearray(weights.read_bytes())
        data[len(data) // 2] ^= 1
        weights.write_bytes(data)
    else:
        weights.unlink()
    with pytest.raises(ReaderError, match="reader ") as caught:
        ArticleQA(engine.store, Settings(reader=TrainedReader(folder))).ask("Who?")
    assert "\n" not in str(caught.value)


def _without(settings, key):
    return {name: value for name, value in settings.items() if name != key}


@pytest.mark.parametrize(
    ("other", "got"),
    [
        (lambda settings: [], "no models"),
        (lambda settings: _without(settings, "decisions"), "no decisions"),
        (lambda settings: _without(settings, "hopeless"), "no hopeless"),
        (
            lambda settings: {**settings, "decisions": _without(settings["decisions"], "large")},
            "no decisions of large: rank",
        ),
        (
            lambda settings: settings["decisions"]["small"].pop("limits") and settings,
            "no decisions of small: limits",
        ),
        (
            lambda settings: settings["decisions"]["small"]["right"].update(luck=0.5) or settings,
            "luck in small: right",
        ),
    ],
)
def test_a_reader_of_another_version_is_refused_before_it_reads(tmp_path, other, got):
    settings = json.loads((TrainedReader().folder / "reader.json").read_bytes())
    (tmp_path / "reader.json").write_text(json.dumps(other(settings)))
    with pytest.raises(ReaderError, match=f"this version's reader.json, got {got};") as caught:
        assert TrainedReader(tmp_path).limits
    assert "\n" not in str(caught.value)


class Counting(TrainedReader):
    """Counts the windows that each model reads."""

    def __init__(self, size):
        super().__init__(size=size)
        self.n_read = {"small": 0, "large": 0}

    def score(self, scored, name, numbers):
        self.n_read[name] += sum(len(chosen) for chosen in numbers)
        super().score(scored, name, numbers)


def requests_of(engine, *questions):
    hits = engine.retriever.retrieve(questions, 8)
    return [ReadRequest(q, h) for q, h in zip(questions, hits, strict=True)]


@pytest.fixture(scope="module")
def long_engine(reader):
    others = "\n\n".join(
        f"The {place} was painted by pupils. " + f"They mixed {colour} with chalk and sand. " * 20
        for place, colour in (("library", "red"), ("market", "blue"), ("school", "green"))
    )
    return ArticleQA.from_text(f"{TEXT}\n\n{others}", Settings(reader=reader))


@pytest.mark.parametrize(
    ("high", "low", "n_large"),
    [(0.0, -1.0, 2), (2.0, 1.0, 2), (2.0, -1.0, "all")],
    ids=["sure of an answer", "sure of none", "never sure"],
)
def test_the_small_model_reads_all_passages_and_the_large_one_the_best_until_it_is_sure(
    reader, long_engine, high, low, n_large
):
    (request,) = requests_of(long_engine, "How much did the bridge cost?")
    n_most = reader.settings["n_windows"]
    assert len(request.hits) > n_most
    both, small = Counting("large"), Counting("small")
    both.settings.update(enough={"answerable": high, "unanswerable": low}, hopeless=-1.0)
    both.read([request])
    small.read([request])
    n = n_most if n_large == "all" else n_large
    assert both.n_read == {"small": len(request.hits), "large": n}
    assert small.n_read == {"small": len(request.hits), "large": 0}


@pytest.mark.parametrize(
    "question",
    ["When was the stone bridge of Northport opened?", "Who is the bishop of Ghent?"],
    ids=["answered", "not answered"],
)
def test_what_is_sure_after_two_windows_costs_no_more(long_engine, question):
    reader = Counting("large")
    reader.settings["hopeless"] = -1.0
    reader.read(requests_of(long_engine, question))
    assert reader.n_read["large"] == 2


def test_where_the_small_model_finds_nothing_like_an_answer_the_large_one_reads_nothing(
    long_engine,
):
    reader = Counting("large")
    reader.settings["hopeless"] = 1.0
    (reading,) = reader.read(requests_of(long_engine, "How much did the bridge cost?"))
    assert reader.n_read["large"] == 0
    assert (
        reading
        == Counting("small").read(requests_of(long_engine, "How much did the bridge cost?"))[0]
    )


def test_the_words_that_no_passage_has_are_counted(engine):
    question = "Which zebra of Oslo or Ghent opened bridges in 1931 or 1932, and which zebra sang?"
    (request,) = requests_of(engine, question)
    missing = MissingWords.of(request.question, request.hits)
    assert (missing.names, missing.others) == (2, 2)  # Ghent and 1932, zebra and sang


def test_both_models_choose_the_short_answer(engine):
    (request,) = requests_of(engine, "How much did the bridge cost?")
    reader = TrainedReader(size="large")
    (scored,) = reader.prepare([request])
    reader.score([scored], "small", [range(len(scored.windows))])
    reader.score([scored], "large", [range(len(scored.windows))])
    best = reader.reading(scored, "large").evidence[0]
    short = best.article.text[slice(*best.short_answer)]
    assert "four million" in short
    for sentences in scored.by_model[
        "small"
    ].values():  # one that wants the first word by all means
        for scores in sentences:
            scores.spans[0, 0] += 1000
    swayed = reader.reading(scored, "large").evidence[0]
    assert swayed.sentence == best.sentence
    assert best.article.text[slice(*swayed.short_answer)] == best.sentence.text.split()[0]


def test_what_was_asked_before_is_read_with_the_question(engine):
    (request,) = requests_of(engine, "And how much did it cost?")
    reader = TrainedReader(size="small")
    after = ReadRequest(request.question, request.hits, ("Who opened the bridge?",))
    (window, *_), (longer, *_) = (reader.prepare([r])[0].windows for r in (request, after))
    assert len(longer.ids) > len(window.ids)
    assert longer.ids[longer.first :] == window.ids[window.first :]


def test_sentences_are_cited_together_where_none_is_clearly_the_best():
    assert n_cited([3.0, 2.8, 2.5, 2.4], margin=0.5, most=2) == 2
    assert n_cited([3.0, 2.8, 2.5, 2.4], margin=0.5, most=4) == 3
    assert n_cited([3.0, 1.0], margin=0.5, most=3) == 1


def test_the_best_span_has_its_share_of_all_spans_and_is_not_too_long():
    scores = np.zeros((60, 60), dtype=np.float32)
    scores[3, 5] = 4.0
    scores[5, 3] = scores[0, 59] = 9.0  # ends before it starts; has more than 40 tokens
    ends, score, share = best_span(scores)
    n_spans = sum(min(40, 60 - first) for first in range(60))
    assert ends == (3, 5)
    assert score == 4.0
    assert share == pytest.approx(np.exp(4) / (np.exp(4) + n_spans - 1))


def test_no_passage_is_no_evidence(reader):
    assert (
        reader.read([ReadRequest("Who?", ()), ReadRequest("What?", ())])
        == [Reading((), 0.0, 0.0)] * 2
    )
    assert reader.read([]) == []


def test_weights_are_checked_against_the_features_that_there_are(reader, engine):
    (request,) = requests_of(engine, "How much did the bridge cost?")
    (scored,) = reader.prepare([request])
    reader.score([scored], "small", [range(len(scored.windows))])
    candidates = scored.candidates("small")
    assert rank_features(candidates[0]).keys() == RANK_FEATURES
    assert scored.features("small", candidates, [0]).keys() == DECISION_FEATURES
