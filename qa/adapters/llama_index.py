"""Articles as a retriever of LlamaIndex; needs the extra ``llama-index``."""

from __future__ import annotations

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from qa.article_qa import ArticleQA
from qa.settings import TOP_K


class ArticleRetriever(BaseRetriever):
    """Returns the ``top_k`` passages of an engine's articles that best fit a query, best first."""

    def __init__(self, engine: ArticleQA, top_k: int = TOP_K) -> None:
        super().__init__()
        self._engine, self._top_k = engine, top_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(
                node=TextNode(id_=hit.id, text=hit.passage.text, metadata=hit.metadata),
                score=hit.score,
            )
            for hit in self._engine.retrieve(query_bundle.query_str, self._top_k)
        ]
