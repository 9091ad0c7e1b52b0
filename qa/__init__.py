"""A question becomes an answer with the sentences that say so."""

from index import Article, ArticleError, ArticleQAError, EncoderError, IndexFolderError
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
    "ArticleQA",
    "ArticleQAError",
    "Citation",
    "CitationError",
    "EncoderError",
    "Evidence",
    "Hit",
    "IndexFolderError",
    "QuestionError",
    "Reader",
    "ReaderError",
    "Reading",
    "ScoredSentence",
    "retrieve",
]
