"""Measure qa/understanding/spelling.py: python bench/spelling.py DATA, the folder of train/.

Asks questions over whole SQuAD articles. Counts how often one is changed, as it is and asked of
another article, and how often to a word for one that Wikipedia text of another article uses, so
that it was right; and how often a typing mistake in a name or in another content word is mended.
The last line is all of it as JSON.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from index import Article, folded_words, words
from qa.understanding.spelling import Speller

ARTICLES = ("squad2_12_dev_articles", "squad_train_44_articles")
WORD = re.compile(r"[^\W\d_]{3,}")


def rows_of(path: Path) -> Iterator[dict]:
    """Return the rows of a gzip JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def folded(word: str) -> str:
    """Return a word without case and accents."""
    return " ".join(folded_words(word))


def mistyped(word: str, chance: random.Random) -> str:
    """Return a word with a letter dropped, swapped with the next, doubled or replaced."""
    i = chance.randrange(len(word) - 1)
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    return chance.choice(
        [
            word[:i] + word[i + 1 :],
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            word[:i] + word[i] + word[i:],
            word[:i] + (letter.upper() if word[i].isupper() else letter) + word[i + 1 :],
        ]
    )


def spelling(path: Path) -> dict[str, float]:
    """Return how often questions over the articles of a file are changed and mended."""
    chance = random.Random(0)
    asked: dict[str, list[dict]] = defaultdict(list)
    for row in rows_of(path):
        asked[row["title"]].append(row)
    texts = {t: "\n\n".join(dict.fromkeys(r["context"] for r in rs)) for t, rs in asked.items()}
    articles = {title: Article.from_text(text, title=title) for title, text in texts.items()}
    used = {t: {folded(w) for w in WORD.findall(text)} for t, text in texts.items()}
    n_using = Counter(word for vocabulary in used.values() for word in vocabulary)
    Speller.of(list(articles.values())[:1]).correct("Qxq")  # reads the vocabulary, once
    count: Counter[str] = Counter()
    building = asking = 0.0
    spellers = {}
    for title, article in articles.items():
        start = time.process_time()
        spellers[title] = Speller.of([article])
        building = max(building, time.process_time() - start)
    for title, rows in asked.items():
        others = [t for t in articles if t != title]
        for question in (r["question"] for r in rows):
            count["questions"] += 1
            start = time.process_time()
            changes = spellers[title].correct(question).changes
            asking += time.process_time() - start
            count["changed"] += bool(changes)
            count["right word changed"] += any(n_using[folded(old)] for old, _ in changes)
            for old, new in changes:
                print(f"{title[:16]:16} {old} -> {new}", file=sys.stderr)
            changes = spellers[chance.choice(others)].correct(question).changes
            count["unrelated changed"] += bool(changes)
            count["unrelated right word changed"] += any(n_using[folded(old)] for old, _ in changes)
            count_mistakes(spellers[title], question, used[title], chance, count)
    return {
        **{k: round(count[k] / count["questions"], 4) for k in count if k.endswith("changed")},
        **{
            f"{kind} {k}": round(count[f"{kind} {k}"] / count[kind], 4)
            for kind in ("name", "word")
            for k in ("mended", "mended wrong")
        },
        "questions": count["questions"],
        "building_ms_at_most": round(building * 1000, 1),
        "ms_a_question": round(asking / count["questions"] * 1000, 3),
    }


def count_mistakes(
    speller: Speller, question: str, used: set[str], chance: random.Random, count: Counter[str]
) -> None:
    """Count whether a mistake in a name and one in another word of a question are mended."""
    known = [m for m in WORD.finditer(question) if len(m[0]) > 3 and folded(m[0]) in used]
    for kind in ("name", "word"):
        fitting = [
            m
            for m in known
            if words(m[0])
            and m[0][0].isupper() == (kind == "name")
            and (m.start() or kind == "word")
        ]
        if not fitting:
            continue
        match = chance.choice(fitting)
        wrong = mistyped(match[0], chance)
        if wrong == match[0]:
            continue
        text = question[: match.start()] + wrong + question[match.end() :]
        replacement = dict(speller.correct(text).changes).get(wrong)
        count[kind] += 1
        if replacement:
            mended = words(replacement) == words(match[0])
            count[f"{kind} {'mended' if mended else 'mended wrong'}"] += 1


def main() -> None:
    """Measure and print."""
    if len(sys.argv) != 2:
        sys.exit("spelling needs the data folder, got none")
    folder = Path(sys.argv[1]) / "train"
    report = {name: spelling(folder / f"{name}.jsonl.gz") for name in ARTICLES}
    for name, figures in report.items():
        print(f"{name}: {figures}")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
