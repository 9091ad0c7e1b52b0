"""The page in Chromium before strangers: a password, hostile texts, programs."""

import json
from pathlib import Path

from browser import (
    BROWSER,
    FORMS,
    LOAN,
    ask,
    engine_over,
    loan,
    menu,
    questions,
    ready,
    send_file,
    served,
    tab,
)

import ui
from index import Article
from qa.batch.batch import answer_file
from qa.batch.question_file import read_questions
from qa.page.render import anchor

pytestmark = BROWSER


HOSTILE = Path(__file__).with_name("hostile.txt").read_text(encoding="utf-8").splitlines()


def test_with_a_password_a_page_of_our_own_asks_for_it(open_page, article, engine):
    page_ = ui.build_page([article], ready(engine), 0.25, Path("/dev/null"))
    address = ui.launch(page_, auth=("me", "secret"))
    try:
        page = open_page(address, login=True)
        assert page.locator(".sentence").count() == 0
        page.get_by_label("Name").fill("me")
        for password in ("guess", "secret"):
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Log in").click()
            if password == "guess":
                page.get_by_role("alert").filter(has_text="not right").wait_for()
        page.locator("body[data-opened]").wait_for()
        assert "40" in ask(page, LOAN).inner_text()
    finally:
        page_.close()


def test_hostile_text_runs_nothing_and_is_shown_as_it_is(open_page, encoder, tmp_path):
    text = "\n\n".join(f"Payload number {n} is {p} and ends." for n, p in enumerate(HOSTILE))
    article = Article.from_text(text, title=HOSTILE[0], source=HOSTILE[1])
    with served([article], ready(engine_over([article], encoder)), tmp_path / "votes") as address:
        page = open_page(address, opened=False)
        page.locator("#loading").wait_for(state="hidden")
        page.locator("#chat .welcome").wait_for()
        for n, payload in enumerate(HOSTILE):
            ask(page, f"Payload number {n} {payload}")
        for s in article.sentences:
            shown = page.locator(f"#{anchor(article, s.number)}").evaluate("e => e.textContent")
            assert shown == s.text
        page.reload()
        page.locator("#chat .turn").nth(len(HOSTILE) - 1).wait_for()
        assert questions(page) == [f"Payload number {n} {p}" for n, p in enumerate(HOSTILE)]
        for form, name in FORMS:
            with page.expect_download() as download:
                menu(page, "#export", name)
            (tmp_path / f"chat.{form}").write_bytes(Path(download.value.path()).read_bytes())
        tab(page, "Articles")
        page.get_by_label("Or paste a text").fill(f"{HOSTILE[2]} is pasted here.")
        page.get_by_label("Its title, if it has one").fill(HOSTILE[3])
        page.get_by_role("button", name="Add the text").click()
        page.locator("#work .message").filter(has_text="Added").wait_for()
        for payload in HOSTILE:
            send_file(page, "articles", f"{payload}.txt".replace("/", "_"), b"\xff\xfe\xff")
            page.locator("#work .problem").wait_for()
            page.locator("#work").evaluate("e => e.replaceChildren()")
        tab(page, "Question file")
        rows = "".join(f"{json.dumps({'id': p, 'question': p})}\n" for p in HOSTILE)
        send_file(page, "questions", "q.jsonl", rows.encode())
        page.locator("#progress .message").filter(has_text=f"{len(HOSTILE)} questions: ").wait_for()
        assert page.evaluate(UNWANTED) == []
        assert page.locator("#picker input").count() == 2
        assert page.evaluate("window.hacked") is None
        page.goto("about:blank")
        page.set_content((tmp_path / "chat.html").read_text(encoding="utf-8"))
        assert page.locator("script, img, svg, iframe, form, link, h1, b, input").count() == 0
        assert page.evaluate("window.hacked") is None


# In what we render there is none of these.
UNWANTED = """() => [...document.querySelectorAll(
    ".turn :is(script, img, svg, iframe, form:not(.why), link, style, b, object, embed), "
    + "#article :is(script, img, svg, iframe, form, link, style, b, object, embed), "
    + "#panes :is(script, img, iframe, link, b, h1)")].map(element => element.outerHTML)"""


def test_no_pane_speaks_of_commands_or_of_the_servers_files(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    for name in ("Ask", "Articles", "Question file", "Settings"):
        tab(page, name)
        shown = page.locator("body").inner_text()
        for word in ("article-qa", "--", "/home", "/tmp", ".local", "threshold", "traceback"):
            assert word not in shown.replace(address, ""), (name, word)


def test_programs_can_ask_retrieve_and_batch(address, article, engine, tmp_path):
    from gradio_client import Client

    client = Client(address, verbose=False)
    answer = client.predict("How large was the loan for the new crane?", api_name="/ask")
    assert answer["status"] == "answered"
    assert answer["citations"][0]["quote"] == loan(article).text
    one = client.predict("How large was the loan?", max_citations=1, api_name="/ask")
    assert len(one["citations"]) == 1
    hits = client.predict("How large was the loan?", top_k=2, api_name="/retrieve")
    assert [set(hit) for hit in hits] == [set(engine.retrieve("loan", 1)[0].to_dict())] * 2
    (tmp_path / "q.txt").write_text("How large was the loan?\n?!\n")
    answer_file(engine, read_questions(tmp_path / "q.txt"), tmp_path / "out.csv")
    text = client.predict("How large was the loan?\n?!\n", "txt", "csv", api_name="/batch")
    assert text.encode() == (tmp_path / "out.csv").read_bytes()
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/ask", "/retrieve", "/batch"}
    for endpoint in named.values():
        for parameter in endpoint["parameters"]:
            assert f"{parameter['parameter_name']}: " in endpoint["description"]
    client.close()
