"""The errors that article-qa raises, each with its fields; ``str(error)`` is one line for a person.

    ArticleQAError                            bad input, or a bad environment
    ├── ArticleError(reason, source)          a text or a file cannot be an article
    ├── EncoderError(encoder)                 an encoder cannot be loaded or used
    ├── IndexFolderError(folder, problem, remedy)
    │   │                                     a folder is not a usable library
    │   └── ServerError                       a library on servers is out of reach, or not usable
    ├── QuestionError(question)               a question cannot be asked; a ValueError, too
    ├── ReaderError(reader)                   a reader cannot be loaded
    ├── CitationError(article_id, sentence_number)
    │                                         a citation is no exact part of its article: a mistake
    │                                         in the program, and never shown
    ├── QuestionFileError(name, line)         a question file cannot be read or judged by
    ├── BatchError(path)                      a batch cannot be begun, resumed or written
    ├── WriterError(url)                      a writer cannot be asked, or its reply not be read
    ├── BusyError(n_allowed)                  the page has too many questions waiting
    ├── UnreachableError                      a page or program asks a library that is out of reach
    ├── NotReadyError                         the server has not loaded its engine yet
    ├── CollectionError(n_articles)           the server cannot add or remove an article
    ├── SessionError(most, got)               a session of the page cannot take an article or choice
    └── FeedbackError(path)                   a vote cannot be written

A wrong argument in a call is a plain ``ValueError`` or ``TypeError``.
"""

from __future__ import annotations

from pathlib import Path

from index import ArticleError, ArticleQAError, EncoderError, IndexFolderError, ServerError

__all__ = [
    "ArticleError",
    "ArticleQAError",
    "BatchError",
    "CitationError",
    "EncoderError",
    "IndexFolderError",
    "QuestionError",
    "QuestionFileError",
    "ReaderError",
    "ServerError",
    "WriterError",
]


class QuestionError(ArticleQAError, ValueError):
    """A question cannot be asked, empty or far too long as it is; ``question`` is what was asked."""

    def __init__(self, message: str, *, question: object) -> None:
        super().__init__(message)
        self.question = question


class ReaderError(ArticleQAError):
    """A reader cannot be loaded; ``reader`` is its name or folder."""

    def __init__(self, message: str, *, reader: str = "") -> None:
        super().__init__(message)
        self.reader = reader


class WriterError(ArticleQAError):
    """A writer cannot be asked, or its reply not be read; ``url`` is its address, or empty."""

    def __init__(self, message: str, *, url: str = "") -> None:
        super().__init__(message)
        self.url = url


class CitationError(ArticleQAError):
    """A citation is no exact part of its article: a mistake in the program, and never shown.

    Attributes:
        article_id: the article's id.
        sentence_number: the 0-based position of the sentence in the article.
    """

    def __init__(self, message: str, *, article_id: str, sentence_number: int) -> None:
        super().__init__(message)
        self.article_id, self.sentence_number = article_id, sentence_number


class QuestionFileError(ArticleQAError):
    """A question file cannot be read at all, or its labels cannot be judged by.

    Attributes:
        name: the file's name, or "stdin".
        line: the 1-based number of the line at fault; None where it is the whole file.
    """

    def __init__(self, message: str, *, name: str, line: int | None = None) -> None:
        super().__init__(message)
        self.name, self.line = name, line


class BatchError(ArticleQAError):
    """A batch cannot be begun, resumed or written; ``path`` is the file in the way."""

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(message)
        self.path = path
