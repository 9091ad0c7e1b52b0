"""The support check's training: claims that repeat exactly, and a model that learns from them."""

import gzip
import json
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from thin_mpnet import thin_mpnet, thin_reader

sys.path.append(str(Path(__file__).parents[1] / "training"))

from measure_support import limit_of, packed, whole
from reader_model import LargeReaderModel, packaged_base
from support_model import SupportModel, collate, pieces_of
from train_support import batches, loss_of, main, to_learn_from
from windows import load_tokenizer

from index import dequantized

EVIDENCE = "The ferry Halvard rammed the tug Minna off Skagen."


def row(claim, label, kind="", evidence=EVIDENCE, text="t1"):
    return {
        "claim": claim,
        "evidence": evidence,
        "label": label,
        "kind": kind,
        "made": "copy",
        "text": text,
    }


TWINS = [
    row(EVIDENCE, 1),
    row("The tug Minna rammed the ferry Halvard off Skagen.", 0, "roles"),
]


def test_twins_stay_together_and_true_and_false_claims_are_as_many():
    alone = [row(f"Skagen has {n} boats.", 1, evidence=f"Skagen has {n} boats.") for n in range(9)]
    dropped = row("The ferry Halvard rammed the tug Minna off Esbjerg.", 0, "name")
    groups = to_learn_from([*TWINS, *alone, dropped])
    assert TWINS in groups
    assert all(r["claim"] != dropped["claim"] for group in groups for r in group)
    assert len(groups) == 1  # one true claim and one false one already


def test_the_loss_asks_that_a_true_claim_stands_above_its_false_twin():
    labels, groups = torch.tensor([1.0, 0.0, 1.0]), torch.tensor([0, 0, 1])
    right = loss_of(torch.tensor([4.0, -4.0, 4.0]), labels, groups)
    crossed = loss_of(torch.tensor([-4.0, 4.0, 4.0]), labels, groups)
    other = loss_of(torch.tensor([4.0, -4.0, 4.0]), labels, torch.tensor([0, 1, 2]))
    assert other < right < crossed


