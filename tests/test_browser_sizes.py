"""The page in Chromium on phones, wide screens, at 400 % and on paper."""

from io import BytesIO
from pathlib import Path

import pytest
from browser import (
    BROWSER,
    LOAN,
    SOUTH,
    ask,
    drawn,
    has_no_sideways_scroll,
    holds,
    in_view,
    loan,
    menu,
    row_of,
    tab,
)
from pypdf import PdfReader

from qa.page.render import anchor

pytestmark = BROWSER


def test_on_a_phone_a_citation_opens_a_sheet_and_a_way_leads_back_to_the_answer(
    open_page, address, article
):
    page = open_page(address, width=380, height=700)
    assert not page.locator("#article").is_visible()
    answer = ask(page, "How large was the loan for the new crane?")
    assert has_no_sideways_scroll(page)
    link = answer.get_by_role("link", name="Citation 1")
    link.click()
    sheet = page.get_by_role("dialog", name="The citation in its context")
    assert sheet.locator(".current").inner_text() == loan(article).text
    page.go_back()
    assert not sheet.is_visible()
    assert answer.is_visible()
    link.click()
    sheet.get_by_role("button", name="Read on in the article").click()
    assert not answer.is_visible()
    assert in_view(page, anchor(article, loan(article).number))
    assert has_no_sideways_scroll(page)
    page.get_by_role("button", name="Back to the answer").click()
    assert answer.is_visible()
    assert page.evaluate("document.activeElement.textContent") == "1"


def test_the_page_itself_never_scrolls(open_page, address):
    page = open_page(address)
    for n in range(6):
        ask(page, f"{LOAN} And ship number {n}?")
    page.locator("#chat .answer a.number").first.click()
    page.reload()
    page.locator("#chat .answer").nth(5).wait_for()
    for place in (0, 100_000):
        page.locator("#chat").evaluate("(pane, to) => pane.scrollTo(0, to)", place)
        for name in ("Ask", "Articles", "Question file", "Settings"):
            tab(page, name)
            assert page.evaluate(OVERFLOWING) == [], name


# What scrolls, or is scrolled, beside the panes that are meant to.
OVERFLOWING = """() => [...document.querySelectorAll("*")]
    .filter(e => e.contains(document.querySelector("#panes")) || e.matches(".pane:not(.side)"))
    .filter(e => e.scrollTop > 0 || e.scrollHeight > Math.max(e.clientHeight, innerHeight))
    .concat([...document.querySelectorAll("#panes")]
        .filter(e => Math.abs(e.getBoundingClientRect().bottom - innerHeight) > 1))
    .map(e => `${e.tagName} ${e.id} ${e.className}`)"""


