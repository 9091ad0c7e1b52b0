"""Text becomes searchable: articles, sentences, passages, vectors and the index over them."""

from index.article_index import ArticleIndex
from index.builtin import builtin_article
from index.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from index.errors import ArticleError, ArticleQAError, EncoderError, IndexFolderError
from index.fetch import is_url
from index.languages import ENGLISH, language_name
from index.read import Loaded, find_files, read_all, read_article, read_source
from index.sentences import SPLITTER
from index.types import Article, Encoder, Passage, Sentence, Vectors
from index.words import plain_words, words

__all__ = [
    "DEFAULT_ENCODER",
    "ENGLISH",
    "SPLITTER",
    "Article",
    "ArticleError",
    "ArticleIndex",
    "ArticleQAError",
    "Encoder",
    "EncoderError",
    "IndexFolderError",
    "Loaded",
    "Passage",
    "Sentence",
    "SentenceTransformerEncoder",
    "Vectors",
    "builtin_article",
    "find_files",
    "is_url",
    "language_name",
    "plain_words",
    "read_all",
    "read_article",
    "read_source",
    "words",
]
