"""Text becomes searchable: articles, sentences, passages, vectors and the index over them."""

from index.article_index import ArticleIndex
from index.builtin import builtin_article
from index.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from index.errors import ArticleError, ArticleQAError, EncoderError, IndexFolderError
from index.fetch import is_url
from index.filter import ArticleFilter, Described
from index.grow import Grown, grow
from index.languages import ENGLISH, language_name
from index.library import Changes, Library, Put
from index.library_folder import refuse_foreign
from index.mend import rebuild, verify
from index.onnx_bert import OnnxBert, open_tokenizer, word_embeddings
from index.read import Loaded, find_files, read_all, read_article, read_source
from index.sentences import SPLITTER
from index.stored_articles import list_articles
from index.types import Article, Encoder, Passage, Sentence, Vectors
from index.unpublished import unpublished
from index.words import plain_words, words
from index.written_words import WRITTEN_WORD, WrittenWord, written_words

__all__ = [
    "DEFAULT_ENCODER",
    "ENGLISH",
    "SPLITTER",
    "WRITTEN_WORD",
    "Article",
    "ArticleError",
    "ArticleFilter",
    "ArticleIndex",
    "ArticleQAError",
    "Changes",
    "Described",
    "Encoder",
    "EncoderError",
    "Grown",
    "IndexFolderError",
    "Library",
    "Loaded",
    "OnnxBert",
    "Passage",
    "Put",
    "Sentence",
    "SentenceTransformerEncoder",
    "Vectors",
    "WrittenWord",
    "builtin_article",
    "find_files",
    "grow",
    "is_url",
    "language_name",
    "list_articles",
    "open_tokenizer",
    "plain_words",
    "read_all",
    "read_article",
    "read_source",
    "rebuild",
    "refuse_foreign",
    "unpublished",
    "verify",
    "word_embeddings",
    "words",
    "written_words",
]
