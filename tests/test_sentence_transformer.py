"""The packaged encoder is the real one, and others are refused in one line where they fail."""

import hashlib

import numpy as np
import pytest

from index import EncoderError, SentenceTransformerEncoder

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@pytest.fixture(scope="module")
def minilm():
    return SentenceTransformerEncoder()


def test_the_packaged_weights_are_all_minilm_l6_v2(minilm):
    weights = (minilm.folder / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == WEIGHTS_SHA256


def test_vectors_are_unit_rows_and_near_for_near_meanings(minilm):
    question = minilm.encode_questions(["Who governs the city?"])
    passages = minilm.encode_passages(["The mayor runs the town.", "Bake it for an hour."])
    assert question.dtype == passages.dtype == np.float32
    assert passages.shape == (2, minilm.dim) == (2, 384)
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-5)
    assert question @ passages[0] > question @ passages[1]


def test_tokens_are_counted_without_the_special_ones(minilm):
    assert minilm.count_tokens(["the mayor runs", "bread"]) == [3, 1]
    assert minilm.count_tokens([]) == []
    assert minilm.max_tokens == 256


def test_a_lone_surrogate_is_no_token(minilm):
    texts = ["the \ud800 runs"]
    assert np.allclose(np.linalg.norm(minilm.encode_passages(texts), axis=1), 1, atol=1e-5)
    assert np.allclose(np.linalg.norm(minilm.encode_questions(texts), axis=1), 1, atol=1e-5)
    assert minilm.count_tokens(texts) == [2]


def test_the_fingerprint_is_the_same_for_the_same_files(minilm):
    named = SentenceTransformerEncoder(str(minilm.folder))
    assert named.fingerprint == minilm.fingerprint


def test_an_unknown_model_is_refused_in_one_line():
    with pytest.raises(EncoderError, match="must be a folder or the name of a model") as caught:
        SentenceTransformerEncoder("nobody/no-such-model").encode_questions(["hello"])
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_model_is_refused_in_one_line(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match="safetensors weights") as caught:
        SentenceTransformerEncoder(str(tmp_path)).encode_questions(["hello"])
    assert "\n" not in str(caught.value)
