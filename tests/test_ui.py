"""The page without a browser: what is rendered is exact and escaped, and the command is quick."""

import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa.page.render
import ui
from index import builtin_article, read_article
from qa import Answer, Article, Citation
from qa.history import Turn
from qa.page.render import (
    SCRIPTS,
    anchor,
    page_file,
    render_answer,
    render_articles,
    render_export,
    render_page,
)

HOSTILE = Path(__file__).with_name("hostile.txt").read_text(encoding="utf-8").splitlines()


class Elements(HTMLParser):
    """The elements of some HTML as (tag, attributes, text inside), in order of their start."""

    VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.found, self.open = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append([tag, dict(attrs), ""])
        if tag not in self.VOID:
            self.open.append(self.found[-1])

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        for element in self.open:
            element[2] += data

    def texts(self, tag, css_class=None):
        return [
            text
            for name, attrs, text in self.found
            if name == tag and (css_class is None or css_class in attrs.get("class", "").split())
        ]


def texts_by_id(html):
    return {attrs["id"]: text for _, attrs, text in Elements(html).found if "id" in attrs}


def cite(article, number, sentence_number):
    s = article.sentences[sentence_number]
    return Citation(
        number, article, s.number, s.paragraph_number, s.start, s.end, s.text, 0.5,
        caption=s.kind == "caption",
    )  # fmt: skip


def answered(article, *sentence_numbers, short_answer=None, confidence=0.874):
    first, *rest = (cite(article, n, s) for n, s in enumerate(sentence_numbers, start=1))
    if short_answer:
        start = first.start + re.search(rf"\b{short_answer}\b", first.quote).start()
        first = replace(first, answer_span=(start, start + len(short_answer)))
    citations = (first, *rest)
    return Answer(
        "Who?", "answered", short_answer or "", short_answer, confidence, citations, (), ()
    )


def not_found(article, *sentence_numbers):
    nearest = tuple(cite(article, n, s) for n, s in enumerate(sentence_numbers, start=1))
    return Answer(
        "Who?", "not_found", "I found no answer I am sure of.", None, 0.1, (), nearest, ()
    )


def test_every_sentence_of_an_article_is_shown_exactly_under_its_anchor():
    article = builtin_article()
    shown = texts_by_id(render_articles([article]))
    assert shown == {anchor(article, s.number): s.text for s in article.sentences}


def test_every_sentence_of_the_development_article_is_shown_exactly(shared):
    article = read_article(shared / "article.txt")
    shown = texts_by_id(render_articles([article]))
    assert shown == {anchor(article, s.number): s.text for s in article.sentences}


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_any_text_is_shown_exactly(noise):
    article = Article.from_text(f"A first sentence. {noise}")
    shown = texts_by_id(render_articles([article]))
    assert [shown[anchor(article, s.number)] for s in article.sentences] == [
        s.text for s in article.sentences
    ]


def test_a_paragraph_keeps_the_white_space_between_its_sentences():
    article = Article.from_text("One is here.  Two is there.\n\nThree follows.")
    assert "One is here.  Two is there." in Elements(render_articles([article])).texts("p")


def test_lone_surrogates_and_nul_become_replacement_characters():
    article = Article.from_text("A \ud800 lone one. A \0 byte.")
    shown = texts_by_id(render_articles([article]))
    assert "".join(shown.values()) == "A \ufffd lone one.A \ufffd byte."


def test_a_caption_is_set_apart_with_its_credit_and_furniture_is_faint():
    article = builtin_article()
    page = Elements(render_articles([article]))
    (caption,) = page.texts("figcaption")
    assert caption.startswith("NATO chief Jens Stoltenberg")
    assert page.texts("small", "furniture") == ["(Yonhap)"]
    assert page.texts("p", "furniture") == ["MOST POPULAR"]


def test_a_title_that_the_text_shows_is_not_shown_twice():
    article = builtin_article()
    assert Elements(render_articles([article])).texts("h2") == [article.title]
    wordy = Article.from_text("This article has no heading at all but it goes on and on.")
    assert Elements(render_articles([wordy])).texts("h2") == []


