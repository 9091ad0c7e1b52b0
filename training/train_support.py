"""Train the support model: python train_support.py CLAIMS RUN --claims N [--from READER_WEIGHTS] [...].

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
from pathlib import Path
from random import Random
from typing import Any

import torch
from reader_model import packaged_base
from safetensors.torch import save_file
from support_model import SupportModel, collate, pieces_of
from torch import Tensor
from windows import load_tokenizer

from qa.writer.rules import reason_to_drop

WARM_UP, COOL_DOWN = 50, 0.4
HEAD_RATE = 5.0
N_HELD_OUT = 200
EMA = 0.995
MAX_LETTERS = 320  # of a claim with its evidence: longer ones cost most and teach no more
POOL = 16  # batches that are sorted by length together


def read_rows(folder: Path, pattern: str) -> list[dict[str, Any]]:
    """Return the rows of the files that a pattern names, in their order."""
    rows = []
    for path in sorted(folder.glob(pattern)):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows += [json.loads(line) for line in lines]
    return rows


def to_learn_from(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that the writer's rules let pass, and no more true ones than a little over half."""
    passed = [r for r in rows if reason_to_drop(r["claim"], [r["evidence"]]) is None]
    true = [row for row in passed if row["label"]]
    false = [row for row in passed if not row["label"]]
    random = Random(5)
    true = random.sample(true, min(len(true), int(1.15 * len(false))))
    return random.sample([*true, *false], len(true) + len(false))


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

    def learn(self, batch: tuple[Tensor, Tensor, Tensor], labels: Tensor, factor: float) -> float:
        """Take one step and return its loss."""
        for part in self.optimizer.param_groups:
            part["lr"] = self.rate * factor * part["times"]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(self.model(*batch), labels)
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


def batches(
    rows: Sequence[dict[str, Any]], tokenizer: Any, size: int, step: int
) -> Iterator[tuple[tuple[Tensor, Tensor, Tensor], Tensor]]:
    """Yield batches of inputs and labels from a step on, without end."""
    while True:
        pool, at = divmod(step, POOL)
        n = len(rows)
        chosen = [rows[i % n] for i in range(pool * POOL * size, (pool + 1) * POOL * size)]
        made = [(pieces_of(tokenizer, r["claim"], r["evidence"]), r["label"]) for r in chosen]
        made.sort(key=lambda row: len(row[0][0]))
        parts = [made[i : i + size] for i in range(0, len(made), size)]
        Random(pool).shuffle(parts)
        for part in parts[at:]:
            yield collate([inputs for inputs, _ in part]), torch.tensor([float(y) for _, y in part])
        step = (pool + 1) * POOL


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
    parser.add_argument("--from", dest="start", type=Path, help="the small reader's weights")
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
    run = Run(SupportModel(args.start, 0.05), args.run, args.rate)
    held = read_rows(args.claims, "held_out-*.jsonl.gz")[:N_HELD_OUT]
    rows = read_rows(args.claims, "claims-*.jsonl.gz")
    rows = [r for r in rows if len(r["claim"]) + len(r["evidence"]) < MAX_LETTERS]
    rows = to_learn_from(rows)
    print(len(rows), len(held), run.step, flush=True)
    began = saved = shown = time.time()
    end = deadline(args.until) if args.until else None
    total, n = 0.0, 0
    for batch, labels in batches(rows, tokenizer, args.batch, run.step):
        now = time.time()
        done = run.step * args.batch / args.n
        if end:
            done = max(done, (now - began) / (end - began))
        factor = max(0.0, min((run.step + 1) / WARM_UP, (1 - done) / COOL_DOWN, 1.0))
        last = done >= 1
        if not last:
            total, n = total + run.learn(batch, labels, factor), n + 1
        if run.step % 25 == 0 or last:
            speed = n * args.batch / (now - shown)
            line = {"step": run.step, "loss": round(total / max(n, 1), 4), "speed": round(speed, 1)}
            print(line, round(done, 3), flush=True)
            total, n, shown = 0.0, 0, time.time()
        if last or now - saved > args.save_minutes * 60:
            run.save()
            measured = by_kind(held, score(averaged(run), held, tokenizer), 0.88)
            with (args.run / "log.jsonl").open("a") as log:
                log.write(json.dumps({"step": run.step, **measured}) + "\n")
            print(measured, flush=True)
            saved = shown = time.time()
        if last:
            return


def averaged(run: Run) -> SupportModel:
    """Return a model with the averaged weights."""
    model = SupportModel(None)
    model.load_own_weights(run.ema)
    return model.eval()


def deadline(clock: str) -> float:
    """Return the next time at which a clock shows so much."""
    hours, minutes = map(int, clock.split(":"))
    local = time.localtime()
    seconds = (hours - local.tm_hour) * 3600 + (minutes - local.tm_min) * 60 - local.tm_sec
    return time.time() + seconds % 86400


if __name__ == "__main__":
    main()
