"""Own articles and question files in Chromium."""

import json
import re
import time
from pathlib import Path
from threading import Event

from browser import (
    BROWSER,
    LIMIT_MS,
    LOAN,
    TIDE,
    FirstNumberReader,
    ask,
    becomes,
    drop,
    engine_over,
    has_no_sideways_scroll,
    loan,
    marked,
    picked,
    questions,
    ready,
    send_file,
    served,
    tab,
)

from qa import ArticleQA, Settings
from qa.batch.batch import answer_file
from qa.batch.question_file import read_questions
from qa.batch.records import CHUNK
from qa.page.pace import SHOWN_AFTER_S

pytestmark = BROWSER


def test_articles_are_pasted_dropped_and_picked(open_page, address, article):
    page = open_page(address)
    tab(page, "Articles")
    page.get_by_label("Or paste a text").fill(TIDE)
    page.get_by_label("Its title, if it has one").fill("The tide")
    page.get_by_role("button", name="Add the text").click()
    page.locator("#work .message").filter(has_text="Added “The tide”.").wait_for()
    becomes(page, picked, [[article.title, True], ["The tide", True]])
    assert page.get_by_label("Or paste a text").input_value() == ""
    assert page.get_by_label("Its title, if it has one").input_value() == ""
    tab(page, "Ask")
    drop(page, "moor.txt", "The moor burned for 9 days. Then came rain.")
    page.locator("#work .message").filter(has_text="The moor burned").wait_for()
    becomes(page, lambda page: [chosen for _, chosen in picked(page)], [True, True, True])
    becomes(page, lambda page: page.locator("#article .article").count(), 3)
    assert page.title() == "3 articles – Ask the article"
    tab(page, "Ask")
    answer = ask(page, "For how many days did the moor burn?")
    assert answer.locator(".where").first.inner_text().startswith("The moor burned")
    answer.locator("a.number").first.click()
    assert page.locator("#article .current").inner_text() == "The moor burned for 9 days."
    tab(page, "Articles")
    page.locator("#picker label", has_text="The tide").locator("input").uncheck()
    becomes(page, lambda page: page.locator("#article .article").count(), 2)
    page.get_by_role("button", name="Remove The tide").click()
    becomes(page, lambda page: page.locator("#picker label").count(), 2)


def test_what_cannot_be_an_article_is_said_and_changes_nothing(open_page, address, article):
    page = open_page(address)
    tab(page, "Articles")
    send_file(page, "articles", "broken.txt", b"\xff\xfe\xff")
    page.locator("#work .problem").filter(has_text="broken.txt").wait_for()
    assert "/" not in page.locator("#work .problem").inner_text()
    page.get_by_label("Or give an address").fill("file:///etc/passwd")
    page.get_by_role("button", name="Fetch it").click()
    page.locator("#work .problem").filter(has_text="http").wait_for()
    becomes(page, picked, [[article.title, True]])


def test_a_question_file_is_answered_as_by_the_command(
    open_page, address, article, engine, tmp_path
):
    rows = [{"id": n, "question": f"How large was the loan, no. {n}?"} for n in range(70)]
    data = "".join(f"{json.dumps(row)}\n" for row in rows) + "{\n"
    questions = tmp_path / "questions.jsonl"
    questions.write_text(data)
    strict = engine.with_settings(threshold=0.25)
    page = open_page(address)
    tab(page, "Question file")
    send_file(page, "questions", "questions.jsonl", data.encode())
    page.locator("#progress .message").filter(has_text="71 questions: ").wait_for()
    assert page.locator("#records tbody tr").count() == 71
    page.reload()
    page.locator("body[data-opened]").wait_for()
    tab(page, "Question file")
    page.locator("#progress .message").filter(has_text="71 questions: ").wait_for()
    page.locator("#level").select_option("error")
    assert page.locator("#records tbody tr").count() == 1
    page.locator("#level").select_option("")
    page.locator("#order").select_option("unsure")
    assert page.locator("#records tbody tr td").first.inner_text() == "71"
    page.locator("#order").select_option("number")
    for form in ("jsonl", "csv", "xlsx"):
        answer_file(strict, read_questions(questions), tmp_path / f"out.{form}")
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download .{form}").click()
        assert download.value.suggested_filename == f"answers.{form}"
        assert Path(download.value.path()).read_bytes() == (tmp_path / f"out.{form}").read_bytes()
    assert page.evaluate(
        """() => {
            const pane = document.querySelector("#file-pane").getBoundingClientRect();
            const table = document.querySelector("#records table").getBoundingClientRect();
            return table.left >= pane.left && table.right <= pane.right && table.width > 300;
        }"""
    )
    page.locator("#records a.number").first.hover()
    preview = page.locator("#records a.number").first.get_attribute("data-preview")
    assert page.locator("#preview").inner_text() == preview
    page.locator("#records a.number").first.click()
    assert ["1", loan(article).text] in marked(page)


