"""Export a trained model: python export.py WEIGHTS READER [--large] [--prepared FOLDER] [--with OLD].

WEIGHTS is train.py's weights.safetensors, or a checkpoint.pt (its average is taken). With --with
the mean of them and of older exported weights is taken. Writes READER/small.safetensors (or
large.safetensors), in half precision what differs from the base model, and its SHA-256 into
READER/reader.json; calibrate.py then adds how scores become a decision.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from reader_model import load_weights
from safetensors.torch import save_file
from torch import Tensor

MAX_BYTES = 25_000_000


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mean_of(new: dict[str, Tensor], old: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Return weights between two that started alike, ``share`` of the way from the old ones.

    Source: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models".

    Raises:
        ValueError: ``share`` is not in 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, got {share}")
    mean = {}
    for name, weight in new.items():
        before = torch.zeros_like(weight, dtype=torch.float32)
        before[: len(old[name])] = old[name].float()  # an old head has fewer channels
        mean[name] = (1 - share) * before + share * weight.float()
    return mean


def export(weights: dict[str, Tensor], out: Path, name: str, facts: dict[str, Any]) -> Path:
    """Write the half-precision weights of a model and its facts; return reader.json.

    Raises:
        ValueError: a weight does not fit half precision, or the file is larger than allowed.
    """
    own = {key: w.to(torch.float16).contiguous() for key, w in weights.items()}
    if not all(torch.isfinite(w).all() for w in own.values()):
        raise ValueError("weights must be finite in half precision, got infinite ones")
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.safetensors"
    save_file(own, path)
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"weights must be at most {MAX_BYTES} bytes, got {path.stat().st_size}")
    settings_file = out / "reader.json"
    settings = json.loads(settings_file.read_text("utf-8")) if settings_file.exists() else {}
    for part in ("models", "decisions", "training"):
        settings.setdefault(part, {})  # calibrate.py fills in all but models
    settings["models"][name] = sha256(path)
    settings["training"][name] = facts
    settings_file.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    return settings_file


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--large", action="store_true", help="they are of the large model")
    parser.add_argument("--prepared", type=Path, help="prepare.py's folder, for the sources")
    parser.add_argument("--with", dest="old", type=Path, help="older weights, for the mean of both")
    parser.add_argument("--share", type=float, default=0.5, help="of the new ones in the mean")
    args = parser.parse_args()
    weights = load_weights(args.weights)
    if args.old:
        weights = mean_of(weights, load_weights(args.old), args.share)
    facts: dict[str, Any] = {}
    if args.prepared:
        facts = json.loads((args.prepared / "manifest.json").read_text(encoding="utf-8"))
    print(export(weights, args.reader, "large" if args.large else "small", facts))


if __name__ == "__main__":
    main()
