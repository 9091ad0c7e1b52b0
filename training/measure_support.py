"""Fit and measure the support check: python measure_support.py READER [--weights W --fit F] [--dev D]...

READER is a folder as qa/weights. With --weights, those of train_support.py and the large reader's adapters
that they stand on become READER/support.safetensors, and the claims of --fit, of texts that were not trained
on, say how the model's logit and the compared words become a score and from which score on a sentence is
shown; both go into READER/support.json. Each --dev file (rows as prepare_support.py writes them, or
bench/writer/claims.jsonl) is then measured: the share of true claims that is shown, and of false ones of
each kind, by the rules alone and by rules and model together, and what drops the true ones.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from export import sha256
from fitting import auc, fit_logistic
from safetensors.torch import load_file, save_file
from torch import Tensor
from train_support import read_rows

from index import SCALE, Article
from qa.writer.comparison import FEATURES as COMPARED
from qa.writer.comparison import compared
from qa.writer.rules import reason_to_drop
from qa.writer.support import SETTINGS_FILE, WEIGHTS_FILE, Support

FEATURES = ("logit", *COMPARED)  # what the score is made of


def read_claims(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of claims; of a written one, each also cites another's evidence."""
    if path.suffix == ".gz":
        return read_rows(path.parent, path.name)
    groups = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rows = []
    for number, group in enumerate(groups):
        evidence = " ".join(group["evidence"])
        other = " ".join(groups[(number + 1) % len(groups)]["evidence"])
        true = [(1, "", claim) for claim in group["true"]]
        false = [(0, kind, claim) for kind, claim in group["false"]]
        rows += [row_of(*claim, evidence) for claim in (*true, *false)]
        rows += [row_of(0, "citation", claim, other) for claim in group["true"]]
    return rows


def row_of(label: int, kind: str, claim: str, evidence: str) -> dict[str, Any]:
    """Return a row as prepare_support.py writes it."""
    return {"claim": claim, "evidence": evidence, "label": label, "kind": kind, "made": "written"}


def features_of(support: Support, row: dict[str, Any]) -> list[float]:
    """Return 1 and the features of a row."""
    quotes = sentences(row["evidence"])
    seen = {
        "logit": support.logit(row["claim"], " ".join(quotes)),
        **compared(row["claim"], quotes),
    }
    return [1.0, *(seen[name] for name in FEATURES)]


def sentences(evidence: str) -> list[str]:
    """Return evidence as the quotes that it was made of."""
    return [s.text for s in Article.from_text(evidence, language="en").sentences]


def limit_of(scores: np.ndarray, rows: Sequence[dict[str, Any]], most: float) -> float:
    """Return the lowest score from which on at most a share of each kind of false claims is shown.

    Args:
        scores: of the rows that the rules let pass.
        rows: these rows, each with how many of its kind there were before the rules, as "of".
        most: the share of all of a kind, those that the rules drop among them.
    """
    limit = -np.inf
    for kind in {row["kind"] for row in rows if not row["label"]}:
        of_kind = sorted(
            (s for s, r in zip(scores, rows, strict=True) if r["kind"] == kind), reverse=True
        )
        total = next(row["of"] for row in rows if row["kind"] == kind)
        allowed = int(most * total)
        if total >= 40 and len(of_kind) > allowed:
            limit = max(limit, of_kind[allowed] + 1e-6)
    return float(limit)


