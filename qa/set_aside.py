"""Lines that were set aside as credits or site furniture, which are asked where nothing else answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from index import Article, ArticleIndex, Store
from qa.types import Answer, Citation
from qa.wording import SET_ASIDE


def set_aside_lines(store: Store, articles: Sequence[Article]) -> ArticleIndex | None:
    """Return an index of the set-aside lines of some articles; None where none of them exists any longer.

    Args:
        store: has the vectors of their sentences.
        articles: of the store, at least one, each with such a line. Those of the index are the same
            but for the kinds of their sentences.
    """
    vectors = {article.id: store.vectors_of(article.id) for article in articles}
    there = [a for a in articles if len(vectors[a.id]) == len(a.sentences)]  # not removed since
    if not there:
        return None
    lines = [article.only_set_aside() for article in there]
    return ArticleIndex.from_vectors(lines, store.encoder, [vectors[a.id] for a in there])


def from_set_aside(answer: Answer, articles: Iterable[Article]) -> Answer:
    """Return an answer, some of it of such lines, as one of the articles, with a note that says so.

    Args:
        answer: that is given, or whose parts are.
        articles: as they were read, those whose lines the answer may cite.
    """
    by_id = {article.id: article for article in articles}

    def as_read(article: Article) -> Article:
        return by_id.get(article.id, article)

    def own(citations: Iterable[Citation]) -> tuple[Citation, ...]:
        return tuple(replace(c, article=as_read(c.article)) for c in citations)

    def restored(each: Answer) -> Answer:
        return replace(each, citations=own(each.citations), nearest=own(each.nearest))

    return replace(
        restored(answer),
        parts=tuple(map(restored, answer.parts)),
        hits=tuple(replace(hit, article=as_read(hit.article)) for hit in answer.hits),
        notes=(SET_ASIDE, *answer.notes),
    )
