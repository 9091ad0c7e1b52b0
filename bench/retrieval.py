"""Retrieval measured on whole articles: the choices in qa/retriever.py, index/passages.py and BM25.

    python bench/retrieval.py DATA_FOLDER    # holds dev/squad2/squad2_4_articles.json

Each article of SQuAD 2.0 development data is put together from its paragraphs; its answerable
questions are asked of the whole article. Printed for each choice: how often the first sentence
holds an answer (hit@1), the mean reciprocal rank of the first that does, and how often one of the
first three and five passages does. The last line is all of it as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import index.article_index as article_index_module
import index.search.bm25 as lexical_module
from index import Article, ArticleIndex, SentenceTransformerEncoder
from index.passages import split_passages
from qa.readers.search_reader import ranked
from qa.retriever import Retriever
from qa.types import Hit


@dataclass(frozen=True)
class Asked:
    """A question and the numbers of the sentences that hold an answer."""

    question: str
    gold: frozenset[int]


class ReciprocalRankRetriever(Retriever):
    """Fuses by reciprocal rank instead. Source: Cormack, Clarke and Buettcher, 2009, k = 60."""

    def fuse(self, dense: np.ndarray, lexical: np.ndarray) -> np.ndarray:
        """Return the mean of both reciprocal ranks, scaled to 1 for the first."""
        ranks = [np.argsort(np.argsort(-scores, kind="stable")) for scores in (dense, lexical)]
        return np.asarray(sum(61 / (61 + rank) for rank in ranks) / 2, dtype=np.float32)


def load(path: Path) -> Iterator[tuple[Article, list[Asked]]]:
    """Yield each article of a SQuAD file with its answerable questions."""
    for entry in json.loads(path.read_text(encoding="utf-8"))["data"]:
        text, asked = "", []
        for paragraph in entry["paragraphs"]:
            start = len(text)
            text += paragraph["context"] + "\n\n"
            for question in paragraph["qas"]:
                starts = {start + a["answer_start"] for a in question["answers"]}
                if not question.get("is_impossible") and starts:
                    asked.append((question["question"], starts))
        article = Article.from_text(text, title=entry["title"].replace("_", " "))
        yield article, [Asked(q, _gold(article, starts)) for q, starts in asked]


def _gold(article: Article, starts: set[int]) -> frozenset[int]:
    return frozenset(
        s.number for s in article.sentences if any(s.start <= a < s.end for a in starts)
    )


def measure(results: list[tuple[Asked, tuple[Hit, ...]]]) -> dict[str, float]:
    """Return the figures of one choice."""
    rows = []
    for asked, hits in results:
        order = [s.sentence.number in asked.gold for _, s in ranked(hits[:5])]
        found = [any(s.sentence.number in asked.gold for s in hit.sentences) for hit in hits]
        first = order.index(True) if any(order) else None
        rows.append(
            (first == 0, 0.0 if first is None else 1 / (1 + first), any(found[:3]), any(found[:5]))
        )
    names = ("hit@1", "mrr", "passage_hit@3", "passage_hit@5")
    return {n: round(float(v), 4) for n, v in zip(names, np.mean(rows, axis=0), strict=True)}


def main() -> None:
    """Measure every choice on every article."""
    if len(sys.argv) != 2:
        sys.exit("retrieval needs the data folder, got none")
    articles = list(load(Path(sys.argv[1]) / "dev/squad2/squad2_4_articles.json"))
    encoder = SentenceTransformerEncoder()
    table: dict[str, dict[str, float]] = {}

    def run(name: str, make: type[Retriever] = Retriever, **attributes: float) -> None:
        results = []
        for built, asked in indexes:
            retriever = make(built)
            vars(retriever).update(attributes)
            hits = retriever.retrieve([a.question for a in asked], 5)
            results += list(zip(asked, hits, strict=True))
        table[name] = measure(results)
        print(f"{name:28} {table[name]}", file=sys.stderr)

    for tokens in (64, 96, 128, 192, 250):
        article_index_module.split_passages = lambda a, count, n=tokens: split_passages(
            a, count, max_tokens=n
        )
        indexes = [(ArticleIndex.build([a], encoder), asked) for a, asked in articles]
        run(f"passages of {tokens} tokens")
        if tokens == 128:
            run("dense only", dense_weight=1.0)
            run("lexical only", dense_weight=0.0)
            run("reciprocal rank", ReciprocalRankRetriever)
            for weight in (0.3, 0.4, 0.5, 0.6, 0.7):
                run(f"dense weight {weight}", dense_weight=weight)
    article_index_module.split_passages = split_passages
    for k1, b in ((1.2, 0.4), (1.2, 0.75), (1.5, 0.75)):
        lexical_module.K1, lexical_module.B = k1, b
        indexes = [(ArticleIndex.build([a], encoder), asked) for a, asked in articles]
        run(f"lexical only, k1 {k1}, b {b}", dense_weight=0.0)
    print(json.dumps({"questions": sum(len(a) for _, a in articles), "choices": table}))


if __name__ == "__main__":
    main()
