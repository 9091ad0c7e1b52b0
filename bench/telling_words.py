"""Find the common nouns that a question takes from its text: ``_TELLING`` of qa/understanding/common_words.py.

    python bench/telling_words.py DATA_FOLDER    # holds train/*.jsonl.gz; prints the words

A word is taken where it, or a form of it, stands in the text of nine in ten answerable questions that
have it, though not in one in ten of other paragraphs, and where it often follows an article or a
possessive. "Covered" and "much" are no such words, "moon" is one: where a text has none, the question is
of something else.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from index import words
from qa.understanding.common_words import COMMON_TO_RANK, stem_ranks
from qa.understanding.word_forms import irregular_stems

QUESTIONS = (
    "squad_train_44_articles squad_train_1000_passages squad_train_cs224n_matched quoref qed_nq_train"
    " mlqa_en_dev covidqa squad2_12_dev_articles"
).split()
PARAGRAPHS = (
    "squad_train_44_articles squad_train_1000_passages quoref qed_nq_train mlqa_en_dev".split()
)
MIN_SHARE, MAX_ELSEWHERE, MIN_NOUN = 0.9, 0.1, 0.1
PRIOR, PRIOR_WEIGHT = 0.81, 4  # the share of all common words, counted as so many questions
MIN_LETTERS = 4
BEFORE_NOUNS = frozenset("the a an this that his her its their our my your no each every".split())


@cache
def stem(word: str) -> str | None:
    """Return the stem of a word, or None of a function word."""
    stems = words(word)
    return stems[0] if len(stems) == 1 else None


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the questions of a set, each with its text."""
    with gzip.open(folder / "train" / f"{name}.jsonl.gz") as lines:
        return [json.loads(line) for line in lines]


def shares(folder: Path) -> tuple[dict[str, float], dict[str, str]]:
    """Return how often each common word of questions stands in their text, and its usual form."""
    asked: Counter[str] = Counter()
    there: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for name in QUESTIONS:
        rows = rows_of(folder, name)
        texts: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            texts[row.get("title") or row["context"]].add(row["context"])
        stems = {title: frozenset(words(" ".join((title, *t)))) for title, t in texts.items()}
        for row in rows:
            if not row.get("answers"):
                continue
            known = stems[row.get("title") or row["context"]]
            for word in set(re.findall(rf"[^\W\d_]{{{MIN_LETTERS},}}", row["question"].lower())):
                of_word = stem(word)
                if of_word is None or stem_ranks().get(of_word, COMMON_TO_RANK) >= COMMON_TO_RANK:
                    continue
                asked[of_word] += 1
                forms[of_word][word] += 1
                there[of_word] += of_word in known or not known.isdisjoint(irregular_stems(word))
    share = {s: (there[s] + PRIOR * PRIOR_WEIGHT) / (asked[s] + PRIOR_WEIGHT) for s in asked}
    return share, {s: counts.most_common(1)[0][0] for s, counts in forms.items()}


def in_paragraphs(paragraphs: Iterable[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return in which share of paragraphs each stem stands, and how often it follows an article."""
    n, elsewhere, total, as_noun = 0, Counter[str](), Counter[str](), Counter[str]()
    for paragraph in paragraphs:
        n += 1
        elsewhere.update(set(words(paragraph)))
        tokens = re.findall("[a-z]+", paragraph.lower())
        for before, word in pairwise(tokens):
            if (of_word := stem(word)) is not None:
                total[of_word] += 1
                as_noun[of_word] += before in BEFORE_NOUNS
    return {s: elsewhere[s] / n for s in elsewhere}, {s: as_noun[s] / total[s] for s in total}


def main() -> None:
    """Print the words."""
    folder = Path(sys.argv[1])
    share, forms = shares(folder)
    paragraphs = {row["context"]: None for name in PARAGRAPHS for row in rows_of(folder, name)}
    elsewhere, as_noun = in_paragraphs(paragraphs)
    chosen = [
        forms[s]
        for s in share
        if share[s] >= MIN_SHARE
        and elsewhere.get(s, 0) <= MAX_ELSEWHERE
        and as_noun.get(s, 0) >= MIN_NOUN
    ]
    print(" ".join(sorted(chosen)))


if __name__ == "__main__":
    main()
