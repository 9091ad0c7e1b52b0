"""An answer in the form that ``ask --format`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from qa.cli.terminal_text import format_answer, harmless
from qa.text import to_json

if TYPE_CHECKING:  # `--help` does not need it
    from qa.types import Answer

AnswerForm = Literal["text", "json", "markdown", "html"]


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
