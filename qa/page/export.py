"""A conversation exported as Markdown, as a page of HTML or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from index import Article, well_formed
from qa.history import Turn
from qa.page.browser_state import turn_to_dict
from qa.page.render import render_export
from qa.text import escape_markdown, one_line, to_json

ExportForm = Literal["md", "html", "json"]
FORMAT = "article-qa chat"
VERSION = 1


def export_chat(turns: Sequence[Turn], articles: Sequence[Article], form: ExportForm) -> str:
    """Return the conversation as a text in one form, with the articles that were asked."""
    if form == "html":
        return str(render_export(turns, articles))
    return _markdown(turns, articles) if form == "md" else _json(turns, articles)


def _markdown(turns: Sequence[Turn], articles: Sequence[Article]) -> str:
    titles = [f"- {escape_markdown(one_line(a.title))}" for a in articles]
    blocks = ["# Questions and answers", "Articles:", "\n".join(titles)]
    for turn in turns:
        blocks.append(f"## {escape_markdown(one_line(turn.question))}")
        if turn.answer:
            blocks.append(turn.answer.to_markdown())
    return "\n\n".join(blocks) + "\n"


def _json(turns: Sequence[Turn], articles: Sequence[Article]) -> str:
    exported: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "articles": [
            {
                "id": a.id,
                "title": well_formed(a.title),
                "source": well_formed(a.source),
                "text": well_formed(a.text),
            }
            for a in articles
        ],
        "turns": [turn_to_dict(turn) for turn in turns],
    }
    return f"{to_json(exported, indent=2)}\n"
