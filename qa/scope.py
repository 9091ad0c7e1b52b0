"""What a question is asked of: the articles of a store that a filter chooses, and their words."""

from __future__ import annotations

import re
from functools import cached_property

from index import ArticleFilter, Store, words
from qa.notices import question_notice
from qa.understanding.initials import write_out
from qa.understanding.spelling import Corrected, Speller

MAX_SEARCHED = 5  # articles in which a name is looked for by its initials
_MIN_MISSING = 4  # letters
_AS_WRITTEN = re.compile(r"\w+(?:[-.]\w+)*")


class Scope:
    """Articles that questions are asked of; nothing outside of it is used to understand one.

    Attributes:
        choice: the articles, as their store has them.
    """

    def __init__(
        self, store: Store, within: ArticleFilter | None, whole: Scope | None = None
    ) -> None:
        """Take a store, the filter of its articles, and the scope of all of them where it is made.

        Raises:
            ArticleQAError: ``within`` chooses no article.
        """
        self._store = store
        self._whole = whole
        self.choice = store.choose(within)
        self.has_stem = self.choice.has_stem

    def notice(self, question: str) -> str | None:
        """Return that a question is in another language than the articles, if it is.

        One that has most of its words from the articles is in theirs, whatever language that is.
        """
        stems = words(question)
        if 2 * sum(map(self.has_stem, stems)) > len(stems):
            return None
        return question_notice(question, self._store.languages, self._store.encoder.name)

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

    def written_as_here(self, question: str) -> Corrected:
        """Return a question in the articles' words: initials written out, slips of spelling mended."""
        few = self.choice.n_articles <= MAX_SEARCHED
        written, names = write_out(question, self._has_word, self._texts) if few else (question, ())
        spelt = self.speller.correct(written)
        return Corrected(spelt.text, (*names, *spelt.changes))

    def _has_word(self, word: str) -> bool:
        return any(map(self.has_stem, words(word)))

    def _texts(self) -> list[str]:
        return [article.text for article in self.choice.first_articles(MAX_SEARCHED)]

    @cached_property
    def speller(self) -> Speller:
        """What takes misspelt words for those of the articles."""
        if self._whole is None:
            return Speller(lambda: self._store.written_words, self.has_stem)
        return self._whole.speller.within(self.has_stem)
