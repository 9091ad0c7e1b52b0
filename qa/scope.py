"""What a question is asked of: the articles of an index that a filter chooses, and their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index import ArticleFilter, ArticleIndex, words
from qa.notices import question_notice
from qa.understanding.spelling import Speller

_MIN_MISSING = 4  # letters
_AS_WRITTEN = re.compile(r"\w+(?:[-.]\w+)*")


class Scope:
    """Articles that questions are asked of; nothing outside of it is used to understand one.

    Attributes:
        passages: the rows of the chosen articles' passages, sorted; None is all.
        n_articles: how many articles are chosen.
    """

    def __init__(
        self, article_index: ArticleIndex, within: ArticleFilter | None, whole: Scope | None = None
    ) -> None:
        """Take an index, the filter of its articles, and the scope of all of them where it is made.

        Raises:
            ArticleQAError: ``within`` chooses no article.
        """
        self._index = article_index
        self._whole = whole
        self.passages = article_index.choose(within) if within else None

    @cached_property
    def n_articles(self) -> int:  # noqa: D102 - an attribute of the class
        if self.passages is None:
            return len(self._index.articles)
        ends = self._index.table.passage_ends
        return len(np.unique(np.searchsorted(ends, self.passages, side="right")))

    def has_article(self, article_id: str) -> bool:
        """Return whether the article of an id is chosen."""
        number = self._index.number_of(article_id)
        if number is None or self.passages is None:
            return number is not None
        end = int(self._index.table.passage_ends[number])
        at = int(np.searchsorted(self.passages, end)) - 1  # the last chosen passage before it
        start = int(self._index.table.passage_ends[number - 1]) if number else 0
        return at >= 0 and int(self.passages[at]) >= start

    def article_numbers(self, most: int) -> list[int]:
        """Return the numbers of the chosen articles, the first ``most`` of them."""
        if self.passages is None:
            return list(range(min(most, len(self._index.articles))))
        ends = self._index.table.passage_ends
        numbers = np.unique(np.searchsorted(ends, self.passages, side="right"))
        return [int(number) for number in numbers[:most]]

    @cached_property
    def _has_row(self) -> NDArray[np.bool_] | None:
        """Which sentences are in the scope, bool (n_sentences,); None is all."""
        if self.passages is None:
            return None
        table = self._index.table
        edges = np.zeros(self._index.n_sentences + 1, dtype=np.int64)
        np.add.at(edges, table.starts[self.passages], 1)
        np.add.at(edges, table.stops[self.passages], -1)
        return np.asarray(np.cumsum(edges[:-1]) > 0)

    def has_stem(self, stem: str) -> bool:
        """Return whether a sentence has a word of a stem."""
        if self._has_row is None:
            return self._index.lexical.has_stem(stem)
        return bool(self._has_row[self._index.lexical.rows_of(stem)].any())

    def sentences_with(self, stem: str) -> Iterator[str]:
        """Yield the texts of the sentences that have a word of a stem."""
        for row in self._index.lexical.rows_of(stem):
            if self._has_row is None or self._has_row[row]:
                yield self._index.sentence(row)[1].text

    def notice(self, question: str) -> str | None:
        """Return that a question is in another language than the articles, if it is.

        One that has most of its words from the articles is in theirs, whatever language that is.
        """
        stems = words(question)
        if 2 * sum(map(self.has_stem, stems)) > len(stems):
            return None
        return question_notice(question, self._index.languages, self._index.encoder.name)

    def unknown_words(self, question: str) -> list[str]:
        """Return the words of a question that say something and that no sentence has, each once.

        They are as written. A word that may be a form of one in the articles, or a misspelt one, is
        left out, and so is a common one.
        """
        seen: dict[str, str] = {}
        written = _AS_WRITTEN.findall(question)
        shouted = not any(word.islower() for word in written)
        for number, word in enumerate(written):
            stems = words(word)
            if len(word) < _MIN_MISSING or not stems or any(map(self.has_stem, stems)):
                continue
            is_name = word[0].isdigit() or (word[0].isupper() and number > 0 and not shouted)
            if self.speller.is_missing(word, is_name=is_name):
                seen.setdefault(stems[0], word)
        return list(seen.values())

    @cached_property
    def speller(self) -> Speller:
        """What takes misspelt words for those of the articles."""
        if self._whole is None:
            return Speller(lambda: self._index.written_words, self.has_stem)
        return self._whole.speller.within(self.has_stem)
