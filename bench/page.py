"""The page in Chromium: bytes and requests of a cold load, layout shift, time to echo and to answer.

    python bench/page.py ARTICLE [--turns 60] [--latency 0] [--words 0] [--reader none]

Serves the article (or, with --words, a text of that many words) as ``article-qa ui`` does, opens it
with an empty cache, and prints one line of JSON. CHROMIUM names the browser.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from concurrent.futures import Future
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import ui
from index import Article, read_article
from qa import ArticleQA, Settings

SHIFT = """window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""
# From the press of Enter, by the page's own clock: when the question stands in the conversation, and
# when its answer does.
ASK = """(question) => new Promise((done) => {
  const box = [...document.querySelectorAll("textarea")].find((area) => area.offsetParent);
  const count = (what) => document.querySelectorAll(`#chat ${what}`).length;
  const before = { echo: count(".question"), answer: count(".answer") };
  const times = {};
  const start = performance.now();
  const look = () => {
    const stamp = performance.now() - start;
    if (!("echo" in times) && count(".question") > before.echo) times.echo = stamp;
    if (!("answer" in times) && count(".answer") > before.answer) times.answer = stamp;
    if ("answer" in times || stamp > 300000) done(times);
    else requestAnimationFrame(look);
  };
  box.focus();
  box.value = question;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })
  );
  look();
})"""


def long_text(n_words: int) -> str:
    """Return a text of made-up facts, the same each time."""
    dice, names = random.Random(1), "Arda Brin Calo Dovre Elva Fenn Gaja Holm Isen Jorn".split()
    paragraphs, n = [], 0
    while n < n_words:
        sentences = [
            f"The town of {dice.choice(names)} sold {dice.randrange(10, 999)} boats to "
            f"{dice.choice(names)} in {dice.randrange(1900, 2024)}, and the council was glad of it."
            for _ in range(5)
        ]
        paragraphs.append(" ".join(sentences))
        n += sum(len(s.split()) for s in sentences)
    return "How the towns traded\n\n" + "\n\n".join(paragraphs)


def cold_load(page: Page, address: str, latency: int) -> dict[str, float]:
    """Open the page with an empty cache; return what came over the line and what moved."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    got = {"requests": 0, "bytes": 0.0}

    def began(_: object) -> None:
        got["requests"] += 1

    def came(event: dict[str, float]) -> None:
        got["bytes"] += event.get("encodedDataLength", 0)

    line.on("Network.requestWillBeSent", began)
    line.on("Network.loadingFinished", came)  # headers and body, as they came over the line
    page.set_default_timeout(300_000)
    page.add_init_script(SHIFT)
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(".article .sentence").first.wait_for(timeout=120_000)
    text_s = time.perf_counter() - start
    page.locator("body[data-ready]").wait_for(timeout=120_000)
    ready_s = time.perf_counter() - start
    page.wait_for_timeout(2000 + 4 * latency)
    return {
        **got,
        "text_s": round(text_s, 2),
        "ready_s": round(ready_s, 2),
        "shift": round(page.evaluate("window.shift"), 3),
    }


def ask_many(page: Page, questions: list[str]) -> list[dict[str, float]]:
    """Ask one question after another; return the milliseconds to echo and answer of each."""
    times = []
    for question in questions:
        times.append(page.evaluate(ASK, question))
        page.locator("#chat .awaited").wait_for(state="detached")
        page.wait_for_timeout(200)
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("article", type=Path)
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--latency", type=int, default=0)
    parser.add_argument("--words", type=int, default=0)
    parser.add_argument("--reader", help="none is quick, and the page's own figures are the same")
    given = parser.parse_args()
    article = (
        Article.from_text(long_text(given.words)) if given.words else read_article(given.article)
    )
    engine = ArticleQA.from_articles([article], Settings(reader=given.reader))
    future: Future[ArticleQA] = Future()
    future.set_result(engine)
    page_app = ui.build_page(engine.articles, future, engine.threshold, Path(os.devnull))
    address = ui.launch(page_app)
    bodies = [s.text for s in article.sentences if s.kind == "body"]
    asked = [
        f"Why {' '.join(s.split()[2:6])}?" for s in bodies
    ]  # the readers are asked, not a topic
    questions = [asked[n % len(asked)] for n in range(given.turns)]
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        figures: dict[str, object] = {
            "article": article.title[:40],
            "words": len(article.text.split()),
        }
        figures |= {"latency_ms": given.latency, **cold_load(page, address, given.latency)}
        page.locator("#starters button").first.wait_for()  # which are asked too
        times = ask_many(page, questions)
        figures["turns"] = len(times)
        for what in ("echo", "answer"):
            values = [t[what] for t in times if what in t]
            figures[f"{what}_ms"] = [
                round(statistics.median(values[:5])),
                round(statistics.median(values[-5:])),
            ]
        browser.close()
    page_app.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
