"""Which articles of a library a question is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class Described(Protocol):
    """An article without its text: articles are such, and so are the heads that libraries list."""

    @property
    def id(self) -> str: ...  # noqa: D102 - as of Article
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def date(self) -> str: ...  # noqa: D102
    @property
    def language(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """A choice of articles: an article must meet every condition that is given.

    ``articles`` are ids or titles (in any case), ``sources`` are sources in which ``*`` stands for
    anything, or origins that a library has read the article from; one of each must fit. ``since`` and
    ``until`` are dates as in 2024, 2024-05 or 2024-05-31, both included; an article without a date
    fits neither.
    """

    articles: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        for name in ("since", "until"):
            value = getattr(self, name)
            if value and not _DATE.fullmatch(value):
                raise ValueError(f"{name} must be a date as in 2024-05-31, got {value!r}")

    def __str__(self) -> str:
        conditions = [
            *(f"article {name!r}" for name in self.articles),
            *(f"source {name!r}" for name in self.sources),
            *([f"since {self.since}"] if self.since else []),
            *([f"until {self.until}"] if self.until else []),
        ]
        return ", ".join(conditions) or "all"

    def __bool__(self) -> bool:
        return bool(self.articles or self.sources or self.since or self.until)

    def fits(self, article: Described) -> bool:
        """Return whether an article is chosen."""
        if self.articles and not any(_is_named(article, name) for name in self.articles):
            return False
        origins = (article.source, *getattr(article, "origins", ()))
        if self.sources and not any(fnmatchcase(o, s) for o in origins for s in self.sources):
            return False
        if (self.since or self.until) and not article.date:
            return False
        # A month in which, or a year in which, a longer date lies begins it.
        after = article.date >= self.since[: len(article.date)]
        return after and (not self.until or article.date[: len(self.until)] <= self.until)


def _is_named(article: Described, name: str) -> bool:
    return article.id == name or comparable(article.title) == comparable(name)


def comparable(title: str) -> str:
    """Return a title in the form in which two are compared."""
    return " ".join(title.removesuffix("…").split()).casefold()
