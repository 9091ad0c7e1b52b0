"""What a question is asked of: the articles of a store that a filter chooses, and their words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from index import ArticleFilter, Store, words
from qa.notices import question_notice
from qa.understanding.spelling import Corrected, Speller

MAX_SEARCHED = 5  # articles in which a name is looked for by its initials
_MIN_MISSING = 4  # letters
_ANY_CASE = 4  # initials this long rarely match a run of common words by chance
_INITIALS = re.compile(r"\b(?:[A-Z]{3,6}s?\b|(?:[A-Z]\.){2,5}[A-Z]\b\.?)")
# What may stand between the words of a name without giving it a letter.
_BETWEEN = r"(?:[\s-]+(?:(?:against|and|at|by|for|from|in|of|on|or|the|to|with)\s+){0,2})"
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

        A question with most of its words from the articles is in their language, whatever it is.
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
        written, names = self.write_out(question) if few else (question, ())
        spelt = self.speller.correct(written)
        return Corrected(spelt.text, (*names, *spelt.changes))

    def write_out(self, question: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return a question with its unknown initials written out, and (initials, name) of each.

        Three letters stand for words with capitals, more for words in any case. Where the articles have
        several names for them, or the whole question is in capitals, they stay.
        """
        if not any(c.islower() for c in question):
            return question, ()
        changes: dict[str, str] = {}
        for initials in dict.fromkeys(_INITIALS.findall(question)):
            letters = initials.replace(".", "").removesuffix("s")
            if not any(map(self.has_stem, words(letters))):
                articles = self.choice.first_articles(MAX_SEARCHED)
                if name := _name_of(letters, (article.text for article in articles)):
                    changes[initials] = name
        written = _INITIALS.sub(lambda m: changes.get(m[0], m[0]), question)
        return written, tuple(changes.items())

    @cached_property
    def speller(self) -> Speller:
        """Replaces misspelt words by those of the articles."""
        if self._whole is None:
            return Speller(lambda: self._store.written_words, self.has_stem)
        return self._whole.speller.within(self.has_stem)


def _name_of(letters: str, texts: Iterable[str]) -> str | None:
    """Return the only name that texts have with some initials."""
    pattern = r"\b" + _BETWEEN.join(rf"{letter}\w*(?:['’]\w*)?" for letter in letters) + r"\b"
    written_out = re.compile(pattern, re.IGNORECASE if len(letters) >= _ANY_CASE else 0)
    names = {
        " ".join(m[0].split()).casefold(): m[0]
        for text in texts
        for m in written_out.finditer(text)
    }
    return " ".join(names.popitem()[1].split()) if len(names) == 1 else None
