"""What one server finds of a library: passages near a question, and sentences with its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from index.postgres.counts import Totals, read_totals
from index.postgres.filter_sql import Condition
from index.postgres.word_sets import WordSets, rare_words, word_sets

if TYPE_CHECKING:
    from index.postgres.shard import Connection, Shard

# Sentences read for the rarest words of a question, and as many for sets of its other words; then
# passages visited in the graph. Divided among the shards. Measured with bench/postgres.py.
BUDGET = 1_500
EF_SEARCH = 1_000
_LEAST_EF = 400
# Up to so many chosen passages are all compared: exact, in some milliseconds.
N_EXACT = 10_000

_COUNTS = """
SELECT stem, sum(n)::bigint FROM frequencies WHERE stem = ANY(%s) GROUP BY 1 HAVING sum(n) > 0
"""
_ALL = """
SELECT * FROM (SELECT p.article, p.number, {distance} FROM passages p {within} OFFSET 0) AS compared
ORDER BY 3 LIMIT %s
"""
# The condition is evaluated for each passage as the graph is walked.
_OF_CHOSEN = "WHERE (SELECT {condition} FROM articles a WHERE a.key = p.article)"
_NEAREST = """
SELECT p.article, p.number, {distance} FROM passages p {where} ORDER BY {distance} LIMIT %s
"""
_WITH_WORDS = """
SELECT s.article, s.number, s.first_passage, s.end_passage, s.n_words, s.stems
FROM sentences s WHERE ({words}) {within}
"""
_HAS_ANY, _HAS_ALL = "string_to_array(s.stems, ' ') && %s", "string_to_array(s.stems, ' ') @> %s"
_HAS_NONE = f"AND NOT {_HAS_ANY}"
_FIRST = "SELECT p.article, p.number FROM passages p {within} ORDER BY 1, 2 LIMIT %s"
# OFFSET 0 forces a lookup of the sentences by key; planned as one join, all would be read.
_PASSAGES = """
SELECT p.article, p.number, p.first_sentence, p.end_sentence,
    -(p.vector::vector <#> %s::vector), s.n_words, s.stems, s.vector
FROM unnest(%s::bigint[], %s::int[]) AS k (article, number)
JOIN passages p ON p.article = k.article AND p.number = k.number
CROSS JOIN LATERAL (
    SELECT number, n_words, stems, vector FROM sentences WHERE article = p.article
    AND number >= p.first_sentence AND number < p.end_sentence ORDER BY number OFFSET 0
) AS s ORDER BY p.article, p.number, s.number
"""


class Near(NamedTuple):
    """A passage near a question: the negative inner product, its article's key and its number."""

    distance: float
    article: int
    number: int


class Looked(NamedTuple):
    """A shard's reply to a question: totals, sentence counts of its stems, nearest passages."""

    totals: Totals
    counts: dict[str, int]
    nearest: list[Near]


class WithWords(NamedTuple):
    """A sentence with words of a question: its passages from ``first`` up to ``end``, its words."""

    article: int
    number: int
    first: int
    end: int
    n_words: int
    stems: str


class PassageSentence(NamedTuple):
    """A sentence of a passage, with what ranks them; a passage has as many rows as sentences."""

    article: int
    number: int  # of the passage
    first: int
    end: int
    cosine: float
    n_words: int
    stems: str
    vector: bytes


class ShardSearch:
    """Searches one shard for its passages of chosen articles."""

    def __init__(
        self,
        shard: Shard,
        dim: int,
        condition: Condition,
        n_passages: int | None,
        *,
        n_shards: int,
    ) -> None:
        """Take the shard, the length of vectors, and which articles are chosen.

        Args:
            shard: is asked.
            dim: of the vectors.
            condition: what holds for the chosen articles.
            n_passages: how many they have; None where all are chosen.
            n_shards: how many the library has.
        """
        self._shard, self._dim = shard, dim
        self._condition, self._n_passages = condition, n_passages
        self._budget = max(BUDGET // n_shards, 1)
        self._ef_search = max(EF_SEARCH // n_shards, _LEAST_EF)

    def look(self, stems: Sequence[str], query: str, n: int) -> Looked:
        """Return the counts for a question, and the nearest passages."""
        return self._shard.run(lambda connection: self._look(connection, stems, query, n))

    def _look(self, connection: Connection, stems: Sequence[str], query: str, n: int) -> Looked:
        cursor = connection.cursor(binary=True)
        totals = read_totals(connection)
        counts: dict[str, int] = dict(cursor.execute(_COUNTS, [list(stems)]).fetchall())
        n_chosen = totals.n_passages if self._n_passages is None else self._n_passages
        distance, own = f"p.vector <#> %s::halfvec({self._dim})", self._condition
        if n_chosen <= N_EXACT:
            sql = _ALL.format(distance=distance, within=own.of_rows("p", "WHERE"))
            values = [query, *own.values, n]
        else:
            where = _OF_CHOSEN.format(condition=own.sql) if own.sql else ""
            sql = _NEAREST.format(distance=distance, where=where)
            connection.execute(f"SET hnsw.ef_search = {self._ef_search}".encode())
            values = [query, *own.values, query, n]
        rows = cursor.execute(sql.encode(), values).fetchall()
        return Looked(totals, counts, [Near(far, article, number) for article, number, far in rows])

    def with_words(self, looked: Looked) -> list[WithWords]:
        """Return sentences with the rarest words of a question, and with the rarest sets of others."""
        totals, counts = looked.totals, looked.counts
        budget = float(self._budget)
        if self._n_passages is not None:  # of so many sentences, few are of chosen articles
            budget *= totals.n_passages / max(self._n_passages, 1)
        rare = rare_words(counts, budget)
        common = {stem: n for stem, n in counts.items() if stem not in rare}
        sets = word_sets(common, totals.n_filled, budget)
        return self._with_any(rare) + self._with_sets(sets, rare)

    def _with_any(self, stems: list[str]) -> list[WithWords]:
        if not stems:
            return []
        sql = _WITH_WORDS.format(words=_HAS_ANY, within=self._condition.of_rows("s"))
        return [WithWords(*row) for row in self._shard.rows(sql, [stems, *self._condition.values])]

    def _with_sets(self, sets: list[WordSets], rare: list[str]) -> list[WithWords]:
        """Return sentences that have all words of a set, earlier sets first, up to the budget.

        Sentences with a rare word are left out: ``_with_any`` finds them.
        """
        if not sets:
            return []
        own = self._condition
        within = f"{_HAS_NONE} {own.of_rows('s')}"
        # PostgreSQL runs the parts of UNION ALL in order, until the limit is reached.
        sql = " UNION ALL ".join(
            _WITH_WORDS.format(words=" OR ".join([_HAS_ALL] * len(each.sets)), within=within)
            for each in sets
        )
        values = [
            value for each in sets for value in (*each.sets, [*each.others, *rare], *own.values)
        ]
        return [
            WithWords(*row) for row in self._shard.rows(f"{sql} LIMIT %s", [*values, self._budget])
        ]

    def first(self, n: int) -> list[tuple[int, int]]:
        """Return the article's key and the number of the first passages."""
        sql = _FIRST.format(within=self._condition.of_rows("p", "WHERE"))
        return [
            (article, number)
            for article, number in self._shard.rows(sql, [*self._condition.values, n])
        ]

    def read(self, keys: Sequence[tuple[int, int]], query: str) -> list[PassageSentence]:
        """Return the sentences of passages at one moment, in order; none of removed passages."""
        if not keys:
            return []
        articles, numbers = (list(column) for column in zip(*keys, strict=True))
        return [
            PassageSentence(*row) for row in self._shard.rows(_PASSAGES, [query, articles, numbers])
        ]
