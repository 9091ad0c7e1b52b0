"""Train a reader: python train.py PREPARED RUN --examples N [--large MPNET] [--from WEIGHTS] [...].

PREPARED is prepare.py's output folder. RUN takes checkpoint.pt (replaced every few minutes; the
same command continues from it exactly), log.jsonl and, at the end, weights.safetensors with the
averaged weights. With --from a new run starts from those weights and warms up again. With --large
the reader is all-mpnet-base-v2, found in the folder MPNET, with adapters, and with --layers only so many
of its layers. With --teacher a reader also learns the distributions of a large one, and a large reader
its last hidden states.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from groups import Batch, collate, group_of, read_lines
from loss import batch_loss, distil_loss
from reader_model import N_CHANNELS, LargeReaderModel, ReaderModel
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils.data import DataLoader

WARM_UP = 120  # steps, whatever the length, so that a run may be ended earlier than planned
COOL_DOWN = 0.30  # the share of the steps in which the rate falls to 0
HEAD_RATE = 5.0  # the head starts from zeros and learns this much faster than the encoder
CLIP = 1.0
TAUGHT = 0.6  # the teacher's share of the loss
HIDDEN = 20.0  # what the mean squared distance to the teacher's hidden states counts
N_HELD_OUT = 768  # groups on which the loss is seen at each save
Reads = Callable[[Tensor, Tensor, Tensor], Tensor]  # of ids, types and mask


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
    layers: tuple[int, ...] = ()
    frozen: int = 0

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

    def steps_in(self, minutes: float, step: int, seconds_a_step: float) -> Plan:
        """Return the plan that ends after so many minutes more, at the speed measured."""
        steps = step + int(minutes * 60 / seconds_a_step)
        return replace(self, examples=steps * self.groups_a_step)


class Batches(torch.utils.data.Dataset[Batch]):
    """The batches of a training, by the step; after the last group come the first ones again."""

    def __init__(self, lines: Sequence[str], groups_a_step: int) -> None:
        """Take the lines of groups; they become groups where a batch is made of them."""
        self.lines, self.groups_a_step = lines, groups_a_step

    def __getitem__(self, step: int) -> Batch:
        """Return the batch of a step."""
        first = step * self.groups_a_step
        lines = [self.lines[n % len(self.lines)] for n in range(first, first + self.groups_a_step)]
        return collate([group_of(line) for line in lines])

    def after(self, step: int, workers: int) -> Iterator[Batch]:
        """Yield the batches from a step on, without end, made by so many processes."""
        return iter(
            DataLoader(self, batch_size=None, sampler=range(step, 10**9), num_workers=workers)
        )


def hidden_and_logits(model: LargeReaderModel) -> Reads:
    """Return what gives a model's hidden states and, after them, its logits."""

    def read(ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        hidden = model.hidden(ids, types, mask)
        return torch.cat([hidden, model.head(hidden)], -1)

    return read


def split(read: Tensor) -> tuple[Tensor, Tensor]:
    """Return the hidden states, of no components where there are none, and the logits after them."""
    hidden, logits = read.tensor_split([-N_CHANNELS], -1)
    return hidden, logits


def logits_of(model: Reads, batch: Batch, max_pieces: int) -> Tensor:
    """Return what a model gives for a batch, read in parts of windows of like length."""
    lengths = batch.lengths
    parts, first = [], 0
    for row in range(1, len(lengths) + 1):
        if row < len(lengths) and (row + 1 - first) * lengths[row] <= max_pieces:
            continue
        length = -(-lengths[row - 1] // 8) * 8  # the attention of a GPU wants it so
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
        teacher: LargeReaderModel | None = None,
        compiled: bool = False,
    ) -> None:
        """Start a run of a model, with its teacher if any, or take up the one in the folder.

        Raises:
            ValueError: the folder's checkpoint is of another plan.
        """
        self.plan, self.folder, self.device, self.step = plan, folder, device, 0
        self.model = model.to(device).train()
        self.teacher = teacher.to(device).eval() if teacher else None
        read: Reads = self.model
        self.taught: Reads | None = self.teacher
        if self.teacher and isinstance(model, LargeReaderModel):  # of one width: states compare
            read, self.taught = hidden_and_logits(model), hidden_and_logits(self.teacher)
        self.forward = torch.compile(read, dynamic=True) if compiled else read
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

    def learn(self, batch: Batch, max_pieces: int) -> dict[str, Tensor]:
        """Take one step on a batch and return its losses."""
        batch = batch.to(self.device)
        for part in self.optimizer.param_groups:
            part["lr"] = self.plan.rate_at(self.step) * part["times"]
        hidden, logits = split(logits_of(self.forward, batch, max_pieces))
        loss = batch_loss(logits, batch, without=frozenset(self.plan.without))
        total, parts = loss.total, loss.parts
        if self.taught:
            with torch.no_grad():
                states, taught = split(logits_of(self.taught, batch, max_pieces))
            parts["taught"] = distil_loss(logits, taught, batch)
            total = (1 - TAUGHT) * total + TAUGHT * parts["taught"]
            if hidden.shape[-1]:
                real = batch.mask.bool()
                parts["hidden"] = (hidden[real] - states[real]).square().mean()
                total = total + HIDDEN * parts["hidden"]
        total.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        decay = min(self.plan.ema, self.step / (self.step + 10))
        own = self.model.own_weights()
        torch._foreach_lerp_([self.ema[n] for n in own], list(own.values()), 1 - decay)
        return {"loss": loss.total.detach(), "norm": norm, **parts}

    @torch.no_grad()
    def held_out(self, batches: Sequence[Batch], max_pieces: int) -> dict[str, float]:
        """Return the mean losses of the averaged weights on batches that nothing learns from."""
        own = {name: w.clone() for name, w in self.model.own_weights().items()}
        self.model.load_own_weights(self.ema)
        self.model.eval()
        sums: dict[str, float] = defaultdict(float)
        for batch in (each.to(self.device) for each in batches):
            loss = batch_loss(logits_of(self.model, batch, max_pieces), batch)
            for name, value in {"loss": loss.total, **loss.parts}.items():
                sums["held_out_" + name] += float(value) / len(batches)
        self.model.load_own_weights(own)
        self.model.train()
        return sums

    def finish(self) -> Path:
        """Write the averaged weights, in half precision, and return their file."""
        path = self.folder / "weights.safetensors"
        save_file({name: w.half().cpu().contiguous() for name, w in self.ema.items()}, path)
        return path


@dataclass(frozen=True, slots=True)
class Course:
    """How a run goes on: how much is read at once, when it is saved and when it ends.

    Attributes:
        max_pieces: word pieces read at once.
        save_minutes: between two checkpoints.
        stop: the step after which to stop, saved.
        minutes: how long the whole run shall take; None takes as long as its examples do.
        workers: processes that make batches; 0 makes them on the way.
    """

    max_pieces: int
    save_minutes: float
    stop: int
    minutes: float | None
    workers: int


def train(run: Run, batches: Batches, held_out: Sequence[Batch], course: Course) -> None:
    """Take the run's remaining steps, up to ``stop``; show and log how it goes."""
    began = saved = shown = time.time()
    first = run.step
    sums: dict[str, Tensor] = {}
    n = windows = 0
    for batch in batches.after(run.step, course.workers):
        for name, value in run.learn(batch, course.max_pieces).items():
            sums[name] = value.detach() + sums.get(name, 0)
        n, windows = n + 1, windows + len(batch.lengths)
        now = time.time()
        if course.minutes and run.step - first == 2 * WARM_UP:
            taken = (now - began) / (run.step - first)
            left = course.minutes - (now - began) / 60
            run.plan = run.plan.steps_in(left, run.step, taken)
        last = min(run.plan.n_steps, course.stop)
        facts: dict[str, float] = {}
        if run.step == last or now - saved > course.save_minutes * 60:
            run.save()
            run.finish()
            facts = run.held_out(held_out, course.max_pieces)
            saved = now
        if run.step % 25 == 0 or run.step == last:
            facts |= {
                "step": run.step,
                "of": run.plan.n_steps,
                "rate": run.plan.rate_at(run.step - 1),
                "windows_per_s": windows / (now - shown),
                "eta_min": (now - began) / (run.step - first) * (last - run.step) / 60,
                **{name: float(value) / n for name, value in sums.items()},
            }
            sums, n, windows, shown = {}, 0, 0, now
        if facts:
            _log(run.folder, {name: float(f"{value:.4g}") for name, value in facts.items()})
        if run.step >= last:
            return


def _log(folder: Path, facts: dict[str, float]) -> None:
    print(" ".join(f"{name} {value:g}" for name, value in facts.items()), flush=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps({"time": round(time.time()), **facts}) + "\n")


def models_of(
    args: argparse.Namespace,
) -> tuple[ReaderModel | LargeReaderModel, LargeReaderModel | None]:
    """Return the model that learns, and its teacher if it has one."""
    teacher = None
    if args.teacher:
        teacher = LargeReaderModel(args.teacher[0])
        teacher.load_own_weights(load_file(args.teacher[1]))
    if not args.large:
        small = ReaderModel(args.base, args.dropout)
        if args.start:
            small.load_own_weights(load_file(args.start))
        return small, teacher
    large = LargeReaderModel(args.large, args.dropout, layers=args.layers or None)
    if args.start:
        large.load_own_weights(load_file(args.start))
    large.freeze(args.frozen)
    return large, teacher


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prepared", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--examples", type=int, required=True, help="groups to train on")
    parser.add_argument("--minutes", type=float, help="end after so long, whatever the examples")
    parser.add_argument("--workers", type=int, default=0, help="processes that make batches")
    parser.add_argument("--from", dest="start", type=Path, help="weights.safetensors to start from")
    parser.add_argument("--large", type=Path, help="folder of all-mpnet-base-v2, for the large one")
    parser.add_argument("--base", type=Path, help="folder of all-MiniLM-L6-v2, else its package's")
    parser.add_argument(
        "--teacher",
        nargs=2,
        type=Path,
        metavar=("MPNET", "WEIGHTS"),
        help="a large reader to learn from",
    )
    parser.add_argument(
        "--layers", nargs="+", type=int, default=(), help="the numbers of the large one's to take"
    )
    parser.add_argument("--frozen", type=int, default=0, help="how many of the lowest stay so")
    parser.add_argument("--dropout", type=float, default=0.0, help="of the layers")
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
        choices=("shared", "alone", "evidence", "synthetic", "swapped", "removed", "written"),
        help="for ablations (repeatable): leave out a normalisation, the evidence, or some groups",
    )
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the model: minutes at the start, then faster",
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    if (args.layers or args.frozen) and not args.large:
        parser.error("--layers and --frozen are of the large reader; give --large as well")
    torch.set_num_threads(args.threads)
    without = tuple(sorted(args.without))
    plan = Plan(
        args.examples,
        args.groups_a_step,
        args.rate,
        args.ema,
        args.seed,
        without,
        tuple(args.layers),
        args.frozen,
    )
    args.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    model, teacher = models_of(args)
    run = Run(plan, args.run, model, args.device, teacher=teacher, compiled=args.compile)
    files = sorted(args.prepared.glob("groups-*.jsonl.gz"))
    lines = [line for file in files for line in read_lines(file, without)]
    held_out = Batches(read_lines(args.prepared / "held_out.jsonl.gz"), plan.groups_a_step)
    n_held_out = N_HELD_OUT // plan.groups_a_step if len(held_out.lines) else 0
    print(f"{len(lines)} groups, step {run.step} of {plan.n_steps}", flush=True)
    course = Course(args.max_pieces, args.save_minutes, args.stop, args.minutes, args.workers)
    held = [held_out[number] for number in range(n_held_out)]
    train(run, Batches(lines, plan.groups_a_step), held, course)
    if run.step == run.plan.n_steps:
        print(run.finish())


if __name__ == "__main__":
    main()
