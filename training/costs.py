"""What reading more windows is worth: python costs.py CASES, which calibrate.py --cases has kept.

Prints as JSON lines, for the large reader with so many windows at most, and where it stops once the chance
of an answer to a question that stands alone is so high or so low, how it reads the written questions; each text by a fit without it.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from calibrate import N_WINDOWS, answerable_of, rows_of, stopped, unseen, windows_read
from cases import Case
from fitting import auc

ENOUGH = ((0.8, 0), (0.9, 0), (0.9, 0.02), (0.9, 0.05), (0.95, 0), (0.95, 0.02), (0.98, 0))


def cost(cases: Sequence[Case]) -> dict[str, float]:
    """Return the figures of the written questions, and what they cost."""
    decided, rows = unseen(cases, "large"), rows_of(cases, "large")
    written = np.array([case.asked.group == "written" for case in cases])
    later = np.array([bool(case.asked.history) for case in cases])
    answerable = answerable_of(rows)
    found = {}
    for name, mine in (("written", written & ~later), ("follow-ups", written & later)):
        found[f"{name}: hit@1"] = float(decided.right[mine & answerable].mean())
        found[f"{name}: AUC"] = auc(decided.answerable[mine], answerable[mine])
    rounded = {name: round(value, 3) for name, value in found.items()}
    return {**rounded, **windows_read([row for row, w in zip(rows, written, strict=True) if w])}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", type=Path)
    args = parser.parse_args()
    cases = pickle.loads(args.cases.read_bytes())
    for n in range(1, N_WINDOWS + 1):
        some = [Case(case.asked, case.scored.first_read("large", n)) for case in cases]
        print(json.dumps({"windows": n, **cost(some)}), flush=True)
        for high, low in ENOUGH if n == N_WINDOWS else ():
            enough = {"answerable": high, "unanswerable": low}
            row = {"windows": n, **enough, **cost(stopped(some, enough))}
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
