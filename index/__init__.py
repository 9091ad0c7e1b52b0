"""Text becomes searchable: articles, sentences, passages, vectors and the index over them.

Nothing is imported before one of these names is used: reading the face of the package is free.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = [
    "DEFAULT_ENCODER",
    "ENGLISH",
    "INSTALL",
    "SPLITTER",
    "UNDETERMINED",
    "WRITTEN_WORD",
    "AdaptedMPNet",
    "Article",
    "ArticleError",
    "ArticleFilter",
    "ArticleIndex",
    "ArticleQAError",
    "Candidates",
    "Changes",
    "Choice",
    "Described",
    "Embeddings",
    "Encoder",
    "EncoderError",
    "IndexFolderError",
    "IngestReport",
    "Library",
    "Loaded",
    "Location",
    "OnnxTransformer",
    "Passage",
    "Problem",
    "ProblemKind",
    "RowCell",
    "Sentence",
    "SentenceTransformerEncoder",
    "ServerError",
    "SourceUpdate",
    "Store",
    "Vectors",
    "WrittenWord",
    "builtin_article",
    "check_location",
    "copy_library",
    "find_files",
    "folded_words",
    "heads_of",
    "ingest",
    "is_installed",
    "is_url",
    "language_name",
    "list_articles",
    "model_folder",
    "open_library",
    "open_store",
    "open_tokenizer",
    "question_language",
    "read_all",
    "read_article",
    "read_raw_rows",
    "read_raw_text",
    "read_source",
    "read_text",
    "rebuild",
    "reopen_store",
    "row_cells",
    "set_aside",
    "unpublished",
    "verify",
    "well_formed",
    "word_embeddings",
    "words",
    "written_words",
]

_NAMES_OF = {
    "index.article_index": "ArticleIndex",
    "index.article_rows": "heads_of",
    "index.encoders.hub": "model_folder",
    "index.encoders.mpnet": "INSTALL AdaptedMPNet is_installed",
    "index.encoders.onnx_encoder": "open_tokenizer word_embeddings",
    "index.encoders.onnx_transformer": "Embeddings OnnxTransformer",
    "index.encoders.sentence_transformer": "DEFAULT_ENCODER SentenceTransformerEncoder",
    "index.errors": "ArticleError ArticleQAError EncoderError IndexFolderError ServerError",
    "index.filter": "ArticleFilter Described",
    "index.library.ingest": "IngestReport ingest",
    "index.library.library": "Changes Library SourceUpdate",
    "index.library.problems": "Problem ProblemKind",
    "index.search.vocabulary": "WRITTEN_WORD WrittenWord written_words",
    "index.sources.builtin": "builtin_article",
    "index.sources.document": "set_aside",
    "index.sources.raw": "read_raw_rows read_raw_text",
    "index.sources.read": "Loaded find_files read_all read_article read_source read_text",
    "index.sources.url": "is_url",
    "index.text.language": "ENGLISH UNDETERMINED question_language",
    "index.text.language_names": "language_name",
    "index.text.rows": "RowCell row_cells",
    "index.text.sentences": "SPLITTER",
    "index.text.surrogates": "well_formed",
    "index.text.tokens": "folded_words words",
    "index.store": "Candidates Choice Store",
    "index.stores": "Location check_location list_articles open_library open_store rebuild reopen_store unpublished verify",
    "index.copy": "copy_library",
    "index.types": "Article Encoder Passage Sentence Vectors",
}
_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names.split()}

if TYPE_CHECKING:
    from index.article_index import ArticleIndex
    from index.article_rows import heads_of
    from index.copy import copy_library
    from index.encoders.hub import model_folder
    from index.encoders.mpnet import INSTALL, AdaptedMPNet, is_installed
    from index.encoders.onnx_encoder import open_tokenizer, word_embeddings
    from index.encoders.onnx_transformer import Embeddings, OnnxTransformer
    from index.encoders.sentence_transformer import DEFAULT_ENCODER, SentenceTransformerEncoder
    from index.errors import (
        ArticleError,
        ArticleQAError,
        EncoderError,
        IndexFolderError,
        ServerError,
    )
    from index.filter import ArticleFilter, Described
    from index.library.ingest import IngestReport, ingest
    from index.library.library import Changes, Library, SourceUpdate
    from index.library.problems import Problem, ProblemKind
    from index.search.vocabulary import WRITTEN_WORD, WrittenWord, written_words
    from index.sources.builtin import builtin_article
    from index.sources.document import set_aside
    from index.sources.raw import read_raw_rows, read_raw_text
    from index.sources.read import (
        Loaded,
        find_files,
        read_all,
        read_article,
        read_source,
        read_text,
    )
    from index.sources.url import is_url
    from index.store import Candidates, Choice, Store
    from index.stores import (
        Location,
        check_location,
        list_articles,
        open_library,
        open_store,
        rebuild,
        reopen_store,
        unpublished,
        verify,
    )
    from index.text.language import ENGLISH, UNDETERMINED, question_language
    from index.text.language_names import language_name
    from index.text.rows import RowCell, row_cells
    from index.text.sentences import SPLITTER
    from index.text.surrogates import well_formed
    from index.text.tokens import folded_words, words
    from index.types import Article, Encoder, Passage, Sentence, Vectors
else:

    def __getattr__(name: str) -> object:
        """Import the module that a public name stands in, and return what it names (PEP 562)."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