def passed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that the rules let pass, each with how many of its kind there were."""
    totals = Counter(row["kind"] for row in rows)
    return [
        {**row, "of": totals[row["kind"]]}
        for row in rows
        if reason_to_drop(row["claim"], sentences(row["evidence"])) is None
    ]


def fit(
    folder: Path,
    weights: dict[str, Tensor],
    rows: Sequence[dict[str, Any]],
    most: float,
) -> None:
    """Write the weights and the settings of a support check."""
    path = folder / WEIGHTS_FILE
    save_file(packed(weights), path)
    settings: dict[str, Any] = {"sha256": sha256(path)}
    write(folder, {**settings, "decision": {"bias": 0.0}, "limit": 0.0})
    kept = passed(rows)
    support = Support(folder)
    design = np.array([features_of(support, row) for row in kept])
    labels = np.array([bool(row["label"]) for row in kept])
    fitted = fit_logistic(design, labels)
    scores = design @ fitted
    limit = limit_of(scores, kept, most)
    print(
        f"{len(kept)} of {len(rows)} claims, AUC {auc(scores, labels):.4f}, of the logit alone "
        f"{auc(design[:, 1], labels):.4f}, limit {limit:.3f}"
    )
    decision = dict(zip(("bias", *FEATURES), map(float, fitted), strict=True))
    write(folder, {**settings, "decision": decision, "limit": limit})


def whole(own: dict[str, Tensor], reader: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the large model's weights with the reader's adapters of the layers below."""
    return {**{name: w for name, w in reader.items() if not name.startswith("head.")}, **own}


def packed(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights with the layers' matrices in integers of 8 bits, as they are multiplied anyway."""
    stored = {}
    for name, weight in weights.items():
        if weight.ndim == 2 and ".layer." in name:
            scale = (weight.float().abs().amax(1) / 127).clamp(min=1e-8).half()
            stored[name] = (weight.float() / scale.float()[:, None]).round().clamp(-127, 127).char()
            stored[f"{name}{SCALE}"] = scale
        else:
            stored[name] = weight.half()
    return {name: weight.contiguous() for name, weight in stored.items()}


def write(folder: Path, settings: dict[str, Any]) -> None:
    """Write the settings into support.json."""
    (folder / SETTINGS_FILE).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def measure(support: Support, name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print the shares of a file's claims that are shown, and what drops the true ones."""
    by_rules: dict[str, list[bool]] = defaultdict(list)
    shown: dict[str, list[bool]] = defaultdict(list)
    dropped: Counter[str] = Counter()
    for row in rows:
        kind, quotes = row["kind"] or "true", sentences(row["evidence"])
        why = reason_to_drop(row["claim"], quotes)
        holds = why is None and support.holds(row["claim"], quotes)
        if row["label"] and not holds:
            dropped[why or "model"] += 1
        for each in (kind, f"true: {row['made']}") if row["label"] else (kind,):
            by_rules[each].append(why is None)
            shown[each].append(holds)
    print(f"\n{name}\n\n| claims | n | rules alone | rules and model |")
    print("| --- | --- | --- | --- |")
    for kind in sorted(by_rules, key=lambda k: (not k.startswith("true"), k)):
        shares = [sum(found[kind]) / len(found[kind]) for found in (by_rules, shown)]
        print(f"| {kind} | {len(shown[kind])} | {shares[0]:.3f} | {shares[1]:.3f} |")
    print("true ones dropped:", dict(dropped.most_common()))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", type=Path)
    parser.add_argument("--weights", type=Path, help="of train_support.py")
    parser.add_argument("--fit", type=Path, action="append", default=[], help="is fitted to")
    parser.add_argument("--most", type=float, default=0.05, help="of each kind that may be shown")
    parser.add_argument("--dev", type=Path, action="append", default=[], help="to be measured")
    parser.add_argument(
        "--fit-rows", type=int, default=10**9, help="of those that are fitted to, at most"
    )
    parser.add_argument(
        "--rows", type=int, default=10**9, help="of each file that is measured, at most"
    )
    args = parser.parse_args()
    if args.weights:
        weights = whole(load_file(args.weights), load_file(args.reader / "large.safetensors"))
        fitted_to = [row for path in args.fit for row in read_claims(path)]
        fit(args.reader, weights, fitted_to[: args.fit_rows], args.most)
    support = Support(args.reader)
    for path in args.dev:
        measure(support, path.name, read_claims(path)[: args.rows])


if __name__ == "__main__":
    main()
