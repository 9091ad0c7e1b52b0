"""One session's articles: its own beside the corpus, those chosen, and the engine over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from weakref import WeakSet

import numpy as np

from index import Article, ArticleIndex, ArticleQAError, Encoder, Vectors, well_formed
from qa.article_qa import ArticleQA
from qa.page.corpus import LIBRARY, Corpus, choice

MAX_ARTICLES = 20
MAX_CHARACTERS = 400_000
MAX_VECTORS = 400_000
_BATCH = 32


class SessionError(ArticleQAError):
    """A session cannot take an article, or a choice of articles.

    Attributes:
        most: how many articles, characters or vectors are allowed; None where a choice is refused.
        got: how many there would be, or None.
    """

    def __init__(self, message: str, *, most: int | None = None, got: int | None = None) -> None:
        super().__init__(message)
        self.most, self.got = most, got


class CachedEncoder:
    """An encoder that keeps the vectors of sentences: another choice of articles costs little."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, Vectors] = {}
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dim, self.max_tokens = encoder.dim, encoder.max_tokens
        self.encode_questions, self.count_tokens = encoder.encode_questions, encoder.count_tokens

    def __len__(self) -> int:
        return len(self._vectors)

    def encode(self, texts: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Encode the texts that have no vector yet; yield how many are done, of how many."""
        wanted = {well_formed(t) for t in texts}
        new = sorted((t for t in wanted if t not in self._vectors), key=lambda t: (len(t), t))
        yield 0, len(new)
        for start in range(0, len(new), _BATCH):
            batch = new[start : start + _BATCH]
            self._vectors.update(zip(batch, self._encoder.encode_passages(batch), strict=True))
            yield start + len(batch), len(new)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit rows, (len(texts), dim)."""
        for _ in self.encode(texts):
            pass
        return np.stack([self._vectors[well_formed(text)] for text in texts])


class VectorBudget:
    """Bounds the vectors of all sessions together; a session that is gone counts no longer."""

    def __init__(self) -> None:
        self._encoders: WeakSet[CachedEncoder] = WeakSet()

    def add(self, encoder: CachedEncoder) -> None:
        """Count a session's vectors from now on.

        Raises:
            SessionError: the sessions hold too many already.
        """
        n_vectors = sum(map(len, self._encoders))
        if n_vectors > MAX_VECTORS:
            raise SessionError(
                "The page holds too many articles now; try again later.",
                most=MAX_VECTORS,
                got=n_vectors,
            )
        self._encoders.add(encoder)


@dataclass(frozen=True, slots=True)
class Session:
    """The articles of a session; without a choice of its own, the corpus is asked.

    ``own`` are the articles that it has added, ``chosen`` the ids of the choices that are asked,
    and ``engine`` is over these once the session is open.
    """

    own: tuple[Article, ...] = ()
    chosen: tuple[str, ...] = ()
    engine: ArticleQA | None = None
    encoder: CachedEncoder | None = None

    def asks_corpus(self, corpus: Corpus) -> bool:
        """Return whether the whole corpus is asked, and nothing else."""
        return not self.chosen or list(self.chosen) == corpus.ids

    def asked(self, corpus: Corpus) -> Sequence[Article]:
        """Return the articles that are asked, in order; those of a library are not read for it."""
        if self.asks_corpus(corpus):
            return corpus.articles
        listed = () if corpus.is_library else corpus.articles
        return [a for a in (*listed, *self.own) if a.id in self.chosen]

    def find(self, article_id: str, corpus: Corpus) -> Article | None:
        """Return the article of an id, where the session may ask it."""
        own = (article for article in self.own if article.id == article_id)
        return next(own, None) or corpus.find(article_id)

    def choices(self, corpus: Corpus) -> list[tuple[str, str]]:
        """Return the (label, id) of each choice."""
        return [*corpus.choices, *map(choice, self.own)]

    def picked(self, corpus: Corpus) -> list[str]:
        """Return the ids of the choices that are asked."""
        return corpus.ids if self.asks_corpus(corpus) else list(self.chosen)

    def add(self, articles: Sequence[Article], corpus: Corpus) -> Session:
        """Return the session with more articles, chosen beside those that are; instead of a library.

        Raises:
            SessionError: with them it would hold too many, or too much text.
        """
        known = {a.id for a in self.own}
        own = (*self.own, *{a.id: a for a in articles if a.id not in known}.values())
        if len(own) > MAX_ARTICLES:
            raise SessionError(
                f"A session holds at most {MAX_ARTICLES} articles, got {len(own)}; remove some.",
                most=MAX_ARTICLES,
                got=len(own),
            )
        n_characters = sum(len(a.text) for a in own)
        if n_characters > MAX_CHARACTERS:
            raise SessionError(
                f"A session's articles hold at most {MAX_CHARACTERS:,} characters, "
                f"got {n_characters:,}; remove some or take less.",
                most=MAX_CHARACTERS,
                got=n_characters,
            )
        before = [i for i in self.picked(corpus) if i != LIBRARY]
        chosen = tuple(dict.fromkeys([*before, *(a.id for a in articles)]))
        return replace(self, own=own)._asking(chosen)

    def _asking(self, chosen: tuple[str, ...]) -> Session:
        """Return a session that asks others, not yet open."""
        return replace(self, chosen=chosen, engine=None)

    def choose(self, ids: Sequence[str], corpus: Corpus) -> Session:
        """Return the session with other choices asked.

        Raises:
            SessionError: a choice is not known, none is given, or a library is not chosen alone.
        """
        known = [choice_id for _, choice_id in self.choices(corpus)]
        chosen = tuple(dict.fromkeys(i for i in known if i in ids))
        if not set(ids) <= set(known):
            raise SessionError("This page has been open for too long; reload it.")
        if not chosen:
            raise SessionError("At least one article must be chosen.")
        if LIBRARY in chosen and len(chosen) > 1:
            raise SessionError("Ask the library or your own articles, not both at once.")
        if chosen == self.chosen:
            return self
        return self._asking(chosen)

    def remove(self, article_id: str) -> Session:
        """Return the session without one of its own articles."""
        own = tuple(a for a in self.own if a.id != article_id)
        chosen = tuple(i for i in self.chosen if i != article_id)
        left = replace(self, own=own, encoder=self.encoder if own else None)
        return left._asking(chosen) if chosen != self.chosen else left

    def open(
        self, corpus: Corpus, base: ArticleQA, budget: VectorBudget
    ) -> Iterator[tuple[int, int] | Session]:
        """Yield (done, total) while sentences are encoded, and last the session with its engine.

        Args:
            corpus: what is asked without a choice.
            base: the engine over the corpus.
            budget: counts what all sessions hold.

        Raises:
            SessionError: all sessions together hold too much.
        """
        if self.asks_corpus(corpus):  # which may be another than it was
            yield replace(self, engine=base)
            return
        if self.engine:
            yield self
            return
        articles = self.asked(corpus)
        encoder = self.encoder or CachedEncoder(base.store.encoder)
        budget.add(encoder)
        yield from encoder.encode([s.text for a in articles for s in a.sentences])
        engine = base.over(ArticleIndex.build(articles, encoder))
        yield replace(self, engine=engine, encoder=encoder)
