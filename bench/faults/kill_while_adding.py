"""Kill a process that adds articles at random moments; the library must be the old or the new one.

python bench/faults/kill_while_adding.py [--tries 200] [--seed 0]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import time
from collections import Counter

from library_faults import Trial


def main() -> None:
    """Run the tries and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    trial = Trial()
    start = time.perf_counter()
    trial.grow(trial.fresh("timed"))
    takes = time.perf_counter() - start
    seen: Counter[str] = Counter()
    while seen["killed"] < options.tries:
        folder = trial.fresh("killed")
        moment = chance.uniform(0, 1.2 * takes)
        child = os.fork()
        if child == 0:
            trial.grow(folder)
            os._exit(0)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        seen["killed" if os.WIFSIGNALED(status) else "had finished"] += 1
        seen["journal left" if (folder / "library.db-journal").exists() else "no journal"] += 1
        seen["opened " + trial.check(folder)] += 1
    trial.close()
    print(f"{options.tries} kills: {dict(seen)}; ten answers identical each time")


if __name__ == "__main__":
    main()