def test_a_title_that_was_given_stands_above_the_text():
    article = Article.from_text("The harbour was closed on Monday.", title="A quiet week")
    assert Elements(render_articles([article])).texts("h2") == ["A quiet week"]


def test_several_articles_are_told_apart():
    one, two = (Article.from_text(f"Text {n} is here.", source=f"/tmp/{n}.txt") for n in "ab")
    page = Elements(render_articles([one, two]))
    assert page.texts("p", "source") == ["Article 1 of 2 · a.txt", "Article 2 of 2 · b.txt"]
    (where,) = Elements(render_answer(answered(two, 0), several=True)).texts("p", "where")
    assert where == two.title


def test_an_answer_leads_with_its_short_answer_and_marks_it_in_the_quote():
    article = Article.from_text("In 2011 the plan had 11 areas. It was signed.")
    html = Elements(render_answer(answered(article, 0, 1, short_answer="11")))
    assert html.texts("strong") == ["11"]
    assert html.texts("blockquote") == [s.text for s in article.sentences]
    assert html.texts("mark") == ["11"]
    assert "2011 the plan had <mark>11</mark> areas" in render_answer(
        answered(article, 0, 1, short_answer="11")
    )
    assert html.texts("p", "confidence") == ["Confidence 87%"]


def test_an_answer_without_a_short_answer_shows_its_quotes_alone():
    article = builtin_article()
    html = Elements(render_answer(answered(article, 3)))
    assert html.texts("blockquote") == [article.sentences[3].text]
    assert html.texts("strong") == html.texts("mark") == []


def test_a_citation_links_to_its_sentence_whatever_its_number():
    article = builtin_article()
    links = {}
    for answer in (answered(article, 5, 7), answered(article, 7, 5)):
        for tag, attrs, text in Elements(render_answer(answer)).found:
            if tag == "a":
                links.setdefault(attrs["href"], []).append(text)
    assert links == {
        f"#{anchor(article, 5)}": ["1", "2"],
        f"#{anchor(article, 7)}": ["2", "1"],
    }


def test_a_cited_caption_is_marked_as_one():
    article = builtin_article()
    caption = next(s.number for s in article.sentences if s.kind == "caption")
    assert Elements(render_answer(answered(article, caption))).texts("p", "where") == ["Caption"]


def test_not_found_gives_the_reason_and_nearest_sentences_without_numbers():
    article = builtin_article()
    html = Elements(render_answer(not_found(article, 3, 4)))
    assert html.texts("p", "reason") == ["I found no answer I am sure of."]
    assert html.texts("p", "label") == ["Nearest sentences"]
    assert html.texts("a") == ["→", "→"]
    assert html.texts("p", "confidence") == html.texts("div", "answered") == []


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_is_only_ever_text(payload):
    article = Article.from_text(
        f"{payload} is here. A second sentence.", title=payload, source=payload
    )
    calm = Article.from_text("Calm is here. A second sentence.", title="Calm", source="Calm")
    assert shape(article, payload) == shape(calm, "Calm")
    shown = texts_by_id(render_articles([article]))
    assert "".join(shown[anchor(article, s.number)] for s in article.sentences[:-1]).replace(
        " ", ""
    ) == f"{payload} is here.".replace(" ", "")


def shape(article, text):
    """The tags and attribute names of everything that can show a text."""
    last = len(article.sentences) - 1
    answers = [answered(article, last, short_answer="second"), not_found(article, last)]
    turns = [Turn(text, a, vote="up", word=text) for a in answers]
    parts = [
        *(render_answer(a, several=True) for a in answers),
        render_page(
            [Article.from_text("It is calm.", title=text)], {"title": text, "length": text}, "1"
        ),
        render_export(turns, [Article.from_text("It is calm.", title=text)]),
    ]
    return [
        (tag, sorted(attrs), attrs.get("href", "").startswith("#"))
        for part in parts
        for tag, attrs, _ in Elements(part).found
    ]


