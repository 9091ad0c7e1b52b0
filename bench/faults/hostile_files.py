"""Read every hostile file of tests/test_hostile_files.py, the slow ones too, and print a table.

python bench/faults/hostile_files.py [NAME ...]
"""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[2] / "tests" / "test_hostile_files.py"


def _tests() -> Any:
    spec = importlib.util.spec_from_file_location("hostile", TESTS)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{TESTS} must be there, got none")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(name: str = "") -> None:
    """Read one file and print its row, or each in a process of its own."""
    tests = _tests()
    for each, maker, wanted in tests.FILES:
        if not name:
            subprocess.run([sys.executable, __file__, each], check=True)
        elif each == name:
            with tempfile.TemporaryDirectory() as folder:
                path = tests.make(Path(folder), each, maker)
                found, said, seconds, child = tests.read(path)
                said = said.replace(f"{folder}/", "")
            spent = resource.getrusage(resource.RUSAGE_CHILDREN)
            own = tests.peak_megabytes(os.getpid())
            what = said[:150] if found == "refused" else f"{len(said):,} characters"
            good = wanted in (found, "either") and tests.CANARY not in said
            good = good and seconds < tests.SECONDS and child < tests.MEGABYTES
            cpu = f"{spent.ru_utime + spent.ru_stime:.1f}"
            row = [each, found, f"{seconds:.1f}", cpu, str(child), str(own), what.replace("|", "¦")]
            print("| " + " | ".join([*row, "" if good else "WRONG"]) + " |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(
            "| file | outcome | s | child's processor s | child MB | own MB | said | |\n"
            + "| --- " * 8
            + "|"
        )
    main(*sys.argv[1:])
