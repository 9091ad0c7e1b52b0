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
    "Citation",
    "CitationError",
    "EncoderError",
    "Evidence",
    "Hit",
    "IndexFolderError",
    "Library",
    "QuestionError",
    "Reader",
    "ReaderError",
    "Reading",
    "ScoredSentence",
    "retrieve",
]

_NAMES_OF = {
    "index": "Article ArticleError ArticleFilter ArticleQAError EncoderError IndexFolderError Library",
    "qa.article_qa": "ArticleQA retrieve",
    "qa.types": "Answer Citation CitationError Evidence Hit QuestionError Reader ReaderError Reading ScoredSentence",
}
_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names.split()}

if TYPE_CHECKING:
    from index import (
        Article,
        ArticleError,
        ArticleFilter,
        ArticleQAError,
        EncoderError,
        IndexFolderError,
        Library,
    )
    from qa.article_qa import ArticleQA, retrieve
    from qa.types import (
        Answer,
        Citation,
        CitationError,
        Evidence,
        Hit,
        QuestionError,
        Reader,
        ReaderError,
        Reading,
        ScoredSentence,
    )
else:

    def __getattr__(name: str) -> object:
        """Import the module that a public name stands in, and return what it names (PEP 562)."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
