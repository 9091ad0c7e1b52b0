"""Text becomes searchable: articles, sentences, passages, vectors and the index over them."""

from index.article_index import ArticleIndex
from index.encoders.onnx_bert import OnnxBert, open_tokenizer, word_embeddings
from index.encoders.sentence_transformer import DEFAULT_ENCODER, SentenceTransformerEncoder
from index.errors import ArticleError, ArticleQAError, EncoderError, IndexFolderError
from index.filter import ArticleFilter, Described
from index.library.ingest import Grown, grow
from index.library.layout import refuse_foreign
from index.library.library import Changes, Library, Put
from index.library.pending import unpublished
from index.library.repair import rebuild, verify
from index.library.stored_articles import list_articles
from index.search.vocabulary import WRITTEN_WORD, WrittenWord, written_words
from index.sources.builtin import builtin_article
from index.sources.fetch import is_url
from index.sources.read import Loaded, find_files, read_all, read_article, read_source
from index.text.language import ENGLISH, language_name
from index.text.sentences import SPLITTER
from index.text.tokens import plain_words, words
from index.types import Article, Encoder, Passage, Sentence, Vectors

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
