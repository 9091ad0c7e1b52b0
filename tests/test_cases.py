"""Small cases that users met: how many of each kind the whole program gets right, small reader alone or both."""

import json
import warnings
from pathlib import Path

import pytest

from index import ArticleError, SentenceTransformerEncoder, read_source
from qa import ArticleQA, Settings
from qa.models import open_reader

CASES = Path(__file__).parents[2] / "shared" / "cases" / "cases.jsonl"
# What the answer's own top floor is to blame for.
ANSWERS = {
    "about-the-article / summary request": 1.0,
    "chit-chat, thanks, yes": 1.0,
    "several questions in one": 0.6,
    "follow-up cut short (what about X)": 0.8,
    "follow-up: what/how about X, and X?": 0.8,
}
# Tables: of what is left one asks for the row with the highest value.
TABLES = {
    "PDF: table": 1.0,
    "Word table: cells merged down / across": 1.0,
    "Word table: empty corner cell": 1.0,
    "Word table: form without a head row": 1.0,
    "list in a cell": 1.0,
    "rows under one group (rowspan)": 1.0,
    "table pasted from a sheet or a web page (tabs)": 1.0,
    "table questions": 0.96,
    "table whose head is bold, not <th>": 1.0,
}
KINDS = ANSWERS | TABLES


@pytest.fixture(scope="module")
def shares(tmp_path_factory):
    if not CASES.exists():
        pytest.skip(f"needs {CASES}, which is not part of the project")
    folder = tmp_path_factory.mktemp("cases")
    settings = Settings(encoder=SentenceTransformerEncoder(), reader=open_reader())
    outcomes: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    engines: dict[str, ArticleQA | None] = {}
    for number, line in enumerate(CASES.read_text(encoding="utf-8").splitlines()):
        case = json.loads(line)
        if case["kind"] not in KINDS:
            continue
        key = case.get("file") or f"{case['form']} {case['article']}"
        if key not in engines:
            path = CASES.parent / case["file"] if case.get("file") else None
            if path is None:
                path = folder / f"{number}.{case['form']}"
                path.write_text(case["article"], encoding="utf-8")
            engines[key] = engine_of(path, settings)
        engine = engines[key]
        answer = engine and engine.ask(case["question"], history=case.get("history") or ())
        outcomes[case["kind"]].append(is_right(answer, case["expect"]))
    return {kind: sum(right) / len(right) for kind, right in outcomes.items()}


def engine_of(path, settings):
    try:
        articles = read_source(path).articles
    except ArticleError:  # a page without its text is none
        return None
    with warnings.catch_warnings(action="ignore"):  # some are not in English
        return ArticleQA.from_articles(articles, settings)


def is_right(answer, expect):
    if answer is None or not expect["answerable"]:
        return not (expect["answerable"] or (answer and answer.answered))
    quotes = [" ".join(c.quote.split()) for c in answer.citations]
    cited = [any(part in quote for quote in quotes) for part in expect["must_cite"]]
    return all(cited) if expect.get("must_cite_all") else any(cited)


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_cases_as_ever_are_right(shares, kind):
    assert shares[kind] >= KINDS[kind]
