"""How often words occur in the articles of a server, and how adding or removing one changes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from index.search.vocabulary import WrittenWordCounter
from index.text.tokens import words
from index.types import Article

if TYPE_CHECKING:
    from index.postgres.shard import Connection

# A question adds up at most about so many rows of totals; beyond, they are folded into one.
N_BATCHES = 64
_FOLD_LOCK = 0x61716132
_FOLDS = (
    """
    WITH gone AS (DELETE FROM frequencies WHERE batch <> 0 RETURNING stem, n)
    INSERT INTO frequencies AS f SELECT stem, 0, sum(n) FROM gone GROUP BY stem
    ON CONFLICT (stem, batch) DO UPDATE SET n = f.n + excluded.n
    """,
    "DELETE FROM frequencies WHERE batch = 0 AND n = 0",
    """
    WITH gone AS (DELETE FROM words WHERE batch <> 0 RETURNING form, n, n_capital)
    INSERT INTO words AS w SELECT form, 0, sum(n), sum(n_capital) FROM gone GROUP BY form
    ON CONFLICT (form, batch) DO UPDATE
    SET n = w.n + excluded.n, n_capital = w.n_capital + excluded.n_capital
    """,
    "DELETE FROM words WHERE batch = 0 AND n = 0",
    """
    WITH gone AS (DELETE FROM totals RETURNING *)
    INSERT INTO totals SELECT 0, sum(n_articles), sum(n_sentences), sum(n_passages), sum(n_filled),
        sum(n_words), sum(identities) FROM gone HAVING count(*) > 0
    """,
)


class Totals(NamedTuple):
    """Totals over a shard's articles; ``identities`` is a sum that differs with the articles."""

    n_articles: int = 0
    n_sentences: int = 0
    n_passages: int = 0
    n_filled: int = 0
    n_words: int = 0
    identities: int = 0


class Counts:
    """What articles change in the counts of a shard."""

    def __init__(self) -> None:
        self.totals = Totals()
        self.stems: Counter[str] = Counter()
        self.forms: Counter[str] = Counter()
        self.capitals: Counter[str] = Counter()

    def add(self, article: Article, n_passages: int, sha256: bytes) -> list[list[str]]:
        """Count an article; return the stems of each of its sentences."""
        stems = [words(s.text) if s.citable else [] for s in article.sentences]
        for of_sentence in stems:
            self.stems.update(set(of_sentence))
        counter = WrittenWordCounter()
        counter.add(article)
        for form, n_written, is_capital_inside in counter.words():
            self.forms[form] += n_written
            self.capitals[form] += is_capital_inside
        n_filled, n_words = sum(map(bool, stems)), sum(map(len, stems))
        of_article = (1, len(stems), n_passages, n_filled, n_words, identity_number(sha256))
        self.totals = Totals(*(a + b for a, b in zip(self.totals, of_article, strict=True)))
        return stems

    def write(self, connection: Connection, sign: int = 1) -> None:
        """Add what was counted, or with the sign -1 subtract it, inside a transaction."""
        if not self.totals.n_articles:
            return
        batch = connection.execute("SELECT nextval('batches')").fetchall()[0][0]
        rows = [(stem, batch, sign * n) for stem, n in self.stems.items()]
        _copy(connection, "frequencies", rows)
        capitals = self.capitals
        forms = [(form, batch, sign * n, sign * capitals[form]) for form, n in self.forms.items()]
        _copy(connection, "words", forms)
        _copy(connection, "totals", [(batch, *(sign * n for n in self.totals))])


def identity_number(sha256: bytes) -> int:
    """Return the number of an article in the sum that tells the contents of libraries apart."""
    return int.from_bytes(sha256[:8], "big")


def _copy(connection: Connection, table: str, rows: Iterable[Sequence[object]]) -> None:
    with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def fold(connection: Connection, *, least: int = N_BATCHES) -> None:
    """Add up what was counted in ``least`` batches or more, unless another client does."""
    (n,) = connection.execute("SELECT count(*) FROM totals").fetchall()[0]
    if n < least:
        return
    with connection.transaction():
        held = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_FOLD_LOCK]).fetchall()
        if held[0][0]:
            for statement in _FOLDS:
                connection.execute(statement.encode())


def written_counts(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many sentences have each stem, and how often each form is written."""
    stems, forms = (
        connection.execute(
            f"SELECT {name}, sum(n)::bigint FROM {table} GROUP BY 1 HAVING sum(n) <> 0".encode()
        ).fetchall()
        for table, name in (("frequencies", "stem"), ("words", "form"))
    )
    return dict(stems), dict(forms)


def read_totals(connection: Connection) -> Totals:
    """Return the totals of a shard."""
    columns = ", ".join(f"coalesce(sum({name}), 0)::numeric" for name in Totals._fields)
    row = connection.execute(f"SELECT {columns} FROM totals".encode()).fetchall()[0]
    return Totals(*map(int, row))
