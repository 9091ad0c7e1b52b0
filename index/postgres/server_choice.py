"""Chosen articles of a library on servers, and the candidates among their passages.

A server only finds: the nearest passages, and sentences with the words of a question. What they are
worth is reckoned here, as of any other store, with counts of all servers together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import itemgetter
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from index.errors import ServerError
from index.filter import ArticleFilter
from index.library.record import PASSAGE_ROW, make_passages
from index.postgres import vector_codec
from index.postgres.counts import Totals, read_totals
from index.postgres.filter_sql import condition_of
from index.postgres.server_articles import ServerArticles
from index.postgres.shard import Shard
from index.row_choice import no_article
from index.search.bm25 import inverse_frequency, saturation
from index.store import Candidates
from index.text.tokens import words
from index.types import Article, Passage, Vectors

if TYPE_CHECKING:
    from index.postgres.shard import Connection
    from index.postgres.shards import Shards

# So many sentences of a shard are looked at for their words, those with the rarest first. Measured
# with bench/postgres.py.
BUDGET = 2_000
# Where so many passages are chosen, or fewer, all of them are compared: exact, and some milliseconds.
N_EXACT = 10_000
_SECONDS = 10.0  # for which a word that the articles have is taken to be there
_N_STEMS = 50_000

_SENTENCES = """
SELECT s.article, s.number, s.first_passage, s.end_passage, s.n_words, s.stems
FROM sentences s WHERE ({words}) {within} LIMIT %s
"""
_ALL = """
SELECT * FROM (SELECT p.article, p.number, {distance} FROM passages p {within} OFFSET 0) AS compared
ORDER BY 3 LIMIT %s
"""
# The condition is looked at as the graph is walked, passage by passage.
_OF_CHOSEN = "WHERE (SELECT {condition} FROM articles a WHERE a.key = p.article)"
_NEAREST = """
SELECT p.article, p.number, {distance} FROM passages p {where} ORDER BY {distance} LIMIT %s
"""
_FIRST = "SELECT p.article, p.number FROM passages p {within} ORDER BY 1, 2 LIMIT %s"
_PASSAGES = """
SELECT p.article, p.number, p.first_sentence, p.end_sentence, -(p.vector::vector <#> %s::vector)
FROM unnest(%s::bigint[], %s::int[]) AS k (article, number)
JOIN passages p ON p.article = k.article AND p.number = k.number ORDER BY 1, 2
"""
# OFFSET 0 has each run of sentences looked up by its key: a plan of one join reads them all.
_OF_PASSAGES = """
SELECT s.* FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS k (article, first, "end")
CROSS JOIN LATERAL (
    SELECT article, number, n_words, stems, vector FROM sentences
    WHERE article = k.article AND number >= k.first AND number < k."end" OFFSET 0
) AS s
"""


class Key(NamedTuple):
    """A passage of a library: its shard, its article's key there, and its number in the article."""

    shard: int
    article: int
    number: int


@dataclass(frozen=True, slots=True)
class _Statistics:
    """What BM25 must know of all sentences: how many have words, how many words, and which words."""

    n_texts: int
    mean: float
    n_with: dict[str, int]

    def scores(self, stems: Sequence[str], texts: Sequence[tuple[int, str]]) -> Vectors:
        """Return the BM25 scores of sentences, given by (n_words, stems), float32 (n_texts,)."""
        idfs = [inverse_frequency(self.n_texts, self.n_with[stem]) for stem in stems]
        highest = sum(idfs)
        scores = np.zeros(len(texts), dtype=np.float32)
        if not texts:
            return scores
        halves = saturation(np.array([n_words for n_words, _ in texts]), self.mean)
        split = [text.split(" ") for _, text in texts]
        for stem, idf in zip(stems, idfs, strict=True):
            counts = np.array([each.count(stem) for each in split], dtype=np.uint16)
            scores += np.float32(idf / highest) * (counts / (counts + halves))
        return scores


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
        self._condition, self._values = condition_of(within) if within else ("", [])
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
            f"WHERE {self._condition or 'true'}"
        )
        n_articles, n_passages = shard.rows(sql, self._values)[0]
        return n_articles, n_passages

    @property
    def n_articles(self) -> int:
        """How many there are."""
        if not self._condition:
            return len(self._articles)
        return sum(n for n, _ in self._shards.each(self._count).values())

    def first_articles(self, most: int) -> list[Article]:
        """Return the first ``most`` of them, in order."""
        sql = f"SELECT a.key FROM articles a WHERE {self._condition or 'true'} ORDER BY 1 LIMIT %s"
        by_shard = self._shards.each(lambda shard: shard.rows(sql, [*self._values, most]))
        keys = sorted((key, number) for number, rows in by_shard.items() for (key,) in rows)[:most]
        read = self._articles.read([(number, key) for key, number in keys])
        return [article for key, number in keys if (article := read.get((number, key)))]

    def has_article(self, article_id: str) -> bool:
        """Return whether the article of an id is one of them."""
        sql = f"SELECT FROM articles a WHERE a.id = %s AND {self._condition or 'true'}"
        shard = self._shards.shard_of(article_id)
        return bool(shard.rows(sql, [article_id, *self._values]))

    def has_stem(self, stem: str) -> bool:
        """Return whether one of their sentences has a word of a stem, or had it some seconds ago."""
        known = self._stems.get(stem)
        if known and monotonic() - known[0] < _SECONDS:
            return known[1]
        has = any(bool(rows[0][0]) for rows in self._shards.each(self._stem_query(stem)).values())
        if len(self._stems) >= _N_STEMS:
            self._stems.clear()
        self._stems[stem] = monotonic(), has
        return has

    def _stem_query(self, stem: str) -> Any:
        values = [stem, *self._values]
        if not self._condition:
            sql = "SELECT sum(n) > 0 FROM frequencies WHERE stem = %s"
        else:
            sql = (
                "SELECT EXISTS (SELECT FROM sentences s WHERE string_to_array(s.stems, ' ') @> "
                f"ARRAY[%s::text] {self._within('s')})"
            )
        return lambda shard: shard.rows(sql, values)

    def _within(self, table: str, *, joined: str = "AND") -> str:
        """Return the condition that rows of a table are of chosen articles."""
        if not self._condition:
            return ""
        return f"{joined} {table}.article IN (SELECT a.key FROM articles a WHERE {self._condition})"

    def candidates(
        self, questions: Sequence[str], query_vectors: Vectors, n: int
    ) -> Iterator[Candidates]:
        """Yield for each question the ``n`` nearest of their passages and the ``n`` best by words."""
        for question, vector in zip(questions, query_vectors, strict=True):
            stems = list(dict.fromkeys(words(question)))
            query = vector_codec.encode_query(vector)
            statistics, own, nearest = self._look(stems, query, n)
            keys = dict.fromkeys(nearest)
            keys.update(dict.fromkeys(self._with_words(stems, statistics, own, n)))
            yield self._candidates(sorted(keys), stems, statistics, vector, query)

    def _look(
        self, stems: Sequence[str], query: str, n: int
    ) -> tuple[_Statistics, dict[int, dict[str, int]], list[Key]]:
        """Return the statistics of all shards, each one's own counts of words, the nearest passages."""

        def look(shard: Shard) -> tuple[Totals, dict[str, int], list[tuple[Any, ...]]]:
            return shard.run(lambda connection: self._look_on(connection, shard, stems, query, n))

        by_shard = self._shards.each(look)
        totals = [of_shard for of_shard, _, _ in by_shard.values()]
        own = {number: of_words for number, (_, of_words, _) in by_shard.items()}
        n_texts, n_words = sum(t.n_filled for t in totals), sum(t.n_words for t in totals)
        n_with = {stem: sum(each.get(stem, 0) for each in own.values()) for stem in stems}
        statistics = _Statistics(n_texts, n_words / max(n_texts, 1), n_with)
        nearest = sorted(
            (distance, Key(number, article, own_number))
            for number, (_, _, rows) in by_shard.items()
            for article, own_number, distance in rows
        )
        return statistics, own, [key for _, key in nearest[:n]]

    def _look_on(
        self, connection: Connection, shard: Shard, stems: Sequence[str], query: str, n: int
    ) -> tuple[Totals, dict[str, int], list[tuple[Any, ...]]]:
        cursor = connection.cursor(binary=True)
        totals = read_totals(connection)
        rows = cursor.execute(
            "SELECT stem, sum(n)::bigint FROM frequencies WHERE stem = ANY(%s) GROUP BY 1",
            [list(stems)],
        ).fetchall()
        sql, values = self._nearest_query(totals, shard, query, n)
        return totals, dict(rows), cursor.execute(sql.encode(), values).fetchall()

    def _nearest_query(
        self, totals: Totals, shard: Shard, query: str, n: int
    ) -> tuple[str, list[Any]]:
        """Return what selects the nearest passages: of few by comparing all, of many by the graph."""
        n_chosen = self._n_passages.get(shard.number, totals.n_passages)
        distance = f"p.vector <#> %s::halfvec({self._shards.facts.dim})"
        if n_chosen <= N_EXACT:
            sql = _ALL.format(distance=distance, within=self._within("p", joined="WHERE"))
            return sql, [query, *self._values, n]
        where = _OF_CHOSEN.format(condition=self._condition) if self._condition else ""
        sql = _NEAREST.format(distance=distance, where=where)
        return sql, [query, *self._values, query, n]

    def _with_words(
        self, stems: Sequence[str], statistics: _Statistics, own: dict[int, dict[str, int]], n: int
    ) -> list[Key]:
        """Return the passages with the best sentences by their words, best first.

        Where fewer than ``n`` have any of the words, the first others fill up.
        """

        def find(shard: Shard) -> list[tuple[Any, ...]]:
            counts = own.get(shard.number, {})
            return self._sentences_on(shard, [s for s in stems if counts.get(s)], counts)

        sentences = [
            (number, *row) for number, rows in self._shards.each(find).items() for row in rows
        ]
        scores = statistics.scores(stems, [(n_words, text) for *_, n_words, text in sentences])
        passages: dict[Key, None] = {}
        for i in np.argsort(-scores, kind="stable"):
            shard, article, _, first, end, _, _ = sentences[i]
            for own_number in range(first, end):
                passages.setdefault(Key(shard, article, own_number))
            if len(passages) >= n:
                break
        best = list(passages)[:n]
        return best if len(best) == n else self._filled(best, n)

    def _sentences_on(
        self, shard: Shard, stems: Sequence[str], counts: dict[str, int]
    ) -> list[tuple[Any, ...]]:
        """Return the sentences of a shard with the rarest words of a question, up to the budget."""
        by_rarity = sorted(stems, key=lambda stem: counts[stem])
        rare: list[str] = []
        n_rare = 0
        for stem in by_rarity:
            if n_rare + counts[stem] > BUDGET:
                break
            rare.append(stem)
            n_rare += counts[stem]
        common = by_rarity[len(rare) :]
        rows: dict[tuple[int, int], tuple[Any, ...]] = {}
        queries: list[tuple[str, list[Any]]] = []
        if rare:
            queries.append(("string_to_array(s.stems, ' ') && %s", [rare]))
        pairs = list(combinations(common, 2))
        if pairs:
            has_all = " OR ".join(["string_to_array(s.stems, ' ') @> %s"] * len(pairs))
            queries.append((has_all, [list(pair) for pair in pairs]))
        elif common and not rare:
            queries.append(("string_to_array(s.stems, ' ') && %s", [common]))
        for has_words, values in queries:
            sql = _SENTENCES.format(words=has_words, within=self._within("s"))
            for row in shard.rows(sql, [*values, *self._values, BUDGET]):
                rows[row[:2]] = row
        return list(rows.values())

    def _filled(self, best: Sequence[Key], n: int) -> list[Key]:
        sql = _FIRST.format(within=self._within("p", joined="WHERE"))
        by_shard = self._shards.each(lambda shard: shard.rows(sql, [*self._values, n]))
        others = sorted(Key(number, *row) for number, rows in by_shard.items() for row in rows)[:n]
        fill = [key for key in others if key not in set(best)]
        return [*best, *fill[: n - len(best)]]

    def _candidates(
        self,
        keys: Sequence[Key],
        stems: Sequence[str],
        statistics: _Statistics,
        vector: Vectors,
        query: str,
    ) -> Candidates:
        """Return the candidates of some keys, sorted; those that were removed since are left out."""
        by_shard = self._shards.each(self._reader_of(keys, query))
        passages: list[tuple[Key, int, int, float]] = []
        sentences: list[tuple[tuple[int, int, int], int, str, bytes]] = []
        for number, (of_shard, of_passages) in by_shard.items():
            passages += [(Key(number, a, own), *rest) for a, own, *rest in of_shard]
            sentences += [
                ((number, a, own), n_words, text, data)
                for a, own, n_words, text, data in of_passages
            ]
        if not passages:
            raise ServerError(
                str(self._shards.servers), "holds no article", "add some with `index`"
            )
        rows = {key: row for row, (key, *_) in enumerate(sentences)}
        data = b"".join(each[3] for each in sentences)
        dense = vector_codec.decode_sentences(data, self._shards.facts.dim) @ vector
        starts = [rows[key.shard, key.article, first] for key, first, _, _ in passages]
        return Candidates(
            np.array([cosine for *_, cosine in passages], dtype=np.float32),
            dense,
            statistics.scores(stems, [(n_words, text) for _, n_words, text, _ in sentences]),
            np.array(starts, dtype=np.int64),
            np.array(
                [s + end - first for s, (_, first, end, _) in zip(starts, passages, strict=True)],
                dtype=np.int64,
            ),
            lambda numbers: self._read([passages[number] for number in numbers]),
        )

    def _reader_of(self, keys: Sequence[Key], query: str) -> Any:
        """Return what reads from a shard its own of some passages, and their sentences."""

        def read(shard: Shard) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
            own = [key for key in keys if key.shard == shard.number]
            if not own:
                return [], []
            return shard.run(lambda connection: _read_passages(connection, own, query))

        return read

    def _read(
        self, passages: Sequence[tuple[Key, int, int, float]]
    ) -> list[tuple[Article, Passage] | None]:
        read = self._articles.read([(key.shard, key.article) for key, *_ in passages])
        articles_and_passages: list[tuple[Article, Passage] | None] = []
        for key, first, end, _ in passages:
            article = read.get((key.shard, key.article))
            if article is None:
                articles_and_passages.append(None)
                continue
            (passage,) = make_passages(article, np.array([(first, end)], dtype=PASSAGE_ROW))
            articles_and_passages.append((article, passage))
        return articles_and_passages


def _read_passages(
    connection: Connection, keys: Sequence[Key], query: str
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return rows of passages and of their sentences, both of one moment."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor = connection.cursor(binary=True)
        passages = cursor.execute(
            _PASSAGES, [query, [key.article for key in keys], [key.number for key in keys]]
        ).fetchall()
        runs = _runs((article, first, end) for article, _, first, end, _ in passages)
        sentences = cursor.execute(
            _OF_PASSAGES, [list(column) for column in zip(*runs, strict=True)] or [[], [], []]
        ).fetchall()
    return passages, sorted(sentences, key=itemgetter(0, 1))


def _runs(spans: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return (article, first, end) of passages, sorted, as runs that share no sentence."""
    runs: list[tuple[int, int, int]] = []
    for article, first, end in spans:
        if runs and runs[-1][0] == article and first <= runs[-1][2]:
            runs[-1] = article, runs[-1][1], max(runs[-1][2], end)
        else:
            runs.append((article, first, end))
    return runs
