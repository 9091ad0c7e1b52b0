"""The large model's base comes with the program, is checked, and merged with the adapters once."""

import logging

import numpy as np
import pytest

from index import EncoderError
from index.encoders import mpnet
from index.encoders.onnx_weights import SCALE, dequantized, quantized
from qa.readers.trained_reader import TrainedReader

IDS = [(101, 2054, 2003, 102), (101, 2054, 102)]


@pytest.fixture
def damaged(tmp_path, monkeypatch):
    """A copy of the base model's files, each with another byte in the middle."""
    for name in mpnet.BASE_SHA256:
        data = bytearray(mpnet.base_path(name).read_bytes())
        data[len(data) // 2] ^= 1
        (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(mpnet, "base_path", lambda name: tmp_path / name)
    return tmp_path


def test_the_base_is_the_one_that_was_trained_on():
    layers = mpnet.base_layers()
    assert len({name.split(".")[2] for name in layers if ".layer." in name}) == 12
    assert all(weight.dtype == np.float32 for weight in layers.values())


def test_a_damaged_file_is_refused_in_one_line_that_says_how_to_mend_it(damaged):
    with pytest.raises(EncoderError, match=r"damaged; install article-qa again$") as caught:
        mpnet.AdaptedMPNet({}, "none")
    assert str(damaged / "words") in str(caught.value)
    with pytest.raises(EncoderError, match=r"damaged; install article-qa again$"):
        mpnet.base_layers()


@pytest.mark.parametrize("given", [None, b""])
def test_a_file_that_is_missing_or_empty_is_named_with_what_to_do(damaged, given):
    (damaged / "layers").unlink()
    if given is not None:
        (damaged / "layers").write_bytes(given)
    with pytest.raises(EncoderError, match=r"layers, got none.*install article-qa again$"):
        mpnet.base_layers()


def test_adapters_are_added_and_what_was_trained_whole_is_taken():
    base = {
        "encoder.layer.0.attention.attn.q.weight": np.ones((4, 6), np.float32),
        "encoder.layer.0.attention.attn.q.bias": np.zeros(4, np.float32),
        "encoder.layer.0.output.LayerNorm.weight": np.ones(4, np.float32),
        "pooler.dense.weight": np.ones((4, 4), np.float32),
    }
    adapters = {
        "encoder.layer.0.attention.attn.q.up": np.full((4, 2), 0.5, np.float16),
        "encoder.layer.0.attention.attn.q.down": np.full((2, 6), 0.25, np.float16),
        "encoder.layer.0.output.LayerNorm.weight": np.full(4, 7, np.float16),
    }
    weights = mpnet.merged(base, adapters)
    assert weights["encoder.layer.0.attention.attn.q.weight"] == pytest.approx(1 + 2 * 0.25)
    assert weights["encoder.layer.0.output.LayerNorm.weight"].tolist() == [7.0] * 4
    assert weights["encoder.layer.0.attention.attn.q.bias"].tolist() == [0.0] * 4
    assert "pooler.dense.weight" not in weights


def test_a_layer_without_adapters_is_left_out_and_the_others_are_numbered_anew():
    base = {f"encoder.layer.{n}.output.dense.bias": np.full(4, n, np.float32) for n in range(12)}
    base["embeddings.LayerNorm.weight"] = np.ones(4, np.float32)
    adapters = {f"encoder.layer.{n}.output.LayerNorm.weight": np.ones(4) for n in (0, 11, 2)}
    weights = mpnet.merged(base, adapters)
    assert [weights[f"encoder.layer.{n}.output.dense.bias"][0] for n in range(3)] == [0, 2, 11]
    assert weights.keys() == {
        "embeddings.LayerNorm.weight",
        *(f"encoder.layer.{n}.output.dense.bias" for n in range(3)),
    }
    with pytest.raises(EncoderError, match=r"mpnet_3_\w+\.onnx, got none; install"):
        mpnet.AdaptedMPNet(adapters, "three layers")


def test_a_rounded_matrix_is_off_by_half_a_step_of_its_row_at_most():
    random = np.random.default_rng(3)
    weight = random.normal(size=(5, 40)).astype(np.float32) * np.float32(
        [[1e-3], [1], [9], [0], [2]]
    )
    steps, scale = quantized(weight)
    back = dequantized({"a": steps, "a" + SCALE: scale, "b": np.ones(2, np.float16)})
    assert (np.abs(back["a"] - weight) <= np.abs(weight).max(axis=1, keepdims=True) / 250).all()
    assert back["b"].tolist() == [1.0, 1.0]


def test_the_small_model_reads_alone_where_it_is_wanted():
    both, alone = TrainedReader(), TrainedReader(size="small")
    assert both.has_large
    assert not alone.has_large
    assert alone.fingerprint != both.fingerprint
    assert both.fingerprint == TrainedReader(size="large").fingerprint


def test_the_adapted_model_reads_berts_token_ids_the_same_from_the_cache(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    adapters = {f"encoder.layer.{n}.output.LayerNorm.bias": np.zeros(768) for n in range(12)}
    with caplog.at_level(logging.INFO, "article_qa"):
        made = mpnet.AdaptedMPNet(adapters, "none")
    assert "once" in caplog.text
    monkeypatch.setattr(mpnet, "base_layers", lambda: pytest.fail("the layers were opened again"))
    cached = mpnet.AdaptedMPNet(adapters, "none")
    for first, second in zip(made.hidden_states(IDS), cached.hidden_states(IDS), strict=True):
        assert np.array_equal(first, second)
    assert made.dim == 768
