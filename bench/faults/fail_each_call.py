"""Fail every write, fsync, rename, mkdir and unlink in turn while articles are added.

In Python's calls, by replacing the functions of os; with --strace also in those of SQLite, by
strace's fault injection, one run of the process for each call.

python bench/faults/fail_each_call.py [--strace] [--every 1]
"""

from __future__ import annotations

import argparse
import errno
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Self

from library_faults import Trial, articles, grow, one_line

from index import IndexFolderError

CALLS = ("write", "fsync", "replace", "rename", "mkdir", "unlink", "open")
SYSTEM_CALLS = ("fsync", "fdatasync", "rename", "ftruncate", "unlink", "write", "pwrite64")


class Failing:
    """A function of os of which the n-th call fails."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.left = name, number
        self.kept = getattr(os, name)

    def __enter__(self) -> Self:
        setattr(os, self.name, self._call)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(os, self.name, self.kept)

    def _call(self, *args, **kwargs):
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.kept(*args, **kwargs)


def in_python(trial: Trial, every: int) -> None:
    """Fail each call of os in turn, one kind after the other."""
    seen: Counter[str] = Counter()
    for call in CALLS:
        for number in range(1, 100_000, every):
            folder = trial.fresh("failing")
            with Failing(call, number) as failing:
                try:
                    trial.grow(folder)
                    told = False
                except IndexFolderError as error:
                    one_line(error)
                    told = True
            if failing.left > 0:
                break
            seen[f"{call} failed"] += 1
            seen["error said" if told else "did not matter"] += 1
            seen["opened " + trial.check(folder)] += 1
    print(f"os functions: {dict(seen)}; ten answers identical each time")


def in_system(trial: Trial, every: int) -> None:
    """Fail each system call on the library's files in turn, one kind after the other."""
    seen: Counter[str] = Counter()
    for call in SYSTEM_CALLS:
        for number in range(1, 100_000, every):
            folder = trial.fresh("failing")
            told = _fail_system_call(trial, folder, call, number)
            if told is None:
                break
            seen[f"{call} failed"] += 1
            seen["error said" if told else "did not matter"] += 1
            seen["opened " + trial.check(folder)] += 1
        print(f"{call}: so far {dict(seen)}", flush=True)
    print(f"system calls: {dict(seen)}; ten answers identical each time")


def _fail_system_call(trial: Trial, folder: Path, call: str, number: int) -> bool | None:
    """Add articles while one call fails; return whether an error was said, or None without it."""
    names = ("library.db", "library.db-journal", "manifest.json", "lock")
    paths = [folder, *(folder / name for name in names), *folder.glob("records-*")]
    command = ["strace", "-f", "-qq", "-o", str(trial.root / "trace")]
    command += [part for path in paths for part in ("-P", str(path))]
    command += ["-e", f"trace={call}", "-e", f"inject={call}:error=ENOSPC:when={number}"]
    done = subprocess.run(
        [*command, sys.executable, "-B", __file__, "--child", str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "INJECTED" not in (trial.root / "trace").read_text():
        return None
    if done.returncode not in (0, 2) or done.stderr.count("\n") > 1:
        raise SystemExit(f"{call} {number}: {done.stderr}")
    return done.returncode == 2


def child(folder: Path) -> None:
    """Add the ten articles, as the process that strace runs."""
    try:
        grow(folder, articles(10, 20))
    except IndexFolderError as error:
        sys.exit(_told(error))


def _told(error: IndexFolderError) -> int:
    print(one_line(error), file=sys.stderr)
    return 2


def main() -> None:
    """Run what the options say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strace", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    trial = Trial()
    if options.strace:
        in_system(trial, options.every)
    else:
        in_python(trial, options.every)
    trial.close()


if __name__ == "__main__":
    main()
