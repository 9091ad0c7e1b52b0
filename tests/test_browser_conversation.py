"""Conversations in Chromium: undone, named, reloaded, in two tabs, copied, exported, voted on."""

import json
import socket
from pathlib import Path

from browser import (
    BROWSER,
    FORMS,
    LOAN,
    TIDE,
    ask,
    becomes,
    engine_over,
    loan,
    marked,
    menu,
    picked,
    questions,
    ready,
    send_file,
    served,
    tab,
)

from qa.page.render import anchor

pytestmark = BROWSER


def test_a_question_that_cannot_be_asked_is_no_turn_and_its_problem_stands_above_the_box(
    open_page, address
):
    page = open_page(address)
    box = page.get_by_label("Your question")
    for question in ("", "  ", "?!"):
        box.fill(question)
        page.keyboard.press("Enter")
    problem = page.locator("#ask-problem")
    problem.filter(has_text="This cannot be asked: question must hold a word").wait_for()
    assert box.input_value() == "?!"
    assert page.locator("#chat .turn").count() == 0
    page.keyboard.type("x")
    assert problem.inner_text() == ""


def test_a_conversation_is_deleted_and_the_deletion_undone(open_page, address):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    menu(page, "#conversations", "Delete this conversation")
    page.locator("#chat .welcome").wait_for()
    assert page.locator("#chat .answer").count() == 0
    page.get_by_role("button", name="Undo").click()
    page.locator("#chat .answered").wait_for()
    assert questions(page) == [LOAN]


def test_two_visitors_do_not_see_each_others_questions(open_page, address):
    one, other = open_page(address), open_page(address, other=True)
    ask(one, "How large was the loan for the new crane?")
    ask(other, "What is the name of the dog?")
    assert one.locator("#chat .question").count() == other.locator("#chat .question").count() == 1


def test_the_chat_survives_a_reload_with_its_marks(open_page, address, article):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    ask(page, "What is the name of the dog?")
    page.reload()
    page.locator("#chat .answer").nth(1).wait_for()
    assert page.locator("#chat .question").count() == 2
    page.locator("#chat .answered .short-answer").click()
    assert ["1", loan(article).text] in marked(page)


def test_chat_and_own_articles_survive_a_restart_of_the_server(open_page, article, encoder):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with served([article], ready(engine_over([article], encoder)), port=port) as address:
        page = open_page(address)
        tab(page, "Articles")
        send_file(page, "articles", "tide.txt", TIDE.encode())
        page.locator("#work .message").filter(has_text="Added").wait_for()
        tab(page, "Ask")
        ask(page, "How many seals had nobody seen?")
        before = marked(page)
    with served([article], ready(engine_over([article], encoder)), port=port) as address:
        page.goto(address)
        page.locator("#chat .answered").wait_for()
        page.locator("#article .sentence", has_text="seals").wait_for()
        becomes(page, marked, before)
        answer = ask(page, "By how many metres did the tide rise?")
        assert "3 metres" in answer.locator("blockquote").first.inner_text()


