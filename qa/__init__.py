"""A question becomes an answer with the sentences that say so.

Nothing is imported before one of these names is used: reading the face of the package is free.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = [
    "Answer",
    "Article",
    "ArticleError",
    "ArticleFilter",
    "ArticleQA",
    "ArticleQAError",
    "BatchError",
    "Citation",
    "CitationError",
    "EncoderError",
    "Evidence",
    "History",
    "Hit",
    "IndexFolderError",
    "Library",
    "Limits",
    "QuestionError",
    "QuestionFileError",
    "ReadRequest",
    "Reader",
    "ReaderError",
    "Reading",
    "ScoredSentence",
    "Settings",
    "Writer",
    "WriterError",
    "answer_file",
    "answer_frame",
    "evaluate",
    "read_labelled",
    "read_questions",
    "retrieve",
]

_NAMES_OF = {
    "index": "Article ArticleFilter Library",
    "qa.article_qa": "ArticleQA retrieve",
    "qa.batch.batch": "answer_file",
    "qa.batch.frames": "answer_frame",
    "qa.batch.question_file": "read_labelled read_questions",
    "qa.errors": "ArticleError ArticleQAError BatchError CitationError EncoderError IndexFolderError QuestionError QuestionFileError ReaderError WriterError",
    "qa.evaluation": "evaluate",
    "qa.history": "History",
    "qa.settings": "Settings",
    "qa.writer.writer": "Writer",
    "qa.types": "Answer Citation Evidence Hit Limits ReadRequest Reader Reading ScoredSentence",
}
_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names.split()}

if TYPE_CHECKING:
    from index import Article, ArticleFilter, Library
    from qa.article_qa import ArticleQA, retrieve
    from qa.batch.batch import answer_file
    from qa.batch.frames import answer_frame
    from qa.batch.question_file import read_labelled, read_questions
    from qa.errors import (
        ArticleError,
        ArticleQAError,
        BatchError,
        CitationError,
        EncoderError,
        IndexFolderError,
        QuestionError,
        QuestionFileError,
        ReaderError,
        WriterError,
    )
    from qa.evaluation import evaluate
    from qa.history import History
    from qa.settings import Settings
    from qa.types import (
        Answer,
        Citation,
        Evidence,
        Hit,
        Limits,
        Reader,
        Reading,
        ReadRequest,
        ScoredSentence,
    )
    from qa.writer.writer import Writer
else:

    def __getattr__(name: str) -> object:
        """Import the module that a public name stands in, and return what it names (PEP 562)."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
