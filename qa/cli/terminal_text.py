"""Answers and hits as text: for a terminal, or in the form that ``ask --format`` names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from qa.text import one_line, to_json
from qa.wording import NEAREST, PERHAPS, UNDERSTOOD

if TYPE_CHECKING:  # `--help` needs none of them
    from index import Article
    from qa.types import Answer, Citation, Hit

AnswerForm = Literal["text", "json", "markdown", "html"]
_JOINERS = "\u200c\u200d"  # they shape words in Persian and Indian scripts


def answer_as(answer: Answer, form: AnswerForm, *, several: bool) -> str:
    """Return an answer in a form; ``several`` names the articles of quotes for a terminal."""
    if form == "json":
        return to_json(answer.to_dict())
    if form == "markdown":
        return answer.to_markdown()
    if form == "html":
        return _html_page(answer)
    return format_answer(answer, several=several)


def _html_page(answer: Answer) -> str:
    from markupsafe import escape

    title = escape(harmless(answer.question))
    head = f'<!DOCTYPE html>\n<meta charset="utf-8">\n<title>{title}</title>\n<h1>{title}</h1>'
    return f"{head}\n{answer.to_html().rstrip()}"


def format_answer(answer: Answer, *, several: bool = False) -> str:
    """Return an answer with its numbered quotes, a line each; ``several`` names their articles."""
    shown = answer.citations if answer.given else answer.nearest
    quotes = [_quote(f"[{c.number}]" if answer.given else "-", c, several=several) for c in shown]
    lines = [
        *_head(answer),
        *answer.rewording_lines,
        *([NEAREST] if quotes and not answer.given else []),
        *quotes,
        *answer.notes,
        answer.confidence_line,
        UNDERSTOOD + answer.standalone_question if answer.standalone_question else None,
        *(f"- {question}" for question in answer.suggestions),
        _how_to_show(answer),
    ]
    return "\n".join(harmless(line) for line in lines if line)


def _head(answer: Answer) -> list[str]:
    """Return the lines before the quotes: none where the quotes are all of a sure answer."""
    if answer.part_lines:
        return answer.part_lines
    if answer.given:
        return [answer.headline or ("" if answer.answered else PERHAPS.strip())]
    return [answer.text]


def _how_to_show(answer: Answer) -> str | None:
    """Return how to see an answer that only the threshold withholds."""
    return "To see it, ask without --threshold." if answer.withheld else None


def format_hits(hits: Sequence[Hit], *, several: bool = False) -> str:
    """Return hits, best first, a line each: rank, score and passage."""
    return "\n".join(
        harmless(f"{rank}. {h.score:.3f} {_title(h.article, several)}{h.passage.text}")
        for rank, h in enumerate(hits, start=1)
    )


def harmless(text: str) -> str:
    """Return a text on one line, without control characters of terminals and of the writing direction."""
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