def test_batches_go_on_from_any_step():
    tokenizer = load_tokenizer(packaged_base())
    groups = [[row(f"Boat {n} left.", 1), row(f"Boat {n} did not leave.", 0)] for n in range(20)]
    ahead = batches(groups, tokenizer, 4, 0)
    for _ in range(3):
        next(ahead)
    again = batches(groups, tokenizer, 4, 3)
    for _ in range(12):
        (ids, _, _), labels, numbers = next(again)
        assert torch.equal(ids, next(ahead)[0][0])
        assert (labels.sum(), len(numbers)) == (2, 4)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A base model of eight thin layers."""
    return thin_mpnet(tmp_path_factory.mktemp("base"), 8)


@pytest.fixture(scope="module")
def weights(base, tmp_path_factory):
    """The weights of a large reader with all layers."""
    return thin_reader(base, tmp_path_factory.mktemp("weights") / "large.safetensors")


def test_a_small_run_learns_and_goes_on_from_its_checkpoint(
    tmp_path, monkeypatch, capsys, base, weights
):
    for name in ("claims-0", "held_out-0"):
        lines = "".join(json.dumps(r) + "\n" for r in TWINS * 2)
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    run = tmp_path / "run"

    def train(n):
        options = ["--claims", str(n), "--batch", "4", "--rate", "1e-3", "--threads", "1"]
        options += ["--large", str(base), "--from", str(weights)]
        monkeypatch.setattr(sys, "argv", ["train_support.py", str(tmp_path), str(run), *options])
        main()
        return torch.load(run / "checkpoint.pt", weights_only=True)["step"]

    assert train(16) == 4
    assert train(32) == 8
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [4, 8]
    assert load_file(run / "weights.safetensors")["head.weight"].abs().sum() > 0
    assert "'step': 8" in capsys.readouterr().out


def test_the_model_is_the_reader_but_for_its_upper_layers(base, weights):
    reader = LargeReaderModel(base, dtype=torch.float32)
    reader.load_own_weights(load_file(weights))
    model = SupportModel(base, weights, dtype=torch.float32).eval()
    inputs = collate([([101, 7, 8, 102, 7, 9, 102], 4), ([101, 7, 102, 9, 102], 3)])
    ids, _, mask = inputs
    hidden, bias = reader.embedded(ids, mask)
    expected = reader.layers(hidden, bias, 0, None)
    hidden, bias = model.whole.embedded(ids, mask)
    got = model.whole.layers(hidden, bias, 0, None)
    assert torch.allclose(got[mask.bool()], expected[mask.bool()], atol=1e-4)
    own = model.own_weights()
    assert {name.split(".")[3] for name in own if ".layer." in name} == {*"234567"}
    all_weights = whole(own, load_file(weights))
    assert all_weights.keys() == reader.own_weights().keys()
    model(*inputs).sum().backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


def test_packed_weights_come_back_nearly_as_they_were():
    weight = torch.randn(6, 50)
    stored = packed({"encoder.layer.0.a.down": weight, "head.bias": torch.ones(2)})
    back = dequantized({name: w.numpy() for name, w in stored.items()})
    assert np.abs(back["encoder.layer.0.a.down"] - weight.numpy()).max() < 0.03
    assert back.keys() == {"encoder.layer.0.a.down", "head.bias"}


def test_the_limit_lets_pass_a_share_of_the_worst_kind():
    rows = [{"kind": "roles", "label": 0, "of": 100}] * 10
    rows += [{"kind": "name", "label": 0, "of": 30}] * 5 + [{"kind": "", "label": 1, "of": 9}] * 9
    scores = np.array([*range(10), *[99.0] * 5, *[50.0] * 9])
    assert 6 < limit_of(scores, rows, 0.03) < 7  # 7, 8 and 9 are shown; names are too few to say


def test_a_claim_comes_before_its_evidence():
    tokenizer = load_tokenizer(packaged_base())
    ids, second = pieces_of(tokenizer, "It left.", "The boat left.")
    assert ids.count(102) == 2
    assert ids[second - 1] == 102


def written_to(folder, names):
    """Write the files that texts are taken from, all empty but one of two texts."""
    train = folder / "train"
    train.mkdir(parents=True)
    harbour = (
        "The ferry Halvard rammed the tug Minna in 2019. Captain Lena Aalto sold the tug to Jun Sato. "
        "The harbour may close in May because the quay is old."
    )
    mill = (
        "Oslo is the capital of Norway. The bakery bought the old mill from Ingrid Solberg in June."
    )
    for name in names:
        rows = []
        if name == "squad_train_44_articles":
            asked = {"text": "Jun Sato", "start": harbour.index("Jun Sato")}
            rows = [
                {
                    "id": "1",
                    "context": harbour,
                    "question": "Who bought the tug?",
                    "answers": [asked],
                },
                {"id": "2", "context": mill, "question": "Who sold the ferry?", "answers": []},
            ]
        lines = "".join(json.dumps(r) + "\n" for r in rows)
        (train / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))


def test_claims_are_the_same_whenever_they_are_made(tmp_path, monkeypatch):
    pytest.importorskip("spacy", reason="spaCy is not installed; pip install --group claims")
    import prepare_support

    written_to(tmp_path / "data", prepare_support.FILES)
    monkeypatch.setattr(prepare_support, "HELD_OUT", 0.0)
    made = []
    for out in ("one", "two"):
        argv = ["prepare_support.py", str(tmp_path / "data"), str(tmp_path / out)]
        monkeypatch.setattr(sys, "argv", argv)
        prepare_support.main()
        made.append((tmp_path / out / "claims-0.jsonl.gz").read_bytes())
    assert made[0] == made[1]
    rows = [json.loads(line) for line in gzip.decompress(made[0]).splitlines()]
    assert {r["label"] for r in rows} == {0, 1}
    assert all(r["kind"] == "" for r in rows if r["label"])
    assert len({r["kind"] for r in rows}) > 4
    assert {r["text"] for r in rows} == {"1", "2"}


def test_a_claim_from_the_other_side_is_true_and_false_with_its_doer_left():
    spacy = pytest.importorskip(
        "spacy", reason="spaCy is not installed; pip install --group claims"
    )
    import prepare_support
    from claims_false import roles
    from claims_turned import turned

    nlp = spacy.load(prepare_support.MODEL)
    sold = nlp("The bakery bought the mill from Ingrid Solberg.")
    assert [(k, t.strip(), f.strip()) for k, t, f in turned(sold)] == [
        (
            "converse",
            "Ingrid Solberg sold the mill to the bakery",
            "the bakery sold the mill to Ingrid Solberg",
        )
    ]
    bitten = nlp("The dog bit the postman.")
    assert any("postman" in roles(bitten, Random(n)).split(" bit")[0] for n in range(9))
