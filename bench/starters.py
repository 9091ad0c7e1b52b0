"""The starters of some texts, and what "Ask about it" offers of their sentences, to be read one by one.

    python bench/starters.py TEXTS.jsonl[.gz] [--texts 20] [--seed 1] [--first 0] [--by-hash] [--reader small]

TEXTS has a ``title`` and a ``text`` a line, as the written texts of the shared data. Some are drawn,
and each question that the page would show is printed with its short answer and its sentence; a star
marks a starter. Starters that ask what is said about something come last, with all their sentences. Whether a question is natural, its answer right and its sentence the one that says so
is for a reader to judge.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from index import Article
from qa import ArticleQA, Settings
from qa.suggestions import ABOUT_THE_ARTICLE, N_STARTERS, questions_about, starter_questions


def texts(path: Path, seed: int | None) -> list[Article]:
    """Return the articles of a file, shuffled, or by the SHA-256 of their ids where ``seed`` is None."""
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
    rows = [json.loads(line) for line in lines]
    if seed is None:
        rows.sort(key=lambda row: hashlib.sha256(row["id"].encode()).hexdigest())
    else:
        random.Random(seed).shuffle(rows)
    return [Article.from_text(row["text"], title=row["title"], language="en") for row in rows]


def shown(engine: ArticleQA, starters: tuple[str, ...]) -> Iterator[tuple[str, bool, int]]:
    """Yield each question that the page shows of an article, whether it is a starter, its sentence."""
    (article,) = engine.articles
    for sentence in article.sentences:
        for question in questions_about(engine, article, sentence.number):
            yield question, question in starters, sentence.number


def main() -> None:
    """Print the questions and how many there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--texts", type=int, default=20, dest="n", help="how many are drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--by-hash", action="store_true", help="drawn by the hash of their ids")
    parser.add_argument("--first", type=int, default=0, help="how many drawn ones are left out")
    parser.add_argument("--reader")
    given = parser.parse_args()
    articles = texts(given.texts, None if given.by_hash else given.seed)
    counts: Counter[str] = Counter()
    for article in articles[given.first : given.first + given.n]:
        print(f"\n# {article.title}", flush=True)
        engine = ArticleQA.from_articles([article], Settings(reader=given.reader))
        starters = starter_questions(engine)
        several = list(shown(engine, starters))
        for question, is_starter, number in several:
            answer = engine.ask(question)
            print(f"{'*' if is_starter else ' '} {question}\n    {answer.short_answer}")
            print(f"    {' '.join(article.sentences[number].text.split())}", flush=True)
        counts["questions"] += len(several)
        counts["starters"] += sum(is_starter for _, is_starter, _ in several)
        facts = {question for question, _, _ in several}
        for question in (each for each in starters if each not in facts):
            print(f"* {question}\n    {engine.ask(question).text}", flush=True)
        counts["topics"] += len(set(starters) - facts - set(ABOUT_THE_ARTICLE))
        counts["texts with four"] += len(starters) == N_STARTERS
        own = [question for question in starters if question not in ABOUT_THE_ARTICLE]
        counts["texts with four of their own"] += len(own) == N_STARTERS
        counts["texts with a starter"] += any(is_starter for _, is_starter, _ in several)
    print("\n" + ", ".join(f"{n} {what}" for what, n in counts.items()))


if __name__ == "__main__":
    main()
