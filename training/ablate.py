"""What each part of the training is worth: python ablate.py DATA PREPARED OUT [--examples N] [PART …].

Trains a small reader from the base model for "nothing" and for each PART (as train.py's
--without), all on the same first groups and seed, and prints as JSON lines how each reads:
SQuAD 2.0 on every fourth validation question, and hit@1 and the AUC of "is it answerable" over
the written development texts. A part is worth its place if a reader without it reads worse. A
reader that is there already is measured again, not trained again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from calibrate import fit as fit_decision
from calibrate import named, rows_of, unseen
from cases import collect, written
from evaluate import figures_of
from export import export
from fitting import auc
from reader_model import load_weights
from squad import read_squad

from qa.readers.trained_reader import TrainedReader

PARTS = ("written", "removed", "swapped", "synthetic", "shared", "alone", "evidence")
# What a reader has that only ranks and says how sure it is.
UNUSED: dict[str, Any] = {
    "n_windows": 0,
    "hopeless": 0.0,
    "enough": {},
    "short_answer": 0.0,
    "small_spans": 0.0,
    "citations": {"margin": 0.0, "most": 1},
}
KEPT = ("f1_best", "answerable_span_f1", "evidence_sentence", "unanswerable_auc")


def train(prepared: Path, run: Path, part: str, examples: int, seed: int) -> Path:
    """Train a reader without a part, unless it is there, and return its folder."""
    reader = run / "reader"
    if not (reader / "reader.json").exists():
        script = Path(__file__).with_name("train.py")
        options = ["--groups-a-step", "12", "--rate", "1.5e-4", "--max-pieces", "2048"]
        options += ["--compile", "--save-minutes", "60"]
        options += [] if part == "nothing" else ["--without", part]
        options += ["--examples", str(examples), "--seed", str(seed)]
        command = [sys.executable, script, prepared, run, *options]
        subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr)
        export(load_weights(run / "weights.safetensors"), reader, "small", {})
    return reader


def measure(folder: Path, data: Path) -> dict[str, float]:
    """Return the figures of a small reader; each text's are by weights fitted without it."""
    texts = written(data / "dev" / "written" / "written_dev.jsonl")
    cases = collect(texts, TrainedReader(folder, "small"))
    rows = rows_of(cases, "small")
    decided = unseen(cases, "small")
    answerable = np.array([bool(case.asked.gold) for case in cases])
    limits = {"unsure": 0.5, "answered": 0.5}
    decision = {**named(fit_decision(rows), rows[0]), "limits": limits}
    path = folder / "reader.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings |= {**UNUSED, "decisions": {"small": decision}}
    path.write_text(json.dumps(settings), encoding="utf-8")
    questions = read_squad(data / "dev" / "squad2" / "squad2_4_articles.json")[::4]
    figures = figures_of(TrainedReader(folder, "small"), questions)
    return {
        **{name: figures[name] for name in KEPT},
        "hit_at_1": round(float(decided.right[answerable].mean()), 4),
        "answerable_auc": round(auc(decided.answerable, answerable), 4),
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("parts", nargs="*", default=("nothing", *PARTS))
    parser.add_argument("--examples", type=int, default=4800)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for part in args.parts:
        reader = train(args.prepared, args.out / part, part, args.examples, args.seed)
        figures = measure(reader, args.data)
        row = {"without": part, "examples": args.examples, "seed": args.seed, **figures}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
