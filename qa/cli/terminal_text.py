"""Answers and hits as plain text for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from qa.text import one_line

if TYPE_CHECKING:  # `--help` needs none of them
    from index import Article
    from qa.types import Answer, Citation, Hit

_JOINERS = "\u200c\u200d"  # they shape words in Persian and Indian scripts


def format_answer(answer: Answer, *, several: bool = False) -> str:
    """Return an answer with its numbered quotes, a line each; ``several`` names their articles."""
    if answer.given:
        head = [answer.headline] if answer.headline else []
        quotes = [_quote(f"[{c.number}]", c, several=several) for c in answer.citations]
        missing = [f"The article does not say: {part}" for part in answer.unanswered]
        lines = [*head, *quotes, *missing, f"Confidence {answer.confidence:.0%}"]
    else:
        lines = [answer.text]
        if answer.nearest:
            lines.append("Nearest sentences, which do not answer it:")
        lines += [_quote("-", c, several=several) for c in answer.nearest]
    if answer.standalone_question:
        lines.append(f"Understood as: {answer.standalone_question}")
    return "\n".join(harmless(line) for line in lines)


def format_hits(hits: Sequence[Hit], *, several: bool = False) -> str:
    """Return hits, best first, a line each: rank, score and passage."""
    return "\n".join(
        harmless(f"{rank}. {h.score:.3f} {_title(h.article, several)}{h.passage.text}")
        for rank, h in enumerate(hits, start=1)
    )


def harmless(text: str) -> str:
    """Return a text on one line in which nothing can command a terminal or turn the writing."""
    return "".join(
        c
        for c in one_line(text)
        if c in _JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )


def _quote(mark: str, citation: Citation, *, several: bool) -> str:
    caption = "(caption) " if citation.caption else ""
    page = f"(page {citation.page}) " if citation.page else ""
    return f"{mark} {_title(citation.article, several)}{page}{caption}{citation.quote}"


def _title(article: Article, several: bool) -> str:
    """Return which article it is, from where and of which day, where there are several."""
    named = "://" in article.source  # an address, or a name with one
    source = article.source if named else PurePath(article.source).name
    known = ", ".join(part for part in (source, article.date) if part)
    title = f"{one_line(article.title)} ({known})" if known else one_line(article.title)
    return f"{title}: " if several else ""
