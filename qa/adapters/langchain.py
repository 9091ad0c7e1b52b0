"""Articles as a retriever of LangChain; needs the extra ``langchain``."""

from __future__ import annotations

from typing import Any

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from qa.article_qa import ArticleQA
from qa.settings import TOP_K


class ArticleRetriever(BaseRetriever):
    """Returns the ``k`` passages of an engine's articles that best fit a query, best first."""

    engine: ArticleQA
    k: int = TOP_K

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: Any = None,  # noqa: ARG002 - LangChain looks for it
        k: int | None = None,
    ) -> list[Document]:
        hits = self.engine.retrieve(query, self.k if k is None else k)
        return [Document(hit.passage.text, id=hit.id, metadata=hit.metadata) for hit in hits]
