"""LangChain's own standard tests of retrievers."""

import pytest

pytest.importorskip(
    "langchain_tests", reason="needs langchain-tests: pip install --group frameworks"
)

from langchain_tests.integration_tests import RetrieversIntegrationTests

from qa import ArticleQA, Settings
from qa.adapters.langchain import ArticleRetriever

TEXT = "\n\n".join(
    f"The bridge number {n} stands in the town of {town}. It cost {n} million euros. " * 4
    for n, town in enumerate("Lund Oslo Bergen Umea Malmo Turku".split(), start=2)
)


class TestArticleRetriever(RetrieversIntegrationTests):
    @property
    def retriever_constructor(self):
        return ArticleRetriever

    @property
    def retriever_constructor_params(self):
        return {"engine": ArticleQA.from_text(TEXT, Settings(reader="none"))}

    @property
    def retriever_query_example(self):
        return "What did the bridge of Oslo cost?"
