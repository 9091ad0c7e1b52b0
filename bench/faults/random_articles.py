"""Ask random articles random questions: every quote is an exact slice, every error one of ours.

python bench/faults/random_articles.py [N] [--packaged]

N is how many (10,000 unless it is said), made by hypothesis as in tests/test_read.py. They are asked
with a bag-of-words encoder and the search alone; with --packaged with the packaged models, which
takes longer.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_faults import ENCODER

from index import SentenceTransformerEncoder
from qa.models import open_reader
from qa.readers.search_reader import SentenceReader

TESTS = Path(__file__).parents[2] / "tests" / "test_read.py"


def _tests() -> Any:
    spec = importlib.util.spec_from_file_location("reading", TESTS)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{TESTS} must be there, got none")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(n: int, *, packaged: bool) -> None:
    """Ask, and tell how many articles there were."""
    warnings.simplefilter("ignore")  # of articles in other languages
    tests = _tests()
    encoder = SentenceTransformerEncoder() if packaged else ENCODER
    reader = open_reader(None) if packaged else SentenceReader()
    counts = {"asked": 0, "refused": 0}

    @settings(max_examples=n, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(text=tests.TEXTS, question=st.just("What of the bridge?") | tests.TEXTS)
    def run(text: str, question: str) -> None:
        asked = tests.check_any_article(text, question, encoder, reader)
        counts["asked" if asked else "refused"] += 1

    began = time.monotonic()
    run()
    print(f"{sum(counts.values()):,} articles in {time.monotonic() - began:.0f} s: {counts}")


if __name__ == "__main__":
    given_numbers = [int(arg) for arg in sys.argv[1:] if arg.isdecimal()]
    main(*given_numbers or [10_000], packaged="--packaged" in sys.argv)
