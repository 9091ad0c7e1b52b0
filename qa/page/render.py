"""The HTML of articles and answers, made by templates that escape.

Text stays exact: what a browser shows of a sentence or quote is its text, character by character.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, get_args

from markupsafe import Markup, escape

from index import Article, well_formed
from index.sources.formats import SUFFIXES
from qa.batch.output import OutForm
from qa.history import Turn
from qa.page.blocks import article_blocks
from qa.page.corpus import MAX_SHOWN
from qa.text import one_line, to_json
from qa.types import Answer, Citation
from qa.wording import PERHAPS, UNDERSTOOD

if TYPE_CHECKING:
    from jinja2 import Environment

QUESTION_SUFFIXES = (".txt", ".csv", ".tsv", ".xlsx", ".jsonl")
# In the order in which they are imported.
SCRIPTS = (
    "dom", "server", "store", "notes", "panes", "marks", "card", "search", "thread", "articles",
    "files", "settings", "main",
)  # fmt: skip

# Besides what HTML needs: characters that HTML parsers change.
_REFERENCES = {ord(c): f"&#{ord(c)};" for c in "\0\r"}


def anchor(article: Article, sentence_number: int) -> str:
    """Return the id of a sentence on the page: the same for every answer that cites it."""
    return f"s-{article.id}-{sentence_number}"


def render_articles(articles: Sequence[Article], marks: Mapping[str, str] | None = None) -> Markup:
    """Return articles one after the other, each sentence in an element with its anchor as id.

    Args:
        articles: of very many, only the first ``MAX_SHOWN`` are shown.
        marks: numbers to mark sentences with, by anchor, where no script will.
    """
    shown = articles[:MAX_SHOWN]
    return _render(
        "article.html", articles=shown, marks=marks or {}, n_hidden=len(articles) - len(shown)
    )


def render_answer(answer: Answer, *, several: bool = False) -> Markup:
    """Return an answer for the chat; ``several`` names the article of each quote."""
    return _render("answer.html", answer=answer, several=several)


def render_page(articles: Sequence[Article], data: Mapping[str, Any], version: str) -> Markup:
    """Return the whole page.

    Args:
        articles: whose texts it shows.
        data: what its scripts begin with, JSON-ready.
        version: stands in the addresses of its files.
    """
    return _render(
        "page.html",
        text=render_articles(articles),
        data=Markup(_script_json(data)),  # noqa: S704 - escaped there
        title=data["title"],
        length=data["length"],
        folder=f"assets/{version}",
        scripts=SCRIPTS,
        suffixes=SUFFIXES,
        question_suffixes=QUESTION_SUFFIXES,
        out_forms=get_args(OutForm),
    )


def render_login(version: str) -> Markup:
    """Return the page that asks for a name and a password."""
    return _render("login.html", folder=f"assets/{version}")


def overview_to_list(overview: Sequence[Citation]) -> list[dict[str, Any]]:
    """Return the sentences that say most, JSON-ready: number, anchor and text."""
    return [
        {
            "number": citation.number,
            "anchor": anchor(citation.article, citation.sentence_number),
            "quote": one_line(well_formed(citation.quote)),
        }
        for citation in overview
    ]


def render_export(turns: Sequence[Turn], articles: Sequence[Article]) -> Markup:
    """Return a conversation as a page of its own, with the articles and what is cited in them.

    A sentence is marked with the numbers of the questions and citations that lead to it: 2.1 is
    citation 1 of question 2.
    """
    numbers: dict[str, list[str]] = {}
    for number, turn in enumerate(turns, start=1):
        for citation in turn.answer.citations if turn.answer else ():
            cited = anchor(citation.article, citation.sentence_number)
            numbers.setdefault(cited, []).append(f"{number}.{citation.number}")
    several = len(articles) > 1
    return _render(
        "export.html",
        title=" · ".join(one_line(a.title) for a in articles[:3]) or "Questions and answers",
        styles=Markup(page_file("export.css")),  # noqa: S704 - our own file
        turns=[
            (turn, render_answer(turn.answer, several=several)) for turn in turns if turn.answer
        ],
        articles=render_articles(articles, {k: ", ".join(v) for k, v in numbers.items()}),
    )


def page_file(name: str) -> str:
    """Return the text of a file of the page: a template, the styles or the script."""
    return files("qa").joinpath("page", "assets", name).read_text(encoding="utf-8")


def _headline(article: Article) -> str:
    """Return the title where the text does not show it itself."""
    title = one_line(article.title).removesuffix(" …")
    return "" if title in one_line(article.text) else article.title


def _provenance(article: Article, number: int, n_articles: int) -> str:
    """Return where an article is from and when, and which of several it is."""
    named = "://" in article.source  # an address, or a name with one
    source = article.source if named else PurePath(article.source).name
    facts = (
        f"Article {number} of {n_articles}" if n_articles > 1 else "",
        "Built-in article" if source == "built-in" else source,
        article.date,
    )
    return " · ".join(fact for fact in facts if fact)


def _language(article: Article) -> str:
    """Return the language for the page's own attribute, where it is one."""
    return (
        article.language
        if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", article.language)
        else ""
    )


def _location(citation: Citation, several: bool) -> str:
    """Return where a quote stands, as far as its text does not show it."""
    facts = (
        "Caption" if citation.caption else "",
        one_line(citation.article.title) if several else "",
        f"page {citation.page}" if citation.page else "",
    )
    return " · ".join(fact for fact in facts if fact)


def _quotes(citations: Sequence[Citation]) -> list[tuple[Citation, tuple[str, str, str]]]:
    """Return what is quoted, each split into the text before, of and after the short answer."""
    return [(citation, _split(citation)) for citation in citations]


def _split(citation: Citation) -> tuple[str, str, str]:
    """Return a quote as the text before, of and after the short answer."""
    if citation.answer_span is None:
        return citation.quote, "", ""
    start, end = (offset - citation.start for offset in citation.answer_span)
    return citation.quote[:start], citation.quote[start:end], citation.quote[end:]


def _script_json(data: Mapping[str, Any]) -> str:
    """Return JSON that ends no script element."""
    return to_json(data).replace("<", "\\u003c").replace("&", "\\u0026")


def _exact(text: str) -> Markup:
    """Return a text as HTML that shows it as it is: nothing in it is markup or a template."""
    return Markup(str(escape(well_formed(text))).translate(_REFERENCES))  # noqa: S704 - escaped


def _render(template: str, /, **values: object) -> Markup:
    return Markup(_templates().get_template(template).render(values))  # noqa: S704 - by autoescape


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    templates = Environment(
        loader=FunctionLoader(page_file),
        autoescape=True,
        undefined=StrictUndefined,
    )
    templates.filters["exact"] = _exact
    templates.globals.update(
        anchor=anchor,
        blocks=article_blocks,
        headline=_headline,
        language=_language,
        location=_location,
        perhaps=PERHAPS,
        quotes=_quotes,
        understood=UNDERSTOOD,
        provenance=_provenance,
    )
    return templates