@pytest.mark.parametrize("payload", HOSTILE)
def test_an_article_of_hostile_text_holds_no_element_of_its_own(payload):
    html = render_articles([Article.from_text(f"{payload} is here.", title=payload)])
    tags = {tag for tag, _, _ in Elements(html).found}
    assert tags <= {"div", "article", "p", "h2", "h3", "span", "figure", "figcaption", "small"}


def test_the_page_names_no_other_host():
    names = [path.name for path in Path(qa.page.render.__file__).with_name("assets").iterdir()]
    assert {"article.html", "page.css", "main.js", *(f"{name}.js" for name in SCRIPTS)} <= set(
        names
    )
    for name in names:
        text = page_file(name).replace("// ", "").replace('placeholder="https://…"', "")
        assert "//" not in text.replace("http://www.w3.org/2000/svg", ""), name
        assert "@import" not in text, name


def test_gradio_is_not_imported_before_the_page_is_wanted():
    code = "import sys, ui; print([m for m in ('gradio', 'torch', 'faiss') if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_gradio_writes_no_stub_files_when_the_page_imports_it(tmp_path):
    package = tmp_path / "gradio"
    package.mkdir()
    (package / "__init__.py").write_text("import gradio.component_meta, gradio.components\n")
    (package / "component_meta.py").write_text(
        "def create_or_modify_pyi(name):\n    raise SystemExit('it writes')\n"
    )
    (package / "components.py").write_text(
        "from gradio import component_meta\ncomponent_meta.create_or_modify_pyi('Button')\n"
    )
    code = "from qa.page.gradio_import import no_stubs\nwith no_stubs():\n    import gradio\n"
    paths = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    for code_run, said in ((code, ""), ("import gradio", "it writes")):
        result = subprocess.run(
            [sys.executable, "-c", code_run],
            capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
        assert result.stderr.strip() == said
    assert "with no_stubs():" in Path(ui.__file__).read_text(encoding="utf-8")


def command(*arguments):
    code = "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"
    return [sys.executable, "-c", code, "ui", *arguments]


def test_the_command_says_in_one_line_that_its_port_is_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = subprocess.run(
            command("--port", port), capture_output=True, text=True, check=False
        )
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert f"port must be free, got {port}" in result.stderr


def test_the_command_says_in_one_line_that_an_article_is_not_there(tmp_path):
    result = subprocess.run(
        command("--article", str(tmp_path / "none.txt")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


def refused(address, path="", **headers):
    """The status of a request, whatever it is."""
    try:
        with urlopen(Request(f"{address}{path}", headers=headers), timeout=30) as response:
            return response.status
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7"])
def test_a_public_address_needs_a_password_or_to_be_meant(host):
    result = subprocess.run(command("--host", host), capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "--auth USER:PASSWORD" in result.stderr
    assert "--allow-public" in result.stderr


def test_a_password_of_another_form_is_refused():
    result = subprocess.run(command("--auth", "me"), capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "must be USER:PASSWORD" in result.stderr
    assert "got another form" in result.stderr


def test_the_command_prints_its_address_and_serves_the_article_at_once():
    with subprocess.Popen(command("--no-open"), stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip()
            with urlopen(address, timeout=30) as response:
                page = response.read().decode()
            path = Path(__file__).resolve()
            assert refused(address, f"gradio_api/file={path}") == 404
            assert refused(address, Host="evil.example") == 421
        finally:
            process.kill()
    assert address.startswith("http://127.0.0.1:")
    assert builtin_article().title in page


def test_with_a_password_nothing_is_shown_before_it_is_given_and_tries_are_throttled():
    arguments = command("--no-open", "--auth", "me:secret words")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip()
            with urlopen(address, timeout=30) as response:
                page = response.read().decode()
            assert builtin_article().sentences[5].text not in page
            for path in ("config", "gradio_api/info"):
                assert refused(address, path) == 401
            assert login(address, "secret words") == 200
            assert [login(address, "guess") for _ in range(6)] == [400] * 5 + [429]
            assert login(address, "secret words") == 429
        finally:
            process.kill()


def login(address, password):
    data = urlencode({"username": "me", "password": password}).encode()
    try:
        with urlopen(f"{address}login", data=data, timeout=30) as response:
            return response.status
    except HTTPError as error:
        return error.code
