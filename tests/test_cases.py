"""Small cases that users met, of the kinds that the answer's own top floor is to blame for."""

import json
from pathlib import Path

import pytest

from index import Article, SentenceTransformerEncoder
from qa import ArticleQA, Settings

CASES = Path(__file__).parents[2] / "shared" / "cases" / "cases.jsonl"
KINDS = {
    "about-the-article / summary request": 1.0,
    "chit-chat, thanks, yes": 1.0,
    "several questions in one": 0.6,
    "follow-up cut short (what about X)": 0.8,
    "follow-up: what/how about X, and X?": 0.8,
}


@pytest.fixture(scope="module")
def shares():
    if not CASES.exists():
        pytest.skip(f"needs {CASES}, which is not part of the project")
    encoder = SentenceTransformerEncoder()
    outcomes: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    engines: dict[str, ArticleQA] = {}
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["kind"] not in KINDS or "article" not in case:
            continue
        text = case["article"]
        if text not in engines:
            article = Article.from_text(text)
            engines[text] = ArticleQA.from_articles([article], Settings(encoder=encoder))
        answer = engines[text].ask(case["question"], history=case.get("history") or ())
        outcomes[case["kind"]].append(is_right(answer, case["expect"]))
    return {kind: sum(right) / len(right) for kind, right in outcomes.items()}


def is_right(answer, expect):
    if not expect["answerable"]:
        return not answer.answered
    quotes = [" ".join(c.quote.split()) for c in answer.citations]
    cited = [any(part in quote for quote in quotes) for part in expect["must_cite"]]
    return all(cited) if expect.get("must_cite_all") else any(cited)


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_cases_as_ever_are_right(shares, kind):
    assert shares[kind] >= KINDS[kind]
