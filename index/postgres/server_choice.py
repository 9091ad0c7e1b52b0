"""Chosen articles of a library on servers, and the candidates among their passages.

A server only finds the nearest passages and the sentences with words of a question. They are scored
here, as in any other store, with counts of all servers together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from index.article_rows import no_article
from index.errors import ServerError
from index.filter import ArticleFilter
from index.library.record import PASSAGE_ROW, make_passages
from index.postgres import vector_codec
from index.postgres.filter_sql import condition_of
from index.postgres.server_articles import ServerArticles
from index.postgres.shard import Shard
from index.postgres.shard_search import Looked, PassageSentence, ShardSearch, WithWords
from index.postgres.word_scores import WordScores
from index.store import Candidates
from index.text.tokens import words
from index.types import Article, Passage, Vectors

if TYPE_CHECKING:
    from index.postgres.shards import Shards

_SECONDS = 10.0  # for which it is cached whether the articles have a word
_N_STEMS = 50_000


class Key(NamedTuple):
    """A passage of a library: its shard, its article's key there, and its number in the article."""

    shard: int
    article: int
    number: int


class ServerChoice:
    """Chosen articles of a library on servers, or all; each question sees what is there by then."""

    def __init__(
        self, shards: Shards, articles: ServerArticles, within: ArticleFilter | None
    ) -> None:
        """Take the shards, the articles read from them, and a filter; None chooses all.

        Raises:
            ArticleQAError: no article fits.
        """
        self._shards, self._articles = shards, articles
        self._condition = condition_of(within)
        self._n_passages: dict[int, int] = {}
        self._stems: dict[str, tuple[float, bool]] = {}
        if within:
            counted = shards.each(self._count)
            self._n_passages = {number: n for number, (_, n) in counted.items()}
            if not sum(n for n, _ in counted.values()):
                raise no_article(within, len(articles))

    def _count(self, shard: Shard) -> tuple[int, int]:
        """Return how many articles of a shard are chosen, and how many passages these have."""
        sql = (
            "SELECT count(*), coalesce(sum(n_passages), 0)::bigint FROM articles a "
            f"WHERE {self._condition.of_articles()}"
        )
        n_articles, n_passages = shard.rows(sql, self._condition.values)[0]
        return n_articles, n_passages

    @property
    def n_articles(self) -> int:
        """How many there are."""
        if not self._condition.sql:
            return len(self._articles)
        return sum(n for n, _ in self._shards.each(self._count).values())

    def first_articles(self, most: int) -> list[Article]:
        """Return the first ``most`` of them, in order."""
        own = self._condition
        sql = f"SELECT a.key FROM articles a WHERE {own.of_articles()} ORDER BY 1 LIMIT %s"
        by_shard = self._shards.each(lambda shard: shard.rows(sql, [*own.values, most]))
        keys = sorted((key, number) for number, rows in by_shard.items() for (key,) in rows)[:most]
        read = self._articles.read([(number, key) for key, number in keys])
        return [article for key, number in keys if (article := read.get((number, key)))]

    def has_article(self, article_id: str) -> bool:
        """Return whether the article of an id is one of them."""
        own = self._condition
        sql = f"SELECT FROM articles a WHERE a.id = %s AND {own.of_articles()}"
        return bool(self._shards.shard_of(article_id).rows(sql, [article_id, *own.values]))

    def has_stem(self, stem: str) -> bool:
        """Return whether one of their sentences has a word of a stem, now or some seconds ago."""
        known = self._stems.get(stem)
        if known and monotonic() - known[0] < _SECONDS:
            return known[1]
        has = any(bool(rows[0][0]) for rows in self._shards.each(self._stem_query(stem)).values())
        if len(self._stems) >= _N_STEMS:
            self._stems.clear()
        self._stems[stem] = monotonic(), has
        return has

    def _stem_query(self, stem: str) -> Any:
        values = [stem, *self._condition.values]
        if not self._condition.sql:
            sql = "SELECT sum(n) > 0 FROM frequencies WHERE stem = %s"
        else:
            sql = (
                "SELECT EXISTS (SELECT FROM sentences s WHERE string_to_array(s.stems, ' ') @> "
                f"ARRAY[%s::text] {self._condition.of_rows('s')})"
            )
        return lambda shard: shard.rows(sql, values)

    def candidates(
        self, questions: Sequence[str], query_vectors: Vectors, n: int
    ) -> Iterator[Candidates]:
        """Yield for each question the ``n`` nearest of their passages and the ``n`` best by words."""
        for question, vector in zip(questions, query_vectors, strict=True):
            stems = list(dict.fromkeys(words(question)))
            query = vector_codec.encode_query(vector)
            looked = self._shards.each(
                lambda shard: self._search(shard).look(stems, query, n)  # noqa: B023 - done at once
            )
            nearest = sorted(
                (near.distance, Key(number, near.article, near.number))
                for number, of_shard in looked.items()
                for near in of_shard.nearest
            )
            scores = _word_scores(stems, looked.values())
            keys = dict.fromkeys(key for _, key in nearest[:n])
            keys.update(dict.fromkeys(self._with_words(scores, looked, n)))
            yield self._candidates(sorted(keys), scores, vector, query)

    def _search(self, shard: Shard) -> ShardSearch:
        n_passages = self._n_passages.get(shard.number)
        return ShardSearch(
            shard,
            self._shards.facts.dim,
            self._condition,
            n_passages,
            n_shards=self._shards.n_shards,
        )

    def _with_words(self, scores: WordScores, looked: dict[int, Looked], n: int) -> list[Key]:
        """Return the passages with the best sentences by their words, best first.

        Where fewer than ``n`` have any of the words, the first other passages follow.
        """

        def find(shard: Shard) -> list[WithWords]:
            of_shard = looked.get(shard.number)  # None for a shard that was out of reach before
            return self._search(shard).with_words(of_shard) if of_shard else []

        sentences = [
            (number, row) for number, rows in self._shards.each(find).items() for row in rows
        ]
        of_each = scores.of(
            [row.n_words for _, row in sentences], [row.stems for _, row in sentences]
        )
        passages: dict[Key, None] = {}
        for i in np.argsort(-of_each, kind="stable"):
            shard, row = sentences[i]
            for number in range(row.first, row.end):
                passages.setdefault(Key(shard, row.article, number))
            if len(passages) >= n:
                break
        best = list(passages)[:n]
        return best if len(best) == n else self._filled(best, n)

    def _filled(self, best: Sequence[Key], n: int) -> list[Key]:
        by_shard = self._shards.each(lambda shard: self._search(shard).first(n))
        others = sorted(Key(number, *row) for number, rows in by_shard.items() for row in rows)[:n]
        fill = [key for key in others if key not in set(best)]
        return [*best, *fill[: n - len(best)]]

    def _candidates(
        self, keys: Sequence[Key], scores: WordScores, vector: Vectors, query: str
    ) -> Candidates:
        """Return the candidates of some keys, sorted; those that were removed since are left out."""

        def read(shard: Shard) -> list[PassageSentence]:
            own = [(key.article, key.number) for key in keys if key.shard == shard.number]
            return self._search(shard).read(own, query)

        rows = [(number, row) for number, each in self._shards.each(read).items() for row in each]
        if not rows:
            raise ServerError(
                str(self._shards.servers), "holds no article", "add some with `index`"
            )
        starts = _starts((number, row.article, row.number) for number, row in rows)
        passages = [rows[start] for start in starts]
        data = b"".join(row.vector for _, row in rows)
        return Candidates(
            np.array([row.cosine for _, row in passages], dtype=np.float32),
            vector_codec.decode_sentences(data, self._shards.facts.dim) @ vector,
            scores.of([row.n_words for _, row in rows], [row.stems for _, row in rows]),
            np.array(starts, dtype=np.int64),
            np.array([*starts[1:], len(rows)], dtype=np.int64),
            lambda numbers: self._read([passages[number] for number in numbers]),
        )

    def _read(
        self, passages: Sequence[tuple[int, PassageSentence]]
    ) -> list[tuple[Article, Passage] | None]:
        read = self._articles.read([(number, row.article) for number, row in passages])
        pairs: list[tuple[Article, Passage] | None] = []
        for number, row in passages:
            article = read.get((number, row.article))
            if article is None:
                pairs.append(None)
                continue
            (passage,) = make_passages(article, np.array([(row.first, row.end)], dtype=PASSAGE_ROW))
            pairs.append((article, passage))
        return pairs


def _word_scores(stems: Sequence[str], looked: Iterable[Looked]) -> WordScores:
    """Return what scores sentences by the words of a question, as all shards together count them."""
    n_texts = n_words = 0
    n_with = dict.fromkeys(stems, 0)
    for of_shard in looked:
        n_texts += of_shard.totals.n_filled
        n_words += of_shard.totals.n_words
        for stem, n in of_shard.counts.items():
            n_with[stem] += n
    return WordScores(n_texts, n_words / max(n_texts, 1), n_with)


def _starts(keys: Iterable[tuple[int, int, int]]) -> list[int]:
    """Return where each run of equal keys starts."""
    starts: list[int] = []
    last = None
    for i, key in enumerate(keys):
        if key != last:
            starts.append(i)
            last = key
    return starts
