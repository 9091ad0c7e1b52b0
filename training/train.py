"""Train a reader: python train.py PREPARED RUN --examples N [--large MPNET] [--from WEIGHTS] [...].

PREPARED is prepare.py's output folder. RUN takes checkpoint.pt (replaced every few minutes; the
same command continues from it exactly), log.jsonl and, at the end, weights.safetensors with the
averaged weights. With --from a new run starts from those weights and warms up again. With --large
the reader is all-mpnet-base-v2, found in the folder MPNET, with adapters.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import torch
from groups import Batch, Group, collate, read_groups
from loss import batch_loss
from reader_model import LargeReaderModel, ReaderModel
from safetensors.torch import load_file, save_file
from torch import Tensor

WARM_UP = 120  # steps, whatever the length, so that a run may be ended earlier than planned
COOL_DOWN = 0.30  # the share of the steps in which the rate falls to 0
HEAD_RATE = 5.0  # the head starts from zeros and learns this much faster than the encoder
CLIP = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes a run repeatable: a checkpoint goes on only under the same plan.

    Only ``examples`` may change on the way, to end a run earlier or later than planned.
    """

    examples: int
    groups_a_step: int
    rate: float
    ema: float
    seed: int
    without: tuple[str, ...] = ()

    @property
    def facts(self) -> list[Any]:
        """What is kept in a checkpoint, ``examples`` first."""
        return list(astuple(self))

    @property
    def n_steps(self) -> int:
        """How many steps the run takes."""
        return -(-self.examples // self.groups_a_step)

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step: warm-up, constant, linear cool-down to 0."""
        left = 1 - (step + 1) / self.n_steps
        return self.rate * max(0.0, min(1.0, (step + 1) / WARM_UP, left / COOL_DOWN))

    def batch_of(self, groups: Sequence[Group], step: int) -> list[Group]:
        """Return the groups of a step; after the last group come the first ones again."""
        first = step * self.groups_a_step
        return [groups[n % len(groups)] for n in range(first, first + self.groups_a_step)]


def logits_of(
    model: Callable[[Tensor, Tensor, Tensor], Tensor], batch: Batch, max_pieces: int
) -> Tensor:
    """Return the logits of a batch, read in parts of windows of like length."""
    lengths = batch.mask.sum(1).tolist()
    parts, first = [], 0
    for row in range(1, len(lengths) + 1):
        if row < len(lengths) and (row + 1 - first) * lengths[row] <= max_pieces:
            continue
        length = lengths[row - 1]
        rows = slice(first, row)
        logits = model(
            batch.ids[rows, :length], batch.types[rows, :length], batch.mask[rows, :length]
        )
        parts.append(torch.nn.functional.pad(logits, (0, 0, 0, batch.ids.shape[1] - length)))
        first = row
    return torch.cat(parts)


class Run:
    """A training run: the model, its optimizer, its average, and where it stands."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        model: ReaderModel | LargeReaderModel,
        device: str,
        *,
        compiled: bool = False,
    ) -> None:
        """Start a run of a model, or take up the one in the folder.

        Raises:
            ValueError: the folder's checkpoint is of another plan.
        """
        self.plan, self.folder, self.device, self.step = plan, folder, device, 0
        self.model = model.to(device)
        self.forward = torch.compile(self.model, dynamic=True) if compiled else self.model
        self.ema = {name: w.clone() for name, w in self.model.own_weights().items()}
        named = [(n, p) for n, p in self.model.named_parameters() if p.requires_grad]
        head = [p for n, p in named if n.startswith("head.")]
        plain = [p for n, p in named if not n.startswith("head.") and p.ndim < 2]
        rest = [p for n, p in named if not n.startswith("head.") and p.ndim >= 2]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": rest, "weight_decay": 0.01, "times": 1.0},
                {"params": plain, "weight_decay": 0.0, "times": 1.0},
                {"params": head, "weight_decay": 0.0, "times": HEAD_RATE},
            ],
            lr=plan.rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        if self.checkpoint.exists():
            self._take_up(torch.load(self.checkpoint, map_location=device, weights_only=True))

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept."""
        return self.folder / "checkpoint.pt"

    def _take_up(self, saved: dict[str, Any]) -> None:
        mine = self.plan.facts
        if saved["plan"][1:] != mine[1:]:
            raise ValueError(
                f"checkpoint must be of the same plan {mine[1:]}, got {saved['plan'][1:]}; "
                "take another RUN folder"
            )
        self.step = saved["step"]
        self.model.load_own_weights(saved["weights"])
        self.ema = saved["ema"]
        self.optimizer.load_state_dict(saved["optimizer"])

    def save(self) -> None:
        """Write the checkpoint: first beside the old one, then in its place."""
        new = self.checkpoint.with_suffix(".new")
        torch.save(
            {
                "plan": self.plan.facts,
                "step": self.step,
                "weights": self.model.own_weights(),
                "ema": self.ema,
                "optimizer": self.optimizer.state_dict(),
            },
            new,
        )
        new.replace(self.checkpoint)

    def learn(self, groups: Sequence[Group], max_pieces: int) -> dict[str, float]:
        """Take one step on the groups and return its losses."""
        batch = collate(groups)
        batch = Batch(*(getattr(batch, name).to(self.device) for name in Batch.__slots__))
        for part in self.optimizer.param_groups:
            part["lr"] = self.plan.rate_at(self.step) * part["times"]
        with torch.autocast(self.device.split(":")[0], torch.bfloat16):
            logits = logits_of(self.forward, batch, max_pieces)
        loss = batch_loss(logits, batch, without=frozenset(self.plan.without))
        loss.total.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        decay = min(self.plan.ema, self.step / (self.step + 10))
        own = self.model.own_weights()
        torch._foreach_lerp_([self.ema[n] for n in own], list(own.values()), 1 - decay)
        return {"loss": float(loss.total.detach()), "norm": float(norm), **loss.parts}

    def finish(self) -> Path:
        """Write the averaged weights and return their file."""
        path = self.folder / "weights.safetensors"
        save_file({name: w.cpu().contiguous() for name, w in self.ema.items()}, path)
        return path


def train(run: Run, groups: Sequence[Group], max_pieces: int, every: float, stop: int) -> None:
    """Take the run's remaining steps, up to ``stop``; show and log how it goes."""
    began, first, saved, shown = time.time(), run.step, time.time(), time.time()
    sums: dict[str, float] = defaultdict(float)
    n = windows = 0
    last = min(run.plan.n_steps, stop)
    while run.step < last:
        batch = run.plan.batch_of(groups, run.step)
        for name, value in run.learn(batch, max_pieces).items():
            sums[name] += value
        n, windows = n + 1, windows + sum(len(group.windows) for group in batch)
        now = time.time()
        if run.step % 25 == 0 or run.step == last:
            facts: dict[str, float] = {
                "step": run.step,
                "of": run.plan.n_steps,
                "rate": run.plan.rate_at(run.step - 1),
                "windows_per_s": windows / (now - shown),
                "eta_min": (now - began) / (run.step - first) * (last - run.step) / 60,
                **{name: value / n for name, value in sums.items()},
            }
            line = {name: float(f"{value:.4g}") for name, value in facts.items()}
            print(" ".join(f"{name} {value:g}" for name, value in line.items()), flush=True)
            with (run.folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps({"time": round(now), **line}) + "\n")
            sums.clear()
            n, windows, shown = 0, 0, now
        if now - saved > every * 60:
            run.save()
            saved = now
    run.save()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prepared", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--examples", type=int, required=True, help="groups to train on")
    parser.add_argument("--from", dest="start", type=Path, help="weights.safetensors to start from")
    parser.add_argument("--large", type=Path, help="folder of all-mpnet-base-v2, for the large one")
    parser.add_argument("--dropout", type=float, default=0.0, help="of the small one's layers")
    parser.add_argument("--groups-a-step", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--ema", type=float, default=0.995)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--max-pieces", type=int, default=4096, help="word pieces read at once")
    parser.add_argument("--save-minutes", type=float, default=5)
    parser.add_argument("--stop", type=int, default=10**9, help="stop after this step, saved")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=("shared", "alone", "evidence", "synthetic", "swapped"),
        help="for ablations (repeatable): leave out a normalisation, the evidence, or made groups",
    )
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the model: minutes at the start, then faster",
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    without = tuple(sorted(args.without))
    plan = Plan(args.examples, args.groups_a_step, args.rate, args.ema, args.seed, without)
    args.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    model = LargeReaderModel(args.large) if args.large else ReaderModel(dropout=args.dropout)
    if args.start:
        model.load_own_weights(load_file(args.start))
    run = Run(plan, args.run, model, args.device, compiled=args.compile)
    groups = list(read_groups(args.prepared / "groups.jsonl.gz", plan.examples, without))
    print(f"{len(groups)} groups, step {run.step} of {plan.n_steps}", flush=True)
    train(run, groups, args.max_pieces, args.save_minutes, args.stop)
    if run.step == plan.n_steps:
        print(run.finish())


if __name__ == "__main__":
    main()
