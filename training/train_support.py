"""Train the support model: python train_support.py CLAIMS RUN --claims N --large BASE --from READER_WEIGHTS [...].

CLAIMS is prepare_support.py's folder. RUN takes checkpoint.pt, from which the same command goes on,
log.jsonl, and weights.safetensors with the averaged weights.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import torch
from reader_model import packaged_base
from safetensors.torch import save_file
from support_model import SupportModel, collate, pieces_of
from torch import Tensor
from windows import load_tokenizer

from qa.writer.rules import RULES

Batch: TypeAlias = tuple[tuple[Tensor, Tensor, Tensor], Tensor, Tensor]
WARM_UP, COOL_DOWN = 40, 0.4
HEAD_RATE = 5.0
N_HELD_OUT = 120
EMA = 0.99
DROPOUT = 0.05
MAX_LETTERS = 240  # of a claim with its evidence: longer ones cost most and teach no more
POOL = 16  # batches that are sorted by length together
WRONG = 0.02  # how likely a label is wrong
TWINS, MARGIN = 0.5, 2.0  # the weight of the loss of twins, and how far apart they should be


def read_rows(folder: Path, pattern: str) -> list[dict[str, Any]]:
    """Return the rows of the files that a pattern names, in their order."""
    rows = []
    for path in sorted(folder.glob(pattern)):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows += [json.loads(line) for line in lines]
    return rows


def to_learn_from(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return groups of rows that share their evidence: a true claim and its false twins.

    Only what the writer's rules let pass is learnt from, and of true claims that have no twin as many as
    make true and false ones equal.
    """
    passed = [r for r in rows if not any(rule(r["claim"], r["evidence"]) for rule in RULES)]
    groups = defaultdict(list)
    for row in passed:
        groups[row["text"], row["evidence"]].append(row)
    random = Random(5)
    alone = [group for group in groups.values() if all(row["label"] for row in group)]
    twins = [group for group in groups.values() if not all(row["label"] for row in group)]
    missing = sum(1 - 2 * row["label"] for group in twins for row in group)
    random.shuffle(alone)
    while alone and missing > 0:
        twins.append(alone.pop())
        missing -= len(twins[-1])
    return random.sample(twins, len(twins))


