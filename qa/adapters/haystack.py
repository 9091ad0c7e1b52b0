"""Articles as a component of Haystack; needs the extra ``haystack``."""

from __future__ import annotations

from haystack import Document, component

from qa.article_qa import ArticleQA
from qa.settings import TOP_K


@component
class ArticleRetriever:
    """Returns the ``top_k`` passages of an engine's articles that best fit a query, best first."""

    def __init__(self, engine: ArticleQA, top_k: int = TOP_K) -> None:
        self.engine, self.top_k = engine, top_k

    @component.output_types(documents=list[Document])
    def run(self, query: str, top_k: int | None = None) -> dict[str, list[Document]]:
        """Return the passages as documents."""
        hits = self.engine.retrieve(query, self.top_k if top_k is None else top_k)
        documents = [
            Document(id=h.id, content=h.passage.text, meta=h.metadata, score=h.score) for h in hits
        ]
        return {"documents": documents}
