"""Answers as Markdown, HTML and JSON, on the command line and in a notebook: text is never markup."""

import json
import re

import pytest
from typer.testing import CliRunner

from qa import Answer, Article, ArticleQA, Citation, Settings
from qa.cli.main import app
from qa.cli.terminal_text import answer_as

HOSTILE = '<script>alert("x")</script> [link](http://evil.example) ![i](x.png) **bold** & <b>'
TEXT = "The council of Lund opened the new bridge on Monday. It cost four million euros."


@pytest.fixture
def article():
    return Article.from_text(f"The bridge says {HOSTILE}. It is new.", title=HOSTILE, source="<i>")


@pytest.fixture
def answer(article):
    s = article.sentences[0]
    cited = Citation(1, article, s.number, s.paragraph_number, s.start, s.end, s.text, 0.5)
    return Answer(HOSTILE, "answered", "x", None, 0.8, (cited,), (), ())


def tags(html):
    return set(re.findall(r"</?(\w+)", html))


def test_an_answer_in_a_notebook_shows_its_text_and_interprets_nothing(answer):
    html = answer._repr_html_()
    assert tags(html) <= {"p", "strong", "ul", "li"}
    assert "&lt;script&gt;" in html
    assert "**bold**" in html
    assert html == answer.to_html()


def test_an_article_in_a_notebook_shows_its_text_and_interprets_nothing(article):
    html = article._repr_html_()
    assert tags(html) <= {"p", "strong", "br", "small", "details", "summary", "div"}
    assert "2 sentences" in html
    assert "&lt;script&gt;" in html


def test_a_page_of_html_is_whole(answer):
    page = answer_as(answer, "html", several=False)
    assert page.startswith("<!DOCTYPE html>\n<meta charset=")
    assert "script" not in tags(page)


def test_each_form_says_the_same(encoder):
    engine = ArticleQA.from_text(TEXT, Settings(reader="none", encoder=encoder, threshold=0))
    answer = engine.ask("What did the new bridge cost?")
    assert json.loads(answer_as(answer, "json", several=False)) == answer.to_dict()
    assert answer_as(answer, "markdown", several=False) == answer.to_markdown()
    quote = answer.citations[0].quote
    assert quote in answer_as(answer, "text", several=False)
    assert quote in answer_as(answer, "html", several=False)


def test_two_forms_at_once_are_refused():
    done = CliRunner().invoke(app, ["ask", "x", "--json", "--format", "html"])
    assert done.exit_code == 2
    assert "must agree" in done.stderr