class Run:
    """A training run: the model, its optimizer, its average, and where it stands."""

    def __init__(self, model: SupportModel, folder: Path, rate: float) -> None:
        """Start a run, or take up the one in the folder."""
        self.model, self.folder, self.rate, self.step = model.train(), folder, rate, 0
        self.ema = {name: w.clone() for name, w in model.own_weights().items()}
        named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        head = [p for n, p in named if n.startswith("head.")]
        rest = [p for n, p in named if not n.startswith("head.")]
        self.optimizer = torch.optim.AdamW(
            [{"params": rest, "times": 1.0}, {"params": head, "times": HEAD_RATE}],
            lr=rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        if (path := folder / "checkpoint.pt").exists():
            saved = torch.load(path, weights_only=True)
            self.step, self.ema = saved["step"], saved["ema"]
            model.load_own_weights(saved["weights"])
            self.optimizer.load_state_dict(saved["optimizer"])

    def learn(self, batch: Batch, factor: float) -> float:
        """Take one step and return its loss."""
        for part in self.optimizer.param_groups:
            part["lr"] = self.rate * factor * part["times"]
        inputs, labels, groups = batch
        loss = loss_of(self.model(*inputs), labels, groups)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        decay = min(EMA, self.step / (self.step + 10))
        own = self.model.own_weights()
        torch._foreach_lerp_([self.ema[n] for n in own], list(own.values()), 1 - decay)
        return loss.item()

    def save(self) -> None:
        """Write the checkpoint, and the averaged weights in half precision."""
        new = self.folder / "checkpoint.new"
        saved = {"step": self.step, "ema": self.ema, "weights": self.model.own_weights()}
        torch.save({**saved, "optimizer": self.optimizer.state_dict()}, new)
        new.replace(self.folder / "checkpoint.pt")
        own = {name: w.half().contiguous() for name, w in self.ema.items()}
        save_file(own, self.folder / "weights.safetensors")


def loss_of(logits: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    """Return the loss of a batch: of each claim alone, and of each true one beside its false twins."""
    smooth = labels * (1 - 2 * WRONG) + WRONG
    alone = torch.nn.functional.binary_cross_entropy_with_logits(logits, smooth)
    twins = (groups[:, None] == groups) & (labels[:, None] > labels)
    if not twins.any():
        return alone
    apart = (logits[:, None] - logits)[twins]
    return alone + TWINS * torch.nn.functional.softplus(MARGIN - apart).mean()


def batches(
    groups: Sequence[list[dict[str, Any]]], tokenizer: Any, size: int, step: int
) -> Iterator[Batch]:
    """Yield batches of about so many claims, from a step on, without end; groups stay whole.

    Groups of like length stand together. Each round has another order.
    """
    number = 0
    for turn in count():
        order = Random(turn).sample(range(len(groups)), len(groups))
        for start in range(0, len(order), POOL * size // 2):
            pool = [groups[n] for n in order[start : start + POOL * size // 2]]
            pool.sort(key=lambda g: len(g[0]["evidence"]) + len(g[0]["claim"]))
            parts: list[list[list[dict[str, Any]]]] = [[]]
            for group in pool:
                if sum(map(len, parts[-1])) + len(group) > size:
                    parts.append([])
                parts[-1].append(group)
            for part in Random(start).sample(parts, len(parts)):
                number += 1
                if number > step:
                    yield batch_of(part, tokenizer)


def batch_of(groups: Sequence[Sequence[dict[str, Any]]], tokenizer: Any) -> Batch:
    """Return inputs, labels and group numbers of groups of rows."""
    rows = [(number, row) for number, group in enumerate(groups) for row in group]
    inputs = collate([pieces_of(tokenizer, r["claim"], r["evidence"]) for _, r in rows])
    labels = torch.tensor([float(r["label"]) for _, r in rows])
    return inputs, labels, torch.tensor([number for number, _ in rows])


@torch.no_grad()
def score(model: SupportModel, rows: Sequence[dict[str, Any]], tokenizer: Any) -> list[float]:
    """Return the logit of each row's claim."""
    inputs = [pieces_of(tokenizer, r["claim"], r["evidence"]) for r in rows]
    order = sorted(range(len(rows)), key=lambda i: len(inputs[i][0]))
    logits = [0.0] * len(rows)
    for start in range(0, len(order), 64):
        part = order[start : start + 64]
        for i, value in zip(part, model(*collate([inputs[i] for i in part])).tolist(), strict=True):
            logits[i] = value
    return logits


def by_kind(rows: Sequence[dict[str, Any]], logits: Sequence[float], kept: float) -> dict[str, Any]:
    """Return how much of each kind of false claims is kept, at the limit that keeps a share of true ones."""
    true = sorted(x for x, r in zip(logits, rows, strict=True) if r["label"])
    limit = true[int(len(true) * (1 - kept))]
    kinds = defaultdict(list)
    for logit, row in zip(logits, rows, strict=True):
        kinds[row["kind"] or f"true: {row['made']}"].append(logit >= limit)
    shares = {kind: round(sum(v) / len(v), 3) for kind, v in sorted(kinds.items())}
    return {"limit": round(limit, 2), **shares}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("claims", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--claims", dest="n", type=int, required=True, help="to train on")
    parser.add_argument("--from", dest="start", type=Path, required=True, help="the large reader's")
    parser.add_argument("--large", type=Path, required=True, help="the folder of all-mpnet-base-v2")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save-minutes", type=float, default=6)
    parser.add_argument("--until", help="HH:MM at which the rate has to be 0, whatever --claims")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(7)
    args.run.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(packaged_base())
    run = Run(SupportModel(args.large, args.start, DROPOUT), args.run, args.rate)
    held = read_rows(args.claims, "held_out-*.jsonl.gz")[:N_HELD_OUT]
    rows = read_rows(args.claims, "claims-*.jsonl.gz")
    rows = [r for r in rows if len(r["claim"]) + len(r["evidence"]) < MAX_LETTERS]
    groups = to_learn_from(rows)
    print(len(groups), sum(map(len, groups)), len(held), run.step, flush=True)
    began = saved = shown = time.time()
    end = deadline(args.until) if args.until else None
    total, n = 0.0, 0
    for batch in batches(groups, tokenizer, args.batch, run.step):
        now = time.time()
        done = run.step * args.batch / args.n
        if end:
            done = max(done, (now - began) / (end - began))
        factor = max(0.0, min((run.step + 1) / WARM_UP, (1 - done) / COOL_DOWN, 1.0))
        last = done >= 1
        if not last:
            total, n = total + run.learn(batch, factor), n + 1
        if run.step % 25 == 0 or last:
            speed = n * args.batch / (now - shown)
            line = {"step": run.step, "loss": round(total / max(n, 1), 4), "speed": round(speed, 1)}
            print(line, round(done, 3), flush=True)
            total, n, shown = 0.0, 0, time.time()
        if last or now - saved > args.save_minutes * 60:
            run.save()
            measured = by_kind(held, scores_of_average(run, held, tokenizer), 0.88)
            with (args.run / "log.jsonl").open("a") as log:
                log.write(json.dumps({"step": run.step, **measured}) + "\n")
            print(measured, flush=True)
            saved = shown = time.time()
        if last:
            return


def scores_of_average(run: Run, rows: Sequence[dict[str, Any]], tokenizer: Any) -> list[float]:
    """Return the logits of rows by the averaged weights."""
    own = {name: w.clone() for name, w in run.model.own_weights().items()}
    run.model.load_own_weights(run.ema)
    logits = score(run.model.eval(), rows, tokenizer)
    run.model.load_own_weights(own)
    run.model.train()
    return logits


def deadline(clock: str) -> float:
    """Return the next time at which a clock shows so much."""
    hours, minutes = map(int, clock.split(":"))
    local = time.localtime()
    seconds = (hours - local.tm_hour) * 3600 + (minutes - local.tm_min) * 60 - local.tm_sec
    return time.time() + seconds % 86400


if __name__ == "__main__":
    main()
