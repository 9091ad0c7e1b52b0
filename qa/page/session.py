"""The articles of one session: its own beside the given ones, those chosen, and the engine over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakSet

import numpy as np

from index import Article, ArticleError, ArticleIndex, ArticleQAError, Encoder, Vectors, well_formed
from index.passages import split_passages
from qa.article_qa import ArticleQA
from qa.text import one_line

MAX_ARTICLES = 20
MAX_CHARACTERS = 400_000
MAX_TEXTS_OF_ALL = 400_000
MAX_PICKED = 50
LIBRARY = "library"
MAX_FIELD = 300
_KEPT = ("text", "title", "source", "date", "language")
_BATCH = 32
Steps = Iterator[tuple[int, int]]


class DeskError(ArticleQAError):
    """A session cannot take another article."""


class KnownTexts:
    """An encoder that remembers the vectors of texts, so that a new choice of articles costs little."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, Vectors] = {}
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dim, self.max_tokens = encoder.dim, encoder.max_tokens
        self.encode_questions, self.count_tokens = encoder.encode_questions, encoder.count_tokens

    def __len__(self) -> int:
        return len(self._vectors)

    def learn(self, texts: Sequence[str]) -> Steps:
        """Encode what is not known yet; yield (done, total) texts."""
        wanted = {well_formed(t) for t in texts}
        new = sorted((t for t in wanted if t not in self._vectors), key=lambda t: (len(t), t))
        yield 0, len(new)
        for start in range(0, len(new), _BATCH):
            some = new[start : start + _BATCH]
            self._vectors.update(zip(some, self._encoder.encode_passages(some), strict=True))
            yield start + len(some), len(new)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit rows, (len(texts), dim)."""
        for _ in self.learn(texts):
            pass
        return np.stack([self._vectors[well_formed(text)] for text in texts])


class Shelf:
    """How much all sessions hold together; a session that is gone counts no longer."""

    def __init__(self) -> None:
        self._held: WeakSet[KnownTexts] = WeakSet()

    def hold(self, texts: KnownTexts) -> None:
        """Count a session's texts from now on.

        Raises:
            DeskError: too much is held already.
        """
        if sum(map(len, self._held)) > MAX_TEXTS_OF_ALL:
            raise DeskError("The page holds too many articles now; try again later.")
        self._held.add(texts)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a session has on its desk; without a choice, the given articles are asked.

    ``engine`` is over the chosen articles once the desk is open.
    """

    own: tuple[Article, ...] = ()
    chosen: tuple[str, ...] = ()
    starters: tuple[str, ...] = ()
    engine: ArticleQA | None = None
    texts: KnownTexts | None = None

    def asked(self, given: Sequence[Article]) -> list[Article]:
        """Return the articles that are asked, in order."""
        chosen = set(self.chosen)
        return [a for a in (*given, *self.own) if a.id in chosen] if chosen else list(given)

    def add(self, articles: Sequence[Article]) -> Desk:
        """Return the desk with more articles, chosen beside its own; the first replace the given.

        Raises:
            DeskError: with them it would hold too many, or too much.
        """
        known = {a.id for a in self.own}
        own = (*self.own, *{a.id: a for a in articles if a.id not in known}.values())
        if len(own) > MAX_ARTICLES:
            raise DeskError(
                f"A session holds at most {MAX_ARTICLES} articles, got {len(own)}; remove some."
            )
        n_characters = sum(len(a.text) for a in own)
        if n_characters > MAX_CHARACTERS:
            raise DeskError(
                f"A session's articles hold at most {MAX_CHARACTERS:,} characters, "
                f"got {n_characters:,}; remove some or take less."
            )
        before = self.chosen if self.own else ()
        chosen = tuple(dict.fromkeys([*before, *(a.id for a in articles)]))
        return replace(self, own=own, chosen=chosen, engine=None, starters=())

    def choose(self, ids: Sequence[str], given: Sequence[Article]) -> Desk:
        """Return the desk with other articles chosen; ``LIBRARY`` stands for all given ones.

        Raises:
            DeskError: an article is not known, or none is chosen.
        """
        known = [a.id for a in (*given, *self.own)]
        wanted = set(ids) - {LIBRARY} | ({a.id for a in given} if LIBRARY in ids else set())
        if not wanted <= set(known):
            raise DeskError("This page has been open for too long; reload it.")
        if not wanted:
            raise DeskError("At least one article must be chosen.")
        chosen = tuple(i for i in known if i in wanted)
        if chosen == self.chosen:
            return self
        return replace(self, chosen=chosen, engine=None, starters=())

    def remove_unchosen(self) -> Desk:
        """Return the desk without its own articles that are not chosen."""
        own = tuple(a for a in self.own if a.id in self.chosen)
        return replace(self, own=own, texts=self.texts if own else None)

    def open(self, base: ArticleQA, shelf: Shelf) -> Iterator[tuple[int, int] | Desk]:
        """Yield (done, total) while texts are encoded, and last the desk with its engine.

        Args:
            base: the engine over the given articles.
            shelf: counts what all sessions hold.

        Raises:
            DeskError: all sessions together hold too much, or a library is mixed with others.
        """
        articles = self.asked(base.articles)
        if self.engine or [a.id for a in articles] == [a.id for a in base.articles]:
            yield replace(self, engine=self.engine or base)
            return
        given = {a.id for a in base.articles} & {a.id for a in articles}
        if len(given) > MAX_PICKED:
            raise DeskError("Ask the library or your own articles, not both at once.")
        texts = self.texts or KnownTexts(base.article_index.encoder)
        shelf.hold(texts)
        for article in articles:
            passages = split_passages(article, texts.count_tokens)
            yield from texts.learn(
                [*(s.text for s in article.sentences), *(p.text for p in passages)]
            )
        engine = base.over(ArticleIndex.build(articles, texts))
        yield replace(self, engine=engine, texts=texts)

    def choices(self, given: Sequence[Article]) -> list[tuple[str, str]]:
        """Return the (label, id) of each article that can be chosen; a large library is one."""
        small = len(given) <= MAX_PICKED
        listed = [*(given if small else ()), *self.own]
        library = [] if small else [(f"The library: {len(given):,} articles", LIBRARY)]
        return [*library, *((f"{one_line(well_formed(a.title)):.100}", a.id) for a in listed)]

    def picked(self, given: Sequence[Article]) -> list[str]:
        """Return which of the choices are chosen."""
        chosen = {a.id for a in self.asked(given)}
        ids = [i for _, i in self.choices(given)]
        return [i for i in ids if i in chosen or (i == LIBRARY and given[0].id in chosen)]

    def to_dict(self) -> dict[str, Any]:
        """Return what a browser keeps, JSON-ready: the session's own articles and the choice."""
        return {"articles": [_kept(a) for a in self.own], "chosen": list(self.chosen)}


