"""The articles that a server asks, which programs may add to and take from while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from index import Article, ArticleIndex, ArticleQAError, Location, open_library, reopen_store
from qa.page.service import Service
from qa.page.session import CachedEncoder

MAX_ARTICLES = 200
MAX_CHARACTERS = 4_000_000
_SPARE = 1000


class CollectionError(ArticleQAError):
    """An article cannot be added to the collection, or removed from it.

    Attributes:
        n_articles: how many are asked, or would be.
    """

    def __init__(self, message: str, *, n_articles: int) -> None:
        super().__init__(message)
        self.n_articles = n_articles


class Collection:
    """Changes what a service asks: a library on the disk, or articles in memory until it stops."""

    def __init__(self, service: Service, folder: Location | None = None) -> None:
        """Take the service, and the folder of its library where it asks one."""
        self.service, self.folder = service, folder
        self._lock = Lock()
        self._encoder: CachedEncoder | None = None

    def add(self, articles: Sequence[Article]) -> None:
        """Ask more articles from now on; those that are there stay as they are.

        Raises:
            CollectionError: there would be too many for the memory.
            IndexFolderError: the library cannot be written.
            BusyError: too many questions wait.
        """
        with self._lock:
            new = [a for a in articles if self.service.corpus.find(a.id) is None]
            if not new:
                return
            with self.service.limiter.enter():
                if self.folder:
                    self._write(self.folder, added=new)
                else:
                    self._rebuild([*self.service.corpus.articles, *new])

    def remove(self, article_id: str) -> bool:
        """Ask an article no longer; return whether it was there.

        Raises:
            CollectionError: it is the last one.
            IndexFolderError: the library cannot be written.
            BusyError: too many questions wait.
        """
        with self._lock:
            articles = self.service.corpus.articles
            if self.service.corpus.find(article_id) is None:
                return False
            if len(articles) == 1:
                raise CollectionError(
                    "The last article must stay; add another one first.", n_articles=1
                )
            with self.service.limiter.enter():
                if self.folder:
                    self._write(self.folder, removed=[article_id])
                else:
                    self._rebuild([a for a in articles if a.id != article_id])
            return True

    def _write(
        self, folder: Location, *, added: Sequence[Article] = (), removed: Sequence[str] = ()
    ) -> None:
        engine = self.service.engine.result()
        encoder = engine.store.encoder
        with open_library(folder, encoder) as library:
            if added:
                library.add(added)
            if removed:
                library.remove(removed)
        self.service.replace(engine.over(reopen_store(engine.store, folder)))

    def _rebuild(self, articles: Sequence[Article]) -> None:
        n_characters = sum(len(a.text) for a in articles)
        if len(articles) > MAX_ARTICLES or n_characters > MAX_CHARACTERS:
            raise CollectionError(
                f"Articles in memory must be at most {MAX_ARTICLES:,} with {MAX_CHARACTERS:,} "
                f"characters, got {len(articles):,} with {n_characters:,}; make a library with "
                "`article-qa index` and serve it with --index",
                n_articles=len(articles),
            )
        engine = self.service.engine.result()
        if self._encoder is None:
            self._encoder = CachedEncoder(engine.store.encoder)
        built = ArticleIndex.build(articles, self._encoder)
        if len(self._encoder) > 2 * built.n_sentences + _SPARE:
            self._encoder = None  # most of what it stores is of articles that are gone
        self.service.replace(engine.over(built))
