"""The HTML of articles and answers, made in one place by templates that escape.

Text stays exact: what a browser shows of a sentence or quote is its text, character by character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby, pairwise
from pathlib import PurePath

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from index import Article, Sentence
from qa.types import Answer, Citation, one_line, well_formed

# Besides what HTML needs: characters that HTML parsers change, and those with which the page's
# own templates, made by Gradio, write their holes.
_REFERENCES = {ord(c): f"&#{ord(c)};" for c in "\0\r`${}\\"}


def anchor(article: Article, sentence_number: int) -> str:
    """Return the id of a sentence on the page: the same for every answer that cites it."""
    return f"s-{article.id}-{sentence_number}"


def render_articles(articles: Sequence[Article]) -> Markup:
    """Return articles one after the other, each sentence in an element with its anchor as id."""
    return _render("article.html", articles=articles, several=len(articles) > 1)


def render_answer(answer: Answer, *, several: bool = False) -> Markup:
    """Return an answer for the chat; ``several`` names the article of each quote."""
    return _render(
        "answer.html", answer=answer, several=several, quotes=_quotes(answer), problem=""
    )


def render_problem(problem: str) -> Markup:
    """Return, in an answer's place, why a question was not asked at all."""
    return _render("answer.html", problem=problem)


def render_chat(turns: Sequence[tuple[str, Markup]], awaited: str = "") -> Markup:
    """Return a conversation of (question, reply) turns; ``awaited`` stands for an empty reply."""
    return _render("chat.html", turns=turns, awaited=awaited)


def render_title(message: str = "") -> Markup:
    """Return the bar at the top of the page, with a message while there is one."""
    return _render("title.html", message=message)


def page_file(name: str) -> str:
    """Return the text of a file of the page: a template, the styles or the script."""
    return files("qa").joinpath("page", name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph as (text before the sentence, sentence) pieces."""

    kind: str
    pieces: tuple[tuple[str, Sentence], ...]

    @property
    def start(self) -> int:
        return self.pieces[0][1].start

    @property
    def end(self) -> int:
        return self.pieces[-1][1].end


def _paragraphs(article: Article) -> list[_Paragraph]:
    paragraphs = []
    for _, group in groupby(article.sentences, key=lambda s: s.paragraph_number):
        inside = list(group)
        gaps = ["", *(article.text[a.end : b.start] for a, b in pairwise(inside))]
        paragraphs.append(_Paragraph(inside[0].kind, tuple(zip(gaps, inside, strict=True))))
    return paragraphs


def _blocks(article: Article) -> list[list[_Paragraph]]:
    """Return the paragraphs, a caption together with the credit that ends its line."""
    blocks: list[list[_Paragraph]] = []
    for paragraph in _paragraphs(article):
        last = blocks[-1] if blocks else [paragraph]
        between = article.text[last[-1].end : paragraph.start]
        same_line = not between.strip(" \t")
        if blocks and same_line and (last[0].kind, paragraph.kind) == ("caption", "furniture"):
            last.append(paragraph)
        else:
            blocks.append([paragraph])
    return blocks


def _headline(article: Article) -> str:
    """Return the title where the text does not show it itself."""
    title = one_line(article.title).removesuffix(" …")
    return "" if title in one_line(article.text) else article.title


def _source_name(article: Article) -> str:
    return PurePath(article.source).name


def _quotes(answer: Answer) -> list[tuple[Citation, tuple[str, str, str]]]:
    """Return what is quoted, each split into the text before, of and after the short answer."""
    return [(c, _split(c)) for c in answer.citations or answer.nearest]


def _split(citation: Citation) -> tuple[str, str, str]:
    """Return a quote as the text before, of and after the short answer."""
    if citation.answer_span is None:
        return citation.quote, "", ""
    start, end = (place - citation.start for place in citation.answer_span)
    return citation.quote[:start], citation.quote[start:end], citation.quote[end:]


def _exact(text: str) -> Markup:
    """Return a text as HTML that shows it as it is: nothing in it is markup or a template."""
    return Markup(str(escape(well_formed(text))).translate(_REFERENCES))  # noqa: S704 - escaped


def _render(name: str, **values: object) -> Markup:
    return Markup(_templates().get_template(name).render(values))  # noqa: S704 - by autoescape


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FunctionLoader(page_file),
        autoescape=True,
        undefined=StrictUndefined,
    )
    templates.filters["exact"] = _exact
    templates.globals.update(
        anchor=anchor, blocks=_blocks, headline=_headline, source_name=_source_name
    )
    return templates