def test_a_print_holds_conversation_and_article_and_nothing_to_press(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    page.emulate_media(media="print")
    for selector in (".turn .question", ".turn blockquote", "#article .cited"):
        assert page.locator(selector).first.is_visible(), selector
    for selector in ("#ask-form", ".actions", "nav", "#search"):
        assert not page.locator(selector).first.is_visible(), selector


def test_a_pdf_of_the_page_holds_all_questions_quotes_and_the_whole_article(
    open_page, ferry_address, ferry
):
    page = open_page(ferry_address)
    asked = [SOUTH, "Who leads the sailors?", "What does the second boat cost?"]
    for question in asked:
        ask(page, question)
    page.emulate_media(media="print")
    pdf = PdfReader(BytesIO(page.pdf(format="A4")))
    pages = [" ".join(sheet.extract_text().split()) for sheet in pdf.pages]
    text = " ".join(pages)
    assert len(pages) > 2
    for question in asked:
        assert question in pages[0] + pages[1]
    whole = "".join(text.split())
    missing = [s.text for s in ferry.sentences if "".join(s.text.split()) not in whole]
    assert [each for each in missing if not each.startswith("- Line")] == []
    for cell in ("6:10 a.m.", "36 kronor", "First boat"):
        assert cell in text
    for pressed in ("Good answer", "Copy link", "Export", "Search", "Undo"):
        assert pressed not in text


@pytest.mark.parametrize("width", [390, 768, 1280, 2560])
def test_a_sentences_card_stays_within_the_window(open_page, ferry_address, width):
    page = open_page(ferry_address, width=width, height=800)
    if not page.locator("#article").is_visible():
        tab(page, "Read")
    for sentence in (page.locator("p .sentence").nth(n) for n in (0, 3, -1)):
        sentence.scroll_into_view_if_needed()
        box = sentence.bounding_box()
        page.mouse.click(box["x"] + box["width"] - 3, box["y"] + 5)
        card = page.get_by_role("dialog", name="This sentence")
        card.wait_for()
        left, top, right, bottom = card.evaluate(
            "e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }"
        )
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= 800
        page.keyboard.press("Escape")


@pytest.mark.parametrize("size", [(320, 256), (390, 844), (768, 1024), (2560, 1440)])
def test_the_box_is_in_view_at_400_percent_and_other_sizes(open_page, address, size):
    page = open_page(address, width=size[0], height=size[1])
    ask(page, LOAN)
    assert has_no_sideways_scroll(page)
    page.locator("#title").evaluate("e => e.textContent = 'A long title without end '.repeat(20)")
    assert page.locator("#panes").evaluate("e => e.getBoundingClientRect().width") <= size[0]
    left, right = page.get_by_label("Your question").evaluate(
        "e => [e.getBoundingClientRect().left, e.getBoundingClientRect().right]"
    )
    assert 0 <= left < right <= size[0]


@pytest.mark.parametrize(("width", "height"), [(380, 700), (640, 400)])
def test_nothing_scrolls_sideways_when_narrow_or_at_200_percent(open_page, address, width, height):
    page = open_page(address, width=width, height=height)
    for name in ("Ask", "Read", "Articles", "Question file", "Settings"):
        tab(page, name)
        assert has_no_sideways_scroll(page), name


def test_on_a_phone_the_sheet_shows_the_table_and_the_export_too(
    open_page, ferry_address, ferry, tmp_path
):
    page = open_page(ferry_address, width=390, height=844)
    ask(page, SOUTH).get_by_role("link", name="Citation 1").click()
    sheet = page.get_by_role("dialog", name="The citation in its context")
    assert sheet.get_by_role("columnheader").count() == 3
    assert sheet.locator("tr.current").inner_text().split("\t") == [
        "South",
        "7:15 a.m.",
        "36 kronor",
    ]
    sheet.get_by_role("button", name="Close").click()
    with page.expect_download() as download:
        menu(page, "#export", "Web page")
    page.goto("about:blank")
    page.set_content(Path(download.value.path()).read_text(encoding="utf-8"))
    row = page.locator(f"tr#{anchor(ferry, row_of(ferry, 'South').number)}")
    assert row.get_attribute("data-number") == "1.1"
    assert row.locator("td").all_inner_texts() == ["South", "7:15 a.m.", "36 kronor"]
    assert has_no_sideways_scroll(page)


def test_at_400_percent_the_page_scrolls_and_the_box_hides_nothing(open_page, ferry_address, ferry):
    page = open_page(ferry_address, width=320, height=256)
    bottom = "e => Math.round(innerHeight - e.getBoundingClientRect().bottom)"
    assert page.evaluate("scrollY") == 0
    for question in ("Who leads the sailors?", "What does the second boat cost?"):
        answer = ask(page, question)
        assert page.locator("#ask-form").evaluate(bottom) == 0
    link = answer.get_by_role("link", name="Citation 1")
    page.locator("#question").focus()
    link.focus()
    covered = """e => {
        const box = e.getBoundingClientRect();
        return e.contains(document.elementFromPoint(box.left + 5, box.bottom - 3));
    }"""
    assert link.evaluate(covered)
    link.click()
    page.get_by_role("button", name="Read on in the article").click()
    cited = page.locator("#article .current")
    holds(page, "history.state === null")
    drawn(page)
    assert cited.evaluate(covered)
    assert has_no_sideways_scroll(page)


@pytest.mark.parametrize("width", [1280, 2560])
def test_no_line_has_many_more_than_65_letters(open_page, ferry_address, width):
    page = open_page(ferry_address, width=width, height=1000)
    ask(page, f"{SOUTH} {'And of all the other lines to the islands of the north? ' * 3}")
    assert 40 < page.evaluate(LONGEST_LINE, "#article p") <= 70
    for selector in ("#turns .question", "#turns blockquote", ".answer p"):
        assert page.evaluate(LONGEST_LINE, selector) <= 70, selector


# The most letters in a line of the elements that a selector finds.
LONGEST_LINE = """selector => {
    let most = 0;
    for (const element of document.querySelectorAll(selector)) {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        let bottom = null, n = 0;
        while (walker.nextNode()) for (let i = walker.currentNode.parentElement.matches(".hidden-text") ? 1e9 : 0; i < walker.currentNode.length; i++) {
            const range = document.createRange();
            range.setStart(walker.currentNode, i);
            range.setEnd(walker.currentNode, i + 1);
            const [box] = range.getClientRects(); // a space at a line's end has one in the next too
            if (!box?.width) continue;
            if (bottom !== null && box.top > bottom - 2) n = 0;
            bottom = n ? Math.max(box.bottom, bottom) : box.bottom;
            most = Math.max(most, ++n);
        }
    }
    return most;
}"""
