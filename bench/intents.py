"""Measure qa/understanding/intent.py.

    python bench/intents.py DATA_FOLDER    # holds train/ and dev/written

Of the phrases in intents.json, half were for development and half were held back: how many are
taken for what they are. Of all questions of the data, each once: how many are taken for something
else than an ordinary question, and how many for a wish to know all about a topic. Those that are wishes all
the same ("Sum up the report in a line") are not left out of the count.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from qa.understanding.intent import intent_of
from qa.understanding.topic import topic_of


def questions(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield each question of the data, and whether nothing was asked before it."""
    for path in sorted([*folder.glob("train/**/*.jsonl.gz"), *folder.glob("dev/written/*.jsonl")]):
        data = path.read_bytes()
        for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
            row = json.loads(line)
            for each in row.get("questions", [row]):
                if "follow_up" in each:
                    yield each["follow_up"], False
                elif "question" in each:
                    yield each["question"], not each.get("history")


def main() -> None:
    """Print the figures."""
    phrases = json.loads(Path(__file__).with_name("intents.json").read_text(encoding="utf-8"))
    for half in ("dev", "held"):
        asked, right = Counter[str](), Counter[str]()
        for phrase in phrases:
            if phrase["half"] == half:
                asked[phrase["intent"]] += 1
                right[phrase["intent"]] += (
                    intent_of(phrase["text"], is_first=True) == phrase["intent"]
                )
        print(half, {intent: f"{right[intent]}/{n}" for intent, n in asked.items()})
    first = dict(questions(Path(sys.argv[1])))
    taken = [q for q, is_first in first.items() if intent_of(q, is_first=is_first) != "question"]
    print(f"taken for no ordinary question: {len(taken)} of {len(first)}")
    print("\n".join(taken[:20]))
    left = {q: is_first for q, is_first in first.items() if q not in taken}
    topics = [q for q, is_first in left.items() if topic_of(q, is_first=is_first)]
    print(f"taken for a wish to know all about a topic: {len(topics)} of {len(first)}")
    print("\n".join(topics[:20]))


if __name__ == "__main__":
    main()
