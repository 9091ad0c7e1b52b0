"""Add articles on disks of every size from one page too small to enough; needs root, for tmpfs.

python bench/faults/full_disk.py [--sizes 50]
"""

from __future__ import annotations

import argparse
import gc
import subprocess
from collections import Counter

from library_faults import Trial, one_line

from index import IndexFolderError

PAGE = 4096


def main() -> None:
    """Run the sizes and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, default=50)
    options = parser.parse_args()
    trial = Trial()
    disk = trial.root / "disk"
    disk.mkdir()
    seen: Counter[str] = Counter()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], check=True)
    try:
        folder = trial.fresh("library", disk)
        used = _used(disk)
        trial.grow(folder)
        gc.collect()
        # Old and new files are there at the same time, and SQLite's journal besides.
        enough = 2 * _used(disk)
        for number in range(options.sizes):
            folder = trial.fresh("library", disk)
            gc.collect()  # what is still mapped takes room
            size = used + PAGE + (enough - used) * number // (options.sizes - 1)
            _resize(disk, size // PAGE * PAGE)
            try:
                trial.grow(folder)
                seen["was enough"] += 1
            except IndexFolderError as error:
                one_line(error)
                seen["error said"] += 1
            _resize(disk, 64_000_000)
            seen["opened " + trial.check(folder)] += 1
    finally:
        subprocess.run(["umount", "--lazy", disk], check=False)
        trial.close()
    print(f"{options.sizes} sizes from {used + PAGE} to {enough + PAGE} bytes: {dict(seen)}")


def _used(disk) -> int:
    listed = subprocess.run(
        ["df", "--output=used", "-B1", disk], capture_output=True, text=True, check=True
    )
    return int(listed.stdout.split()[1])


def _resize(disk, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


if __name__ == "__main__":
    main()
