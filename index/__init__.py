"""Text becomes searchable: articles, sentences, passages, vectors and the index over them."""

from index.article_index import ArticleIndex
from index.builtin import builtin_article
from index.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from index.errors import ArticleError, ArticleQAError, EncoderError, IndexFolderError
from index.onnx_bert import OnnxBert, open_tokenizer, word_embeddings
from index.read import read_article
from index.sentences import SPLITTER
from index.types import Article, Encoder, Passage, Sentence, Vectors
from index.words import plain_words, words

__all__ = [
    "DEFAULT_ENCODER",
    "SPLITTER",
    "Article",
    "ArticleError",
    "ArticleIndex",
    "ArticleQAError",
    "Encoder",
    "EncoderError",
    "IndexFolderError",
    "OnnxBert",
    "Passage",
    "Sentence",
    "SentenceTransformerEncoder",
    "Vectors",
    "builtin_article",
    "open_tokenizer",
    "plain_words",
    "read_article",
    "word_embeddings",
    "words",
]
