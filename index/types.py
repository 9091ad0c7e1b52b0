"""The nouns of the index: articles, their sentences and passages, and what encodes them.

Every offset is 0-based, half-open and counts code points of ``Article.text``;
``article.text[x.start:x.end] == x.text`` holds for every paragraph, sentence and passage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ArticleError
from index.text.codec import encode_text
from index.text.dates import iso_date
from index.text.language import detect_language
from index.text.span import Kind, SentenceRow
from index.text.splitter import split_text
from index.text.surrogates import well_formed

Vectors = NDArray[np.float32]
_SHOWN = 50_000  # characters in a notebook
_CLOSING = " \"”’»')]*_"
_QUESTION_MARKS = ("?", "？", "؟", "⁇", "?!")
_TITLE_LENGTH = 80  # in scripts without spaces a sentence is one word


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article; ``number`` is its 0-based position among all sentences.

    ``page`` is the page of a PDF on which it begins, counted from 1.
    """

    number: int
    paragraph_number: int
    start: int
    end: int
    text: str
    kind: Kind
    page: int | None = None

    @property
    def citable(self) -> bool:
        """Whether the sentence may be cited: credits and site furniture may not."""
        return self.kind != "furniture"

    @property
    def asks(self) -> bool:
        """Whether the sentence is a question, which answers none."""
        return self.text.rstrip(_CLOSING).endswith(_QUESTION_MARKS)


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole, citable sentences: those numbered ``first_sentence`` to ``end_sentence - 1``."""

    first_sentence: int
    end_sentence: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """A text, exactly as given, and its sentences.

    ``id`` is made from the text and the title, so the same article has the same id everywhere.
    ``source`` says where the text came from: a file path, an address, or an empty string.
    ``date`` is the day of publication in ISO 8601 (or its month or year), ``language`` a BCP 47 tag
    such as "en"; each is an empty string where it is not known. ``notes`` say in words for a person
    what reading its file left out or guessed; they do not belong to the article.
    """

    id: str
    text: str = field(repr=False)
    title: str
    source: str
    sentences: tuple[Sentence, ...] = field(repr=False)
    date: str = ""
    language: str = ""
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def from_text(
        cls,
        text: str,
        *,
        title: str | None = None,
        source: str = "",
        date: str = "",
        language: str | None = None,
        page_starts: Sequence[int] = (),
        sentences: Iterable[SentenceRow] | None = None,
        notes: Sequence[str] = (),
    ) -> Article:
        """Return the article of a text, split into sentences.

        Args:
            text: stays unchanged; paragraphs are separated by blank lines or by line ends.
            title: used in lists and citations; without one, the text's own heading is taken, or
                else its first words.
            source: where the text came from.
            date: when it was published: "2024-05-31", "2024-05" or "2024".
            language: its BCP 47 tag; None detects it.
            page_starts: where each page begins in the text, if it has pages.
            sentences: what ``split_text`` returns, if the text was split already.
            notes: what reading its file left out.

        Raises:
            ArticleError: the text holds no sentence that could be cited, or far too many.
            ValueError: the date is no date.
        """
        if date and iso_date(date) != date:
            raise ValueError(f"date must be as in 2024-05-31, got {date!r}")
        split = sentences_of(
            text, split_text(text, page_starts) if sentences is None else sentences
        )
        if not any(s.citable for s in split):
            raise ArticleError(
                "must hold at least one sentence, got none; give a text", source or "an article"
            )
        title = title or _title_of(split)
        digest = hashlib.sha256(encode_text(f"{title}\0{text}"))
        if language is None:
            language = detect_language(text)
        own_id = digest.hexdigest()[:16]
        return cls(own_id, text, title, source, split, date, language, tuple(notes))

    @property
    def n_set_aside(self) -> int:
        """The number of lines with words that are taken for credits or site furniture."""
        lines = (s.text for s in self.sentences if not s.citable)
        return sum(any(map(str.isalnum, line)) for line in lines)

    def only_set_aside(self) -> Article:
        """Return the article with its set-aside lines as body, and all else as furniture."""
        sentences = tuple(
            replace(
                s, kind="body" if not s.citable and any(map(str.isalnum, s.text)) else "furniture"
            )
            for s in self.sentences
        )
        return replace(self, sentences=sentences)

    def _repr_html_(self) -> str:
        """Return the article for a notebook: its title, where it is from, its text to unfold."""
        facts = (self.source, self.date, self.language, f"{len(self.sentences)} sentences")
        known = " · ".join(fact for fact in facts if fact)
        text = escape(well_formed(self.text[:_SHOWN]))
        return (
            f"<p><strong>{escape(well_formed(self.title))}</strong><br>"
            f"<small>{escape(well_formed(known))}</small></p><details><summary>Text</summary>"
            f'<div style="white-space: pre-wrap; max-width: 42rem">{text}</div></details>'
        )

    def sentence_id(self, number: int) -> str:
        """Return a sentence's id, made from the article's id, the offset and the text: it never changes."""
        sentence = self.sentences[number]
        key = f"{self.id}\0{sentence.start}\0{sentence.text}"
        return hashlib.sha256(encode_text(key)).hexdigest()[:16]


def sentences_of(text: str, rows: Iterable[SentenceRow]) -> tuple[Sentence, ...]:
    """Return the sentences of a text whose rows ``split_text`` returned."""
    return tuple(
        Sentence(number, paragraph_number, start, end, text[start:end], kind, page)
        for number, (paragraph_number, start, end, kind, page) in enumerate(rows)
    )


def _title_of(sentences: Sequence[Sentence]) -> str:
    """Return the first citable sentence if it is a heading, else the first words of the text."""
    first = next(s for s in sentences if s.citable)
    if first.kind == "heading":
        return first.text
    body = next((s for s in sentences if s.kind == "body"), first)
    words = body.text.split()
    title = " ".join(words[:8])[:_TITLE_LENGTH]
    return title if title == " ".join(words) else f"{title} …"


class Encoder(Protocol):
    """An encoder turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """The encoder's name, as a person gives it."""

    @property
    def fingerprint(self) -> str:
        """A text that differs between encoders whose vectors differ."""

    @property
    def dim(self) -> int:
        """The number of components of a vector."""

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are read, the special ones included."""

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit rows, (len(texts), dim), of texts used as questions."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit rows, (len(texts), dim), of texts to be found."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, without the special ones."""
