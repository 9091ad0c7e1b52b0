"""Fit the confidence of qa/readers/search_reader.py and choose the default threshold of qa/article_qa.py.

    python bench/scorer.py DATA_FOLDER    # holds train/squad2_12_dev_articles.jsonl.gz

The twelve SQuAD 2.0 articles set aside for training are put together from their paragraphs and
asked all their questions, answerable and not. A logistic regression learns whether the article
answers the question and the best sentence says so. Each article is judged by a regression that
has not seen it. Printed: the weights, the area under the ROC curve for answerable against
unanswerable, and for each threshold the shares declined. The last line is all of it as JSON.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from index import Article, ArticleIndex, SentenceTransformerEncoder
from qa.readers.search_reader import features, ranked
from qa.retriever import Retriever
from qa.settings import TOP_K


def examples(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return features, whether right, whether answerable and the article's number, of each question."""
    rows: dict[str, list[dict]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            rows[row["title"]].append(row)
    encoder = SentenceTransformerEncoder()
    table = []
    for number, (title, asked) in enumerate(sorted(rows.items())):
        contexts = list(dict.fromkeys(r["context"] for r in asked))
        starts = dict(zip(contexts, np.cumsum([0] + [len(c) + 2 for c in contexts]), strict=False))
        article = Article.from_text("\n\n".join(contexts), title=title)
        retriever = Retriever(ArticleIndex.build([article], encoder))
        for row, hits in zip(
            asked, retriever.retrieve([r["question"] for r in asked], TOP_K), strict=True
        ):
            hit, best = ranked(hits)[0]
            gold = [starts[row["context"]] + a["start"] for a in row["answers"]]
            right = any(best.sentence.start <= g < best.sentence.end for g in gold)
            table.append((list(features(hit, best).values()), right, bool(gold), number))
        print(f"{number + 1}/{len(rows)} {title}", file=sys.stderr)
    return tuple(np.array(column) for column in zip(*table, strict=True))


def main() -> None:
    """Fit, judge and print."""
    if len(sys.argv) != 2:
        sys.exit("scorer needs the data folder, got none")
    values, right, answerable, article = examples(
        Path(sys.argv[1]) / "train/squad2_12_dev_articles.jsonl.gz"
    )
    unseen = np.empty(len(values))
    for number in set(article):
        model = LogisticRegression(C=100.0).fit(values[article != number], right[article != number])
        unseen[article == number] = model.predict_proba(values[article == number])[:, 1]
    model = LogisticRegression(C=100.0).fit(values, right)
    names = ("dense", "lexical", "passage_dense", "passage_lexical")
    report = {
        "questions": len(values),
        "intercept": round(float(model.intercept_[0]), 3),
        "weights": {n: round(float(w), 3) for n, w in zip(names, model.coef_[0], strict=True)},
        "auc_answerable": round(float(roc_auc_score(answerable, unseen)), 4),
        "auc_dense_only": round(float(roc_auc_score(answerable, values[:, 0])), 4),
        "thresholds": {
            f"{t:.2f}": {
                "unanswerable_declined": round(float((unseen < t)[~answerable].mean()), 4),
                "answerable_declined": round(float((unseen < t)[answerable].mean()), 4),
            }
            for t in np.arange(0.1, 0.6, 0.05)
        },
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
