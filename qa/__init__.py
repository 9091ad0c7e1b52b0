"""A question becomes an answer with the sentences that say so."""

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
