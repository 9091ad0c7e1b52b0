"""A library on servers as questions see it: always in its present state."""

from __future__ import annotations

import hashlib
import json
from time import monotonic

from index.errors import ServerError
from index.filter import ArticleFilter
from index.library.facts import check_encoder, named_encoder
from index.postgres.counts import read_totals
from index.postgres.server_articles import ServerArticles
from index.postgres.server_choice import ServerChoice
from index.postgres.servers import Servers
from index.postgres.shards import Shards
from index.postgres.vector_codec import decode_sentences
from index.search.vocabulary import WrittenWord, merge_words
from index.types import Encoder, Vectors

_SECONDS = 60.0  # for which the languages are cached
_LANGUAGES = """
WITH RECURSIVE languages AS (
    (SELECT language FROM articles ORDER BY 1 LIMIT 1)
    UNION ALL
    SELECT (SELECT a.language FROM articles a WHERE a.language > f.language ORDER BY 1 LIMIT 1)
    FROM languages f WHERE f.language IS NOT NULL
)
SELECT language FROM languages WHERE language IS NOT NULL
"""
_WORDS = """
SELECT form, sum(n)::bigint, sum(n_capital) > 0 FROM words GROUP BY form HAVING sum(n) > 0
"""


class ServerStore:
    """The store on PostgreSQL servers; a role that may only read suffices.

    Attributes:
        encoder: what encoded its sentences, and encodes questions.
        articles: read when they are asked for.
    """

    def __init__(self, servers: Servers, encoder: Encoder | None = None) -> None:
        """Connect.

        Args:
            servers: all of the library's.
            encoder: must be the one that made it; None takes the one that the library names.

        Raises:
            ServerError: a server is gone and may not be, holds no library, or an empty one.
            IndexFolderError: another encoder made it.
        """
        self._shards = Shards(servers)
        self.articles = ServerArticles(self._shards)
        try:
            if encoder:
                check_encoder(str(servers), self._shards.facts, encoder)
            self.encoder = encoder or named_encoder(str(servers), self._shards.facts)
            self._check_not_empty(servers)
        except BaseException:
            self.close()
            raise
        self._whole = ServerChoice(self._shards, self.articles, None)
        self._languages: tuple[float, frozenset[str]] | None = None

    def _check_not_empty(self, servers: Servers) -> None:
        if not len(self.articles):
            raise ServerError(
                str(servers),
                "holds no article",
                f"add some with `article-qa index PATH --into {str(servers)!r}`",
            )

    def close(self) -> None:
        """Close all connections."""
        self._shards.close()

    @property
    def notice(self) -> str:
        """Which part of the library cannot be asked now, in words; nothing where all can."""
        if not (n := self._shards.n_missing):
            return ""
        servers = "1 server is" if n == 1 else f"{n} servers are"
        return f"{servers} missing of {self._shards.n_shards}: their articles are not asked."

    @property
    def n_sentences(self) -> int:
        """The number of sentences of all articles, furniture included."""
        totals = self._shards.each(lambda shard: shard.run(read_totals)).values()
        return sum(of_shard.n_sentences for of_shard in totals)

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the articles, as BCP 47 tags; an empty one where it is not known."""
        if not self._languages or monotonic() - self._languages[0] > _SECONDS:
            read = frozenset(language for (language,) in self._shards.rows(_LANGUAGES))
            self._languages = monotonic(), read
        return self._languages[1]

    @property
    def written_words(self) -> list[WrittenWord]:
        """The words of all sentences as they are written, the commonest first."""
        by_shard = self._shards.each(lambda shard: shard.rows(_WORDS)).values()
        return merge_words([[WrittenWord(*row) for row in rows] for rows in by_shard])

    @property
    def sha256(self) -> str:
        """A digest of which articles there are: it changes whenever one comes or goes."""
        totals = self._shards.each(lambda shard: shard.run(read_totals)).values()
        sums = [sum(column) for column in zip(*totals, strict=True)]
        named = json.dumps([self._shards.facts.encoder_fingerprint, *sums])
        return hashlib.sha256(named.encode("ascii")).hexdigest()

    def choose(self, within: ArticleFilter | None) -> ServerChoice:
        """Return the articles that a filter chooses; None chooses all.

        Raises:
            ArticleQAError: no article fits.
        """
        return ServerChoice(self._shards, self.articles, within) if within else self._whole

    def vectors_of(self, article_id: str) -> Vectors:
        """Return the vectors of the sentences of an article, float32, unit rows."""
        rows = self._shards.shard_of(article_id).rows(
            "SELECT s.vector FROM sentences s JOIN articles a ON a.key = s.article "
            "WHERE a.id = %s ORDER BY s.number",
            [article_id],
        )
        return decode_sentences(b"".join(data for (data,) in rows), self._shards.facts.dim)
