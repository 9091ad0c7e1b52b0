"""The models on ONNX Runtime give what they give on torch, and need no torch."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

sys.path.append(str(Path(__file__).parents[1] / "training"))

import onnx_graphs

import index.encoders.onnx_transformer
from index import (
    Embeddings,
    OnnxTransformer,
    SentenceTransformerEncoder,
    open_tokenizer,
    word_embeddings,
)
from index.encoders.onnx_encoder import OnnxEncoder
from qa.readers.trained_reader import TrainedReader

ROOT = Path(__file__).parents[1]
TEXTS = [
    "",
    "a",
    "Who opened the bridge in 1931?",
    "“Ünïcode” – 北京 😀 \ufffd and e\u0301",
    "It cost four million crowns and carried trams until 1964. " * 100,
    "\n\t ",
    "The harbour froze, and the fishing fleet stayed ashore for nine weeks.",
    "the harbour froze, and the fishing fleet stayed ashore for ten weeks.",
]


@pytest.fixture(scope="module")
def packaged():
    return SentenceTransformerEncoder()


@pytest.fixture(scope="module")
def reference(packaged):
    """The same weights on sentence-transformers."""
    return SentenceTransformerEncoder(str(packaged.folder)).encode_passages(TEXTS)


def test_vectors_are_those_of_sentence_transformers(packaged, reference):
    vectors = OnnxEncoder(packaged.folder, int8=False).encode(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors * reference).sum(axis=1).min() >= 0.9999


def test_vectors_in_integers_are_near_those_of_sentence_transformers(packaged, reference):
    for vectors in (packaged.encode_passages(TEXTS), packaged.encode_questions(TEXTS)):
        assert vectors.dtype == np.float32
        assert (vectors * reference).sum(axis=1).min() >= 0.98


def test_a_text_has_the_same_vector_alone_as_among_others(packaged):
    together = packaged.encode_passages(TEXTS)
    alone = np.concatenate([packaged.encode_passages([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


def test_no_text_has_no_vectors(packaged):
    assert packaged.encode_passages([]).shape == (0, packaged.dim)


@pytest.fixture(scope="module")
def read_pairs(packaged):
    """Token ids of pairs, where the second of each starts, and torch's logits of them."""
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    own = {n: w.float() for n, w in load_file(TrainedReader().folder / "small.safetensors").items()}
    head, bias = own.pop("head.weight"), own.pop("head.bias")
    words = torch.from_numpy(word_embeddings(packaged.folder).copy())
    model = BertModel(BertConfig.from_pretrained(packaged.folder), add_pooling_layer=False).eval()
    names = {name.removeprefix("encoder."): weight for name, weight in own.items()}
    model.load_state_dict({**names, "embeddings.word_embeddings.weight": words})
    pairs = [("Who?", TEXTS[6]), ("How many trams were there?", TEXTS[4][:900]), ("x", "y")]
    encoded = [open_tokenizer(packaged.folder).encode(*pair) for pair in pairs]
    ids, firsts = [e.ids for e in encoded], [e.type_ids.index(1) for e in encoded]
    logits = []
    for e in encoded:
        with torch.inference_mode():
            out = model(input_ids=torch.tensor([e.ids]), token_type_ids=torch.tensor([e.type_ids]))
            logits.append((out.last_hidden_state[0] @ head.T + bias).numpy())
    weights = {name: weight.numpy() for name, weight in names.items()}
    return ids, firsts, logits, (weights, head.numpy().T, bias.numpy())


def test_the_readers_logits_are_those_of_torch(packaged, read_pairs):
    ids, firsts, wanted, (weights, head, bias) = read_pairs
    embeddings = Embeddings.of_bert(weights, word_embeddings(packaged.folder))
    bert = OnnxTransformer("bert", embeddings, "test", lambda: weights, int8=False)
    for states, logits in zip(bert.hidden_states(ids, firsts), wanted, strict=True):
        assert np.abs(states @ head + bias - logits).max() < 1e-3


