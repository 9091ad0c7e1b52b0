"""A large reader of some of the base's layers, which learns from one that has them all."""

import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from thin_mpnet import thin_mpnet, thin_reader

sys.path.append(str(Path(__file__).parents[1] / "training"))

from groups import Group, write_groups
from reader_model import LargeReaderModel, layers_of
from train import main
from windows import Window

LAYERS = [0, 2, 3]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A base model of four thin layers."""
    return thin_mpnet(tmp_path_factory.mktemp("base"), 4)


@pytest.fixture(scope="module")
def teacher(base, tmp_path_factory):
    """The weights of a large reader with all layers."""
    return thin_reader(base, tmp_path_factory.mktemp("teacher") / "large.safetensors")


def test_a_student_keeps_the_numbers_of_its_layers_and_begins_as_its_teacher(base, teacher):
    weights = load_file(teacher)
    student = LargeReaderModel(base, dtype=torch.float32, layers=LAYERS)
    student.load_own_weights(weights)
    own = student.own_weights()
    assert layers_of(weights) == [0, 1, 2, 3]
    assert layers_of(own) == LAYERS
    assert all(torch.equal(weight, weights[name].float()) for name, weight in own.items())
    whole = LargeReaderModel(base, dtype=torch.float32)
    whole.load_own_weights(weights)
    ids = torch.tensor([[101, 7, 102, 9, 102]])
    hidden, bias = whole.embedded(ids, torch.ones_like(ids))
    for number in LAYERS:
        hidden = whole.layers(hidden, bias, number, number + 1)
    assert torch.allclose(student.hidden(ids, ids, torch.ones_like(ids)), hidden, atol=1e-6)


def test_layers_that_the_base_lacks_are_refused_and_their_order_is_the_bases(base):
    with pytest.raises(ValueError, match=r"layers must be from 0 to 3, got \['4'\]"):
        LargeReaderModel(base, layers=[0, 4])
    assert layers_of(LargeReaderModel(base, layers=[2, 0]).own_weights()) == [0, 2]


def test_what_is_frozen_stays_and_the_rest_comes_nearer_to_the_teacher(
    tmp_path, monkeypatch, base, teacher
):
    window = Window(list(range(200, 206)), 0, [(0, 3), (3, 6)], [(1, 2)], [(0, 0)])
    for name in ("groups-0", "held_out"):
        write_groups(tmp_path / f"{name}.jsonl.gz", [Group("a", [7, 8], [window])] * 8)
    options = ["--examples", "64", "--groups-a-step", "4", "--large", str(base), "--threads", "1"]
    options += ["--layers", *map(str, LAYERS), "--frozen", "1", "--from", str(teacher)]
    options += ["--teacher", str(base), str(teacher), "--rate", "1e-2", "--ema", "0"]
    monkeypatch.setattr(sys, "argv", ["train.py", str(tmp_path), str(tmp_path / "run"), *options])
    main()
    before, after = load_file(teacher), load_file(tmp_path / "run" / "weights.safetensors")
    changed = {
        name for name, weight in after.items() if not torch.equal(weight, before[name].half())
    }
    assert layers_of(after) == LAYERS
    assert layers_of(dict.fromkeys(changed, torch.empty(0))) == [2, 3]

    def distance(weights):
        ids = torch.tensor([[101, 7, 8, 102, *window.ids, 102]])
        states = []
        for layers, own in ((None, before), (LAYERS, weights)):
            model = LargeReaderModel(base, dtype=torch.float32, layers=layers)
            model.load_own_weights(own)
            states.append(model.hidden(ids, ids, torch.ones_like(ids)))
        return float((states[0] - states[1]).square().mean().detach())

    assert distance(after) < 0.5 * distance(before)
