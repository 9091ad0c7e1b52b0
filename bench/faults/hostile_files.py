"""Read every hostile file of tests/test_hostile_files.py, the slow ones too, and print a table.

python bench/faults/hostile_files.py [NAME]
python bench/faults/hostile_files.py --server

With --server each file that the page takes is dropped on a running page, which is asked meanwhile.
"""

from __future__ import annotations

import importlib.util
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MAX_UPLOAD = 10_000_000
_TAG = re.compile(r"<[^>]*>")
TESTS = Path(__file__).parents[2] / "tests" / "test_hostile_files.py"


def _tests() -> Any:
    sys.path.insert(0, str(TESTS.parent))  # for the files that it makes
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
                outcome, message, seconds, child = tests.read(path)
                message = message.replace(f"{folder}/", "")
            spent = resource.getrusage(resource.RUSAGE_CHILDREN)
            own = tests.peak_megabytes(os.getpid())
            what = message[:150] if outcome == "refused" else f"{len(message):,} characters"
            good = wanted in (outcome, "either") and tests.CANARY not in message
            good = good and seconds < tests.SECONDS and child < tests.MEGABYTES
            cpu = f"{spent.ru_utime + spent.ru_stime:.1f}"
            row = [
                each,
                outcome,
                f"{seconds:.1f}",
                cpu,
                str(child),
                str(own),
                what.replace("|", "¦"),
            ]
            print("| " + " | ".join([*row, "" if good else "WRONG"]) + " |", flush=True)


def serve() -> None:
    """Drop the files on one page, one after another, and print how long its answers took meanwhile."""
    tests = _tests()
    waits: list[float] = []
    n_files = 0
    with tempfile.TemporaryDirectory() as folder:
        server = tests.Server(Path(folder))
        try:
            for name, maker, _ in tests.FILES:
                data = maker(str(Path(folder, "canary")))
                if len(data) <= MAX_UPLOAD:
                    note, asked = tests.uploaded(server, [(name, data)])
                    n_files, waits = n_files + 1, waits + asked
                    print(
                        f"{name}: {max(asked):.1f} s {' '.join(_TAG.sub(' ', note).split())[:120]}"
                    )
            megabytes = tests.peak_megabytes(server.process.pid)
        finally:
            server.stop()
    print(
        f"{n_files} files; {len(waits)} questions meanwhile, all answered rightly, the slowest in "
        f"{max(waits):.1f} s; the server took {megabytes} MB at most"
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["--server"]:
        serve()
        sys.exit()
    if len(sys.argv) == 1:
        print(
            "| file | outcome | s | child's processor s | child MB | own MB | message or text | |\n"
            + "| --- " * 8
            + "|"
        )
    main(*sys.argv[1:])
