"""The page over a library: articles read, and processor time, at its start and for a question.

    python bench/page_library.py [--articles 1200]

The library holds sentences of made-up words, 30 in each article, with random vectors; search alone
answers. Prints JSON: for each step how often an article was read, and milliseconds of the processor.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from index import Article, ArticleIndex
from index.library.stored_articles import StoredArticles
from qa import ArticleQA, Settings
from qa.page.articles import ArticlesPane
from qa.page.chat import ChatPane
from qa.page.messages import OpenMessage, QuestionMessage
from qa.page.service import Service
from qa.page.session import Session
from qa.readers.search_reader import SentenceReader

N_SENTENCES = 30


class RandomEncoder:
    """Random unit vectors: what is measured does not depend on them."""

    name = fingerprint = "random"
    dim, max_tokens = 384, 256

    def encode_passages(self, texts: Any) -> Any:
        """Return float32 unit rows, the same ones each time."""
        vectors = np.random.default_rng(1).standard_normal((len(texts), self.dim), dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    encode_questions = encode_passages

    def count_tokens(self, texts: Any) -> list[int]:
        """Return the number of words of each text."""
        return [len(text.split()) for text in texts]


class CountedArticles:
    """Counts how often an article is read from a library."""

    def __init__(self) -> None:
        self.n_reads, read = 0, StoredArticles.__getitem__

        def counted(articles: StoredArticles, number: Any) -> Any:
            self.n_reads += isinstance(number, int)
            return read(articles, number)

        StoredArticles.__getitem__ = counted  # type: ignore[assignment, method-assign]

    def measure(self, step: Callable[[], Any], n_times: int = 1) -> dict[str, float]:
        """Return the reads of one call of a step, and the median of its processor times."""
        times = []
        for _ in range(n_times):
            self.n_reads, began = 0, time.process_time()
            step()
            times.append(1000 * (time.process_time() - began))
        return {"reads": self.n_reads, "cpu_ms": round(median(times), 1)}


def made_up(n_articles: int) -> list[Article]:
    """Return articles of made-up words, the same ones each time."""
    dice = random.Random(1)
    syllables = "ka lo mi ren tas vor del sun bry nek oda fir gul hem".split()
    words = ["".join(dice.choices(syllables, k=dice.choice((2, 3)))) for _ in range(4000)]
    return [
        Article.from_text(
            "\n\n".join(
                f"{' '.join(dice.choices(words, k=12)).capitalize()}." for _ in range(N_SENTENCES)
            ),
            title=f"Article {number}",
            language="en",
        )
        for number in range(n_articles)
    ]


def main() -> None:
    """Make a library, open the page over it, ask."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--articles", type=int, default=1200)
    articles, encoder = made_up(parser.parse_args().articles), RandomEncoder()
    question = " ".join(articles[len(articles) // 2].sentences[4].text.split()[:6])
    with TemporaryDirectory() as folder:
        ArticleIndex.build(articles, encoder).save(Path(folder, "library"))
        loaded = ArticleIndex.load(Path(folder, "library"), encoder)
        engine: Future[ArticleQA] = Future()
        engine.set_result(ArticleQA(loaded, Settings(reader=SentenceReader(), threshold=0.0)))
        counted, service = CountedArticles(), Service(loaded.articles, engine)
        pane, chat = ArticlesPane(service), ChatPane(service, Path("/dev/null"))
        message = QuestionMessage(
            question=question, picked=service.corpus.ids, threshold=0.0, max_citations=3
        )
        report = {
            "sentences": loaded.n_sentences,
            "page shown": counted.measure(lambda: pane.show(Session())),
            "session opened": counted.measure(lambda: list(pane.open(OpenMessage(), Session()))),
            "first question": counted.measure(lambda: list(chat.ask(message, Session()))),
            "engine.ask": counted.measure(lambda: engine.result().ask(question), 30),
            "question on the page": counted.measure(lambda: list(chat.ask(message, Session())), 30),
        }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
