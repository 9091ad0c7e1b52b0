"""What the tests of the page in Chromium share: the browser, two articles and their pages."""

import os
import shutil
from pathlib import Path
from urllib.parse import urljoin

import pytest
from browser import LIMIT_MS, engine_over, ready, served

from index import Article
from qa import ArticleQA

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


REQUIRED = os.environ.get("ARTICLE_QA_REQUIRE_BROWSER") == "1"


OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


HARBOUR = """The harbour reopens

The ferry Aurora lies at the northern quay on Friday, while workers of the town clear the last planks and nets from the water. (Harbour Office/Reuters)

The harbour was closed for 12 days after the storm. Nobody was hurt.

{filler}

Mayor Ada Lind paid for the new crane with a loan of 40 million kronor.

{filler}

14 fishermen helped the town for a week.

MOST POPULAR
""".format(filler="\n\n".join(f"Ship number {n} waited outside for calm water." for n in range(20)))


@pytest.fixture(scope="module")
def article():
    return Article.from_text(HARBOUR)


@pytest.fixture(scope="module")
def engine(article, encoder):
    return engine_over([article], encoder)


@pytest.fixture(scope="module")
def feedback(tmp_path_factory):
    return tmp_path_factory.mktemp("feedback") / "votes" / "feedback.jsonl"


@pytest.fixture(scope="module")
def address(article, engine, feedback):
    with served([article], ready(engine), feedback) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    if not shutil.which(CHROMIUM):
        missing = f"needs Chromium at {CHROMIUM} (apt-get install chromium, or set CHROMIUM)"
        pytest.fail(missing) if REQUIRED else pytest.skip(missing)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shared_context(chromium):
    """One context, so that the page's scripts are fetched once; each test empties its storage."""
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(LIMIT_MS)
    return context


@pytest.fixture
def open_page(chromium, shared_context):
    """Open an address; afterwards, no request has left this machine and no script has failed."""
    contexts, pages, requests, errors = [], [], [], []

    def open_page(
        address, *, width=1280, height=800, scheme="light", opened=True, other=False, login=False
    ):
        context = shared_context
        if other:
            context = chromium.new_context()
            context.set_default_timeout(LIMIT_MS)
            contexts.append(context)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        pages.append(page)
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        if len(pages) == 1:  # on another page of the site, where no script of ours writes again
            page.goto(urljoin(address, "/robots.txt"))
            page.evaluate(EMPTIED)
        page.goto(address)
        if login:
            page.locator("body.login").wait_for()
            return page
        page.locator("body[data-ready]").wait_for()
        if opened:
            page.locator("body[data-opened]").wait_for()
        return page

    yield open_page
    for page in pages:
        page.close()
    for context in contexts:
        context.close()
    assert requests
    away = [u for u in requests if not u.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    assert away == []
    assert errors == []


# Removes what the browser has stored of the page.
EMPTIED = """() => new Promise((done) => {
    localStorage.clear();
    const request = indexedDB.deleteDatabase("article-qa");
    request.onsuccess = request.onerror = request.onblocked = done;
})"""


@pytest.fixture(scope="module")
def real(shared):
    """The engine over the real article, and the address of its page."""
    engine = ArticleQA.from_file(shared / "article.txt")
    with served(engine.articles, ready(engine)) as address:
        yield engine, address


@pytest.fixture(scope="module")
def axe():
    """The script of axe-core; asked for before a page, so that none is opened without it."""
    path = Path(os.environ.get("AXE_CORE", ""))
    if not path.is_file():
        missing = "needs axe-core (npm install axe-core; AXE_CORE names its axe.min.js)"
        pytest.fail(missing) if REQUIRED else pytest.skip(missing)
    return path.read_text(encoding="utf-8")


FERRY = """The ferry in its second year

The ferry to Lommen carried 184 thousand people last year. {filler}

Timetable

- Line: North; First boat: 6:10 a.m.; Price: 48 kronor
- Line: South; First boat: 7:15 a.m.; Price: 36 kronor

The crew

Captain Ylva Brandt leads 11 sailors. {filler}

The next boat

The second boat costs 92 million kronor. {filler}
""".format(filler=" ".join(f"Wave number {n} came from the west and went." for n in range(40)))


@pytest.fixture(scope="module")
def ferry():
    return Article.from_text(FERRY, notes=["left out: 2 pictures"])


@pytest.fixture(scope="module")
def ferry_address(ferry, encoder):
    with served([ferry], ready(engine_over([ferry], encoder))) as address:
        yield address
