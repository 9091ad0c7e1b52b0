"""What the reader is trained on and by: swapped names, and windows under one normalisation."""

import sys
from pathlib import Path
from random import Random

import pytest
import torch

sys.path.append(str(Path(__file__).parents[1] / "training"))

from export import mean_of
from groups import Group, collate, read_groups, write_groups
from loss import batch_loss
from questions import swap
from windows import Window

CONTEXT = "Anna Meier opened the bridge in 1931. Otto Brandt drew it in Oslo. It cost 40 crowns."


def window(*, gold: bool, n: int = 6) -> Window:
    return Window(list(range(200, 200 + n)), 0, [(0, n)], [2] * gold, [3] * gold, [0] * gold)


def logits_of(batch, height: float):
    """Logits that are ``height`` at the gold word pieces and 0 elsewhere."""
    logits = torch.zeros(*batch.ids.shape, 3)
    logits[:, :, 0] += height * batch.starts
    logits[:, :, 1] += height * batch.ends
    return logits


@pytest.mark.parametrize("seed", range(8))
def test_a_name_or_number_is_swapped_for_another_of_the_text(seed):
    question = "When did Anna Meier open the bridge?"
    swapped = swap(question, CONTEXT, Random(seed))
    assert swapped in {
        "When did Otto Brandt open the bridge?",
        "When did Oslo open the bridge?",
        "When did It open the bridge?",
    }


def test_a_question_without_a_name_or_number_is_not_swapped():
    assert swap("Who opened the bridge?", CONTEXT, Random(1)) is None
    assert swap("Did Anna Meier swim?", "Anna Meier's boat. Meier swam.", Random(1)) is None


def test_windows_of_one_question_compete():
    alone = collate([Group("a", [7], [window(gold=True)])])
    beside = collate([Group("a", [7], [window(gold=True), window(gold=False)])])
    losses = [
        batch_loss(logits_of(batch, 3.0), batch, without={"alone"}).parts["start"]
        for batch in (alone, beside)
    ]
    assert losses[0] < losses[1]


def test_no_window_with_the_answer_means_that_all_should_say_so():
    batch = collate([Group("a", [7], [window(gold=False), window(gold=False)])])
    logits = torch.zeros(*batch.ids.shape, 3)
    before = float(batch_loss(logits, batch).total)
    logits[:, 0] += 2.0
    assert float(batch_loss(logits, batch).total) < before


def test_what_is_left_out_for_an_ablation_has_no_part_in_the_loss():
    batch = collate([Group("a", [7], [window(gold=True)])])
    logits = torch.zeros(*batch.ids.shape, 3, requires_grad=True)
    batch_loss(logits, batch, without={"evidence"}).total.backward()
    assert float(logits.grad[:, :, 2].abs().sum()) == 0
    assert float(logits.grad[:, :, 0].abs().sum()) > 0


def test_groups_made_in_a_way_that_is_left_out_are_not_read(tmp_path):
    path = tmp_path / "groups.jsonl.gz"
    write_groups(path, [Group(s, [7], [window(gold=True)]) for s in ("a", "a/swapped", "b")])
    assert [g.source for g in read_groups(path, without=("swapped",))] == ["a", "b"]
    assert [g.source for g in read_groups(path, limit=1)] == ["a"]


def test_the_mean_of_weights_lies_between_them_and_is_reckoned_in_single_precision():
    new, old = {"w": torch.tensor([1.0, -2.0])}, {"w": torch.tensor([0.0, 2.0]).half()}
    mean = mean_of(new, old, 0.25)["w"]
    assert mean.dtype == torch.float32
    assert mean.tolist() == [0.25, 1.0]
    assert mean_of(new, old, 1.0)["w"].tolist() == [1.0, -2.0]


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_beyond_both_weights_is_refused(share):
    with pytest.raises(ValueError, match="share must be from 0 to 1"):
        mean_of({}, {}, share)