def test_the_last_question_is_edited_and_its_answer_replaced_and_that_undone(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    box = page.get_by_label("Your question")
    box.press("ArrowUp")
    assert box.input_value() == LOAN
    box.press("Escape")
    assert box.input_value() == ""
    page.get_by_role("button", name="Edit", exact=True).click()
    assert box.input_value() == LOAN
    assert page.locator("#chat .turn").count() == 1
    page.keyboard.press("End")
    page.keyboard.type(" And who paid?")
    page.keyboard.press("Enter")
    page.locator("#note", has_text="replaced").wait_for()
    assert questions(page) == [f"{LOAN} And who paid?"]
    page.get_by_role("button", name="Undo").click()
    becomes(page, questions, [LOAN, f"{LOAN} And who paid?"])
    page.get_by_role("button", name="Delete", exact=True).first.click()
    becomes(page, questions, [f"{LOAN} And who paid?"])


def test_an_answer_is_copied_as_text_and_as_a_link(open_page, address, article):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    page.get_by_role("button", name="Copy", exact=True).click()
    page.locator("#note").filter(has_text="The answer is copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("How large was the loan for the new crane?\n40\n[1] ")
    assert loan(article).text in copied
    page.get_by_role("button", name="Copy link").first.click()
    page.locator("#note").filter(has_text="The link is copied.").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{address}?q=How%20large%20was%20the%20loan%20for%20the%20new%20crane%3F"


def test_a_link_opens_the_page_with_its_question_asked_once(open_page, address):
    page = open_page(f"{address}?q=How%20large%20was%20the%20loan%3F", opened=False)
    page.locator("#chat .answered").wait_for()
    assert "?" not in page.url
    page.reload()
    page.locator("#chat .answered").wait_for()
    ask(page, "What is the name of the dog?")
    assert questions(page) == ["How large was the loan?", "What is the name of the dog?"]


def test_a_vote_and_its_word_are_lines_of_a_local_file(open_page, address, feedback):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_label("Why?").fill("<b>wrong</b> crane")
    page.get_by_label("Why?").press("Enter")
    page.locator(".why", has_text="Noted: <b>wrong</b> crane").wait_for()
    assert page.get_by_role("button", name="Bad answer").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Bad answer").click()
    page.locator(".why").wait_for(state="detached")
    assert page.get_by_role("button", name="Bad answer").get_attribute("aria-pressed") == "false"
    lines = [json.loads(line) for line in feedback.read_text().splitlines()]
    votes = [("down", ""), ("down", "<b>wrong</b> crane"), ("", "")]
    assert [(v["vote"], v["word"]) for v in lines] == votes
    assert lines[0]["answer"]["citations"][0]["number"] == 1


def test_a_vote_that_cannot_be_written_is_told_and_not_shown(open_page, article, encoder, tmp_path):
    engine = ready(engine_over([article], encoder))
    with served([article], engine, tmp_path) as address:
        page = open_page(address)
        ask(page, LOAN)
        page.get_by_role("button", name="Good answer").click()
        page.get_by_text(f"{tmp_path.name} cannot be written").first.wait_for()
        assert page.get_by_role("button", name="Good answer").get_attribute("aria-pressed") == (
            "false"
        )


def test_the_chat_is_exported_in_three_forms(open_page, address, article, tmp_path):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    ask(page, "What is the name of the dog?")
    texts = {}
    for form, name in FORMS:
        with page.expect_download() as download:
            menu(page, "#export", name)
        assert download.value.suggested_filename == f"article-qa-chat.{form}"
        texts[form] = Path(download.value.path()).read_text(encoding="utf-8")
    assert "## How large was the loan for the new crane?" in texts["md"].replace("\\", "")
    exported = json.loads(texts["json"])
    assert exported["articles"][0]["text"] == article.text
    citation = exported["turns"][0]["answer"]["citations"][0]
    assert article.text[citation["start"] : citation["end"]] == citation["quote"]
    page.set_content(texts["html"])
    cited = page.locator(f"#{anchor(article, loan(article).number)}")
    assert cited.get_attribute("data-number") == "1.1"
    assert page.locator("script, link, img").count() == 0
    assert page.locator(".turn").count() == 2


def test_a_conversation_belongs_to_its_articles(open_page, address, article):
    page = open_page(address)
    ask(page, LOAN)
    tab(page, "Articles")
    send_file(page, "articles", "tide.txt", TIDE.encode())
    page.locator("#work .message").filter(has_text="Added").wait_for()
    tab(page, "Ask")
    becomes(page, questions, [])
    ask(page, "How many seals had nobody seen?")
    tab(page, "Articles")
    page.get_by_role("button", name="Remove ").click()
    becomes(page, picked, [[article.title, True]])
    tab(page, "Ask")
    becomes(page, questions, [LOAN])


def test_two_tabs_write_one_conversation_without_loss(open_page, address):
    one = open_page(address)
    ask(one, LOAN)
    other = open_page(address)
    becomes(other, questions, [LOAN])
    ask(other, "What is the name of the dog?")
    becomes(one, questions, [LOAN, "What is the name of the dog?"])
    ask(one, "How many days was the harbour closed?")
    becomes(other, lambda page: len(questions(page)), 3)


def test_a_conversation_is_named_by_whole_words_of_its_first_question(open_page, address):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane that the town has bought for its harbour?")
    name = page.locator("#conversation-name", has_text="How large").inner_text()
    assert name == "How large was the loan for the new crane that the town has…"


def test_conversations_are_named_and_switched(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    menu(page, "#conversations", "Rename")
    page.get_by_label("Name of the conversation").fill("The crane")
    page.keyboard.press("Enter")
    page.locator("#conversation-name", has_text="The crane").wait_for()
    menu(page, "#conversations", "New conversation")
    ask(page, "What is the name of the dog?")
    menu(page, "#conversations", "The crane")
    becomes(page, questions, [LOAN])