def restore_desk(kept: Any) -> tuple[list[Article], list[str]]:
    """Return the articles and chosen ids in values from a browser; what is neither is left out."""
    kept = kept if isinstance(kept, dict) else {}
    articles: list[Article] = []
    n_characters = 0
    given = kept.get("articles")
    for each in given[:MAX_ARTICLES] if isinstance(given, list) else ():
        fields = each if isinstance(each, dict) else {}
        if not all(isinstance(fields.get(name), str) for name in _KEPT):
            continue
        n_characters += len(fields["text"])
        if n_characters > MAX_CHARACTERS:
            break
        try:
            articles.append(_restored(fields))
        except (ArticleError, ValueError):
            continue
    chosen = kept.get("chosen")
    ids = [i for i in chosen if isinstance(i, str)] if isinstance(chosen, list) else []
    return articles, ids


def _kept(article: Article) -> dict[str, Any]:
    """Return all that makes an article, as text and numbers."""
    numbers = [s.page or 0 for s in article.sentences]
    starts = [
        next(s.start for s in article.sentences if (s.page or 0) >= page)
        for page in range(1, max(numbers) + 1)
    ]
    return {**{name: getattr(article, name) for name in _KEPT}, "page_starts": starts}


def _restored(fields: Mapping[str, Any]) -> Article:
    """Return the article of kept fields; raise ArticleError or ValueError where they make none."""
    starts = fields.get("page_starts")
    starts = starts if isinstance(starts, list) else []
    if not all(type(start) is int for start in starts) or starts != sorted(starts):
        raise ValueError("page_starts must be places in order")
    short = {name: fields[name][:MAX_FIELD] for name in ("title", "source", "date", "language")}
    return Article.from_text(fields["text"], **short, page_starts=starts[: len(fields["text"])])
