"""The articles that every session may ask: listed by their heads, read only where one is shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256

from index import Article, Described, heads_of, well_formed
from qa.text import one_line, reading_minutes

MAX_LISTED = 50
MAX_SHOWN = 100
LIBRARY = "library"


class Corpus:
    """Articles of which a large number, a library, is one choice.

    ``articles`` may be read from a disk whenever one is taken out of it, so nothing here goes
    through them all.
    """

    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = articles

    @property
    def is_library(self) -> bool:
        """Whether the articles are too many to be chosen one by one."""
        return len(self.articles) > MAX_LISTED

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        """The (label, id) of each article that can be chosen; a library is one, ``LIBRARY``."""
        if self.is_library:
            return [(f"The library: {len(self.articles):,} articles", LIBRARY)]
        return [choice(head) for head in heads_of(self.articles)]

    @property
    def ids(self) -> list[str]:
        """The ids of the choices."""
        return [choice_id for _, choice_id in self.choices]

    @cached_property
    def names(self) -> dict[str, str]:
        """What the page calls them, as ``names_of``."""
        return names_of(self.articles)

    def find(self, article_id: str) -> Article | None:
        """Return the article of an id, or None."""
        if find := getattr(self.articles, "find", None):  # without a list of all of them
            article: Article | None = find(article_id)
            return article
        number = self._numbers.get(article_id)
        return None if number is None else self.articles[number]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {head.id: number for number, head in enumerate(heads_of(self.articles))}


def choice(article: Described) -> tuple[str, str]:
    """Return the (label, id) by which an article is chosen."""
    return f"{one_line(well_formed(article.title)):.100}", article.id


def names_of(articles: Sequence[Article]) -> dict[str, str]:
    """Return the names of articles on the page.

    That is a "title", a "length" in words and minutes (not of many, for none is read for it), and a
    "set": two sets of articles share it only where they are the same.
    """
    heads = list(heads_of(articles))
    one = len(heads) == 1
    n_words = 0 if len(heads) > MAX_LISTED else sum(len(a.text.split()) for a in articles)
    minutes = reading_minutes(n_words)
    return {
        "set": sha256(" ".join(sorted(head.id for head in heads)).encode()).hexdigest()[:16],
        "title": f"{one_line(well_formed(heads[0].title)):.200}"
        if one
        else f"{len(heads):,} articles",
        "length": f"{n_words:,} words · {minutes} minute{'s' if minutes > 1 else ''} to read"
        if n_words
        else "",
    }
