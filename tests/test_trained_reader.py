"""The trained reader: it says where the answer stands, and refuses weights that are not its own."""

import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import ArticleQA, ReaderError, Settings
from qa.readers.trained_reader import HOPELESS, ROUNDS, SURE, SpanReader
from qa.types import Reading

TEXT = """The stone bridge of Northport was opened by Mayor Ana Ruiz on 4 May 1931.

It cost four million crowns and carried trams until 1964. Engineers from Oslo drew its plans, \
since nobody in the town had built with steel before.

The harbour froze in the winter of 1947, and the fishing fleet stayed ashore for nine weeks."""


@pytest.fixture(scope="module")
def reader():
    return SpanReader()


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
    assert answer.answered
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


def test_many_questions_are_answered_as_one_by_one(engine):
    questions = ["Who opened the bridge?", "Why?", "When did the harbour freeze? " * 20, "rice"]
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
    assert answer.status in {"answered", "not_found"}


def test_a_folder_without_a_reader_is_refused_in_one_line(tmp_path):
    with pytest.raises(ReaderError, match=r"must be a folder with reader\.json") as caught:
        assert SpanReader(tmp_path).threshold
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["weights", "no weights", "settings", "missing settings"])
def test_a_damaged_reader_is_refused_before_it_reads(tmp_path, engine, damage):
    folder = tmp_path / "reader"
    shutil.copytree(SpanReader().folder, folder)
    weights, described = folder / "reader.safetensors", folder / "reader.json"
    if damage == "weights":
        data = bytearray(weights.read_bytes())
        data[len(data) // 2] ^= 1
        weights.write_bytes(data)
    elif damage == "no weights":
        weights.unlink()
    elif damage == "settings":
        described.write_text("[]")
    else:
        kept = json.loads(described.read_text())
        del kept["confidence"]
        described.write_text(json.dumps(kept))
    with pytest.raises(ReaderError, match="reader ") as caught:
        ArticleQA(engine.article_index, Settings(reader=SpanReader(folder))).ask("Who?")
    assert "\n" not in str(caught.value)


def test_a_sure_answer_reads_fewer_passages_and_is_the_same(reader):
    others = "\n\n".join(
        f"The {place} was painted by pupils. " + f"They mixed {colour} with chalk and sand. " * 20
        for place, colour in (("library", "red"), ("market", "blue"), ("school", "green"))
    )
    engine = ArticleQA.from_text(f"{TEXT}\n\n{others}", Settings(reader=reader))
    hits = engine.retriever.retrieve(["How much did the bridge cost?"], 8)[0]

    class Counting(SpanReader):
        n_read = 0

        def findings(self, asked):
            self.n_read += sum(len(hits) for _, hits in asked)
            return super().findings(asked)

    for question, n_read in (
        ("How much did the bridge cost?", ROUNDS[0]),
        ("Who swam across the frozen harbour?", len(hits)),
    ):
        counting = Counting()
        (early,) = counting.read([(question, hits)])
        full = reader._reading(reader.findings([(question, hits)])[0])
        assert counting.n_read == n_read
        assert (early.confidence >= SURE) == (n_read < len(hits))
        assert early.confidence > HOPELESS
        assert early.evidence[0].short_answer == full.evidence[0].short_answer
        assert early.confidence == pytest.approx(full.confidence, abs=0.2)


def test_no_passage_is_no_evidence(reader):
    assert reader.read([("Who?", ()), ("What?", ())]) == [Reading((), 0.0)] * 2
    assert reader.read([]) == []
