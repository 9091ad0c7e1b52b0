"""Articles in other frameworks: the same passages, by each framework's own rules."""

import re
from pathlib import Path

import pytest

from index import Article, ArticleIndex
from qa import ArticleQA, Settings
from qa.adapters.anthropic import cited_sentences, search_results

README = Path(__file__).parents[1] / "qa" / "adapters" / "README.md"
EXAMPLES = dict(
    re.findall(r"^## (\w+)$.*?^```python\n(.*?)^```$", README.read_text("utf-8"), re.M | re.S)
)
MODULES = {
    "LangChain": "langchain_core",
    "LlamaIndex": "llama_index.core",
    "Haystack": "haystack",
    "Anthropic": "json",
}
LUND = "The council of Lund opened the new bridge on Monday. It cost four million euros."
OSLO = "The museum of Oslo lent a painting to Bergen. The painting shows a fjord in winter."


@pytest.fixture
def engine(encoder):
    articles = [Article.from_text(LUND, date="2024-05-31"), Article.from_text(OSLO)]
    return ArticleQA(ArticleIndex.build(articles, encoder), Settings(reader="none"))


@pytest.mark.filterwarnings("ignore")  # of the frameworks, on their own code
@pytest.mark.parametrize("name", MODULES)
def test_the_example_runs(name):
    pytest.importorskip(MODULES[name], reason=f"needs {name}: pip install --group frameworks")
    exec(compile(EXAMPLES[name], str(README), "exec"), {"__name__": "example"})


def test_a_passage_is_a_search_result_and_each_sentence_a_block(engine):
    hits = engine.retrieve("a fjord in winter", 2)
    first, second = search_results(hits)
    assert [block["text"] for block in first["content"]] == [
        s.text for s in engine.articles[1].sentences
    ]
    assert first["citations"] == {"enabled": True}
    assert first["source"] != second["source"]


def test_a_citation_is_a_sentence_and_a_text_without_one_has_none(engine):
    hits = engine.retrieve("a fjord in winter", 2)
    citation = {
        "source": search_results(hits)[0]["source"],
        "start_block_index": 1,
        "end_block_index": 2,
    }
    reply = [
        {"type": "thinking", "thinking": "…"},
        {"type": "text", "text": "As I see it, ", "citations": None},
        {"type": "text", "text": "it shows a fjord", "citations": [citation, citation]},
    ]
    article = engine.articles[1]
    assert cited_sentences(reply, hits) == [
        ("As I see it, ", []),
        ("it shows a fjord", [(article, article.sentences[1])]),
    ]
    with pytest.raises(ValueError, match="must name a passage that was sent, got 'other'"):
        cited_sentences([{"type": "text", "text": "x", "citations": [{"source": "other"}]}], hits)