class HeldReader(FirstNumberReader):
    """Reads three chunks of a file, slowly enough for the page to show it, and others once let go."""

    n_chunks = 0

    def __init__(self):
        self.let_go = Event()

    def read(self, requests):
        if len(requests) == CHUNK:
            time.sleep(SHOWN_AFTER_S)
            self.n_chunks += 1
            if self.n_chunks > 3:
                self.let_go.wait(LIMIT_MS / 1000)
        return super().read(requests)


def test_a_run_shows_how_far_it_is_and_can_be_cancelled(open_page, article, engine):
    held = HeldReader()
    slow = ArticleQA(engine.store, Settings(reader=held))
    with served([article], ready(slow)) as address:
        page = open_page(address)
        tab(page, "Question file")
        send_file(page, "questions", "many.txt", b"How large was the loan for the crane?\n" * 5000)
        page.locator("#progress .message").filter(
            has_text=re.compile(r"\d a second · .* left")
        ).wait_for()
        assert page.locator("#progress progress").get_attribute("max") == "5000"
        page.get_by_role("button", name="Cancel").click()
        page.locator("#progress .message").filter(has_text="Stopped").wait_for()
        shown = page.locator("#progress").inner_text()
        n_answered = int(re.search(r"after ([\d,]+) questions", shown)[1].replace(",", ""))
        assert 0 < n_answered < 5000
        assert page.locator("#records tbody tr").count() == n_answered
        held.let_go.set()


def test_a_bad_question_file_is_refused_in_one_line(open_page, address):
    page = open_page(address)
    tab(page, "Question file")
    send_file(page, "questions", "questions.csv", b"id,text\n1,Who?\n")
    page.locator("#progress .problem").filter(has_text="column named question").wait_for()


class HeldBagOfWords:
    """The bag of words, slow enough that its progress is shown, and held until that was seen."""

    def __init__(self, encoder):
        self.inner, self.seen = encoder, Event()
        self.seen.set()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def encode_passages(self, texts):
        if not self.seen.is_set():
            time.sleep(SHOWN_AFTER_S)
            self.seen.wait(0 if self.n_batches == 0 else LIMIT_MS / 1000)
            self.n_batches += 1
        return self.inner.encode_passages(texts)

    n_batches = 0


def test_adding_a_long_article_shows_how_far_it_is(open_page, article, encoder):
    slow = HeldBagOfWords(encoder)
    with served([article], ready(engine_over([article], slow))) as address:
        page = open_page(address)
        slow.seen.clear()
        tab(page, "Articles")
        text = " ".join(f"Gull number {n} sat on the {n}th pole." for n in range(300))
        send_file(page, "articles", "gulls.txt", text.encode())
        page.locator("#work progress[value]").wait_for()
        line = page.locator("#work .message").filter(has_text=re.compile(r"of \d+ .*read .* left"))
        line.wait_for()
        slow.seen.set()
        page.locator("#work .message").filter(has_text="Added").wait_for()
        assert page.locator("#work progress").count() == 0


def test_a_question_asked_while_an_article_is_added_is_asked_of_it_too(open_page, article, encoder):
    slow = HeldBagOfWords(encoder)
    with served([article], ready(engine_over([article], slow))) as address:
        page = open_page(address)
        ask(page, LOAN)
        slow.seen.clear()
        tab(page, "Articles")
        text = " ".join(f"Gull number {n} sat on the {n}th pole." for n in range(300))
        send_file(page, "articles", "gulls.txt", text.encode())
        page.locator("#work progress[value]").wait_for()
        tab(page, "Ask")
        page.get_by_label("Your question").fill("Where did gull number 7 sit?")
        page.keyboard.press("Enter")
        page.locator(".awaited", has_text="Waiting for the articles").wait_for()
        slow.seen.set()
        note = page.locator("#note").filter(has_text="Other articles, another conversation")
        note.wait_for()
        page.locator("#chat .answer").filter(has_text="Gull number 7").wait_for()
        assert questions(page) == ["Where did gull number 7 sit?"]


def test_the_answers_to_a_file_are_read_on_a_phone(open_page, address):
    page = open_page(address, width=390, height=844)
    tab(page, "Question file")
    send_file(page, "questions", "two.txt", f"{LOAN}\nWhat is the name of the dog?\n".encode())
    page.locator("#progress .message").filter(has_text="2 questions: ").wait_for()
    assert has_no_sideways_scroll(page)
    for row in page.locator("#records tbody tr").all():
        question, answer = row.locator("td").nth(1), row.locator("td").nth(2)
        assert question.bounding_box()["width"] > 250
        assert answer.bounding_box()["y"] > question.bounding_box()["y"]
    page.locator("#records a.number").first.click()
    assert page.get_by_role("dialog", name="The citation in its context").is_visible()
