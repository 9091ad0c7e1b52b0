"""Passages as search results of Anthropic's messages, and its citations back to sentences.

Nothing is imported for it: the blocks are what the API takes and gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from index import Article, Sentence, well_formed
from qa.types import Hit


def search_results(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Return a ``search_result`` block for each passage, in which each sentence is a text block."""
    return [
        {
            "type": "search_result",
            "source": hit.id,
            "title": well_formed(hit.article.title),
            "content": [
                {"type": "text", "text": well_formed(s.text)} for s in hit.passage_sentences
            ],
            "citations": {"enabled": True},
        }
        for hit in hits
    ]


def cited_sentences(
    content: Iterable[Any], hits: Sequence[Hit]
) -> list[tuple[str, list[tuple[Article, Sentence]]]]:
    """Return each text of a reply with the sentences that it cites, each of them once.

    Args:
        content: of the reply: blocks as the client returns them, or as dictionaries.
        hits: those whose blocks were sent, in the same order.

    Raises:
        ValueError: a citation names a passage that was not sent.
    """
    by_id = {hit.id: hit for hit in hits}
    return [
        (block["text"], list(dict.fromkeys(_sentences(block.get("citations") or (), by_id))))
        for block in map(_mapping, content)
        if block["type"] == "text"
    ]


def _sentences(
    citations: Iterable[Any], by_id: Mapping[str, Hit]
) -> Iterable[tuple[Article, Sentence]]:
    for citation in map(_mapping, citations):
        hit = by_id.get(citation["source"])
        if hit is None:
            raise ValueError(
                f"citation must name a passage that was sent, got {citation['source']!r}"
            )
        first, end = citation["start_block_index"], citation["end_block_index"]
        yield from ((hit.article, s) for s in hit.passage_sentences[first:end])


def _mapping(block: Any) -> Mapping[str, Any]:
    """Return a block as a dictionary; the client's own have a method for it."""
    return block if isinstance(block, Mapping) else block.model_dump()