def test_the_readers_logits_in_integers_are_near_those_of_torch(packaged, read_pairs):
    ids, firsts, wanted, (weights, head, bias) = read_pairs
    embeddings = Embeddings.of_bert(weights, word_embeddings(packaged.folder))
    bert = OnnxTransformer("bert", embeddings, "test", lambda: weights)
    for states, logits in zip(bert.hidden_states(ids, firsts), wanted, strict=True):
        found = states @ head + bias
        assert np.abs(found - logits).mean() < 0.05 * np.ptp(logits)


@pytest.mark.parametrize("kept", [True, False])
def test_the_numbers_stay_the_same_once_weights_are_packed(
    packaged, read_pairs, tmp_path, monkeypatch, kept
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(index.encoders.onnx_transformer, "_PACK_AFTER", 1)
    ids, firsts, _, (weights, _, _) = read_pairs
    embeddings = Embeddings.of_bert(weights, word_embeddings(packaged.folder))
    bert = OnnxTransformer("bert", embeddings, "test", lambda: weights)
    unpacked = bert._session
    if not kept:
        shutil.rmtree(tmp_path / "article-qa")
    before = bert.hidden_states(ids, firsts)
    after = bert.hidden_states(ids, firsts)
    assert (bert._session is not unpacked) == kept
    assert all((a == b).all() for a, b in zip(after, before, strict=True))


def test_a_processor_that_is_not_exact_in_integers_gets_floats(packaged, reference, monkeypatch):
    monkeypatch.setattr(index.encoders.onnx_transformer, "exact_in_int8", lambda: False)
    vectors = OnnxEncoder(packaged.folder).encode(TEXTS)
    assert (vectors * reference).sum(axis=1).min() >= 0.9999


def test_a_question_is_answered_without_torch_and_onnx():
    code = (
        "import sys; from qa import ArticleQA; "
        "print(ArticleQA.builtin().ask('How many areas does the plan cover?').answered, "
        "[m for m in ('onnx', 'torch', 'transformers', 'sentence_transformers', 'numba') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "True []"


def test_onnx_runtime_gathers_no_events(tmp_path):
    code = "from index.encoders.onnx_transformer import exact_in_int8; exact_in_int8()"
    env = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    env.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=env)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", onnx_graphs.graphs())
def test_the_shipped_graphs_are_those_of_their_script(name):
    shipped = onnx_graphs.FOLDER / name
    assert onnx.load(shipped, load_external_data=False) == onnx.load_from_string(
        onnx_graphs.graphs()[name]
    )
    assert shipped.stat().st_size < 100_000  # without weights


TINY = replace(onnx_graphs.MPNET, n_layers=2, dim=48)


@pytest.fixture(scope="module")
def tiny_mpnet():
    """A small MPNet with random weights, as transformers makes it."""
    import torch
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(3)
    config = MPNetConfig(
        vocab_size=40,
        hidden_size=TINY.dim,
        num_hidden_layers=TINY.n_layers,
        num_attention_heads=TINY.n_heads,
        intermediate_size=4 * TINY.dim,
        max_position_embeddings=300,
    )
    return MPNetModel(config, add_pooling_layer=False).eval()


@pytest.mark.parametrize("length", [1, 7, 260])
def test_relative_positions_are_those_of_transformers(tiny_mpnet, length, monkeypatch):
    import torch

    graph = onnx_graphs.TransformerGraph(TINY, int8=False).to_bytes()
    monkeypatch.setattr(index.encoders.onnx_transformer, "read_graph", lambda _: graph)
    weights = {name: w.numpy() for name, w in tiny_mpnet.state_dict().items()}
    embeddings = Embeddings(
        weights["embeddings.word_embeddings.weight"],
        weights["embeddings.position_embeddings.weight"][2:],
        relative=weights["encoder.relative_attention_bias.weight"],
    )
    model = OnnxTransformer("mpnet", embeddings, "tiny mpnet", lambda: weights, int8=False)
    ids = [2 + i % 38 for i in range(length)]
    with torch.inference_mode():
        wanted = tiny_mpnet(input_ids=torch.tensor([ids])).last_hidden_state[0].numpy()
    assert np.abs(model.hidden_states([ids])[0] - wanted).max() < 1e-4
