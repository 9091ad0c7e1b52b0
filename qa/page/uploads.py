"""Files and addresses that a person brings to the page, and the articles in them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from index import Article, ArticleError, Loaded, read_source

MAX_FILES = 20
MAX_UPLOAD = 10_000_000
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the browser sends it: its name, without any folder, and its bytes."""

    name: str
    data: bytes


def uploads_of(sent: Any) -> list[Upload]:
    """Return the files in values from a browser, {"name", "data" in base64} each.

    Raises:
        ArticleError: they are too many or too large, or no files at all.
    """
    if not isinstance(sent, list) or not sent:
        raise ArticleError("a file must be chosen, got none")
    if len(sent) > MAX_FILES:
        raise ArticleError(f"at most {MAX_FILES} files are taken at once, got {len(sent)}")
    return [_upload(each) for each in sent]


def read_upload(upload: Upload) -> Loaded:
    """Return the articles of a file; nothing of it stays on the disk.

    Raises:
        ArticleError: it cannot be read; the file is named as the person knows it.
    """
    with TemporaryDirectory(prefix="article-qa-") as folder:
        path = Path(folder, upload.name)
        try:
            path.write_bytes(upload.data)
            loaded = read_source(path)
        except OSError as error:
            raise ArticleError(
                f"{upload.name} cannot be read: {error.strerror or error}"
            ) from error
        except ArticleError as error:
            raise ArticleError(str(error).replace(f"{folder}/", "")) from error
        articles = tuple(replace(a, source=_named(a, path)) for a in loaded.articles)
        return Loaded(articles, tuple(line.replace(f"{folder}/", "") for line in loaded.dropped))


def read_address(address: str) -> Loaded:
    """Return the articles at an http(s) address; raise ArticleError where there are none."""
    address = address.strip()
    if not address.lower().startswith(("http://", "https://")):
        raise ArticleError("an address must begin with http:// or https://")
    return read_source(address)


def read_pasted(text: str, title: str = "") -> Loaded:
    """Return the article of a pasted text; raise ArticleError where it holds no sentence."""
    return Loaded((Article.from_text(text, title=title.strip()[:MAX_NAME] or None),))


def read_sent(sent: Mapping[str, Any]) -> Iterator[tuple[Loaded, str]]:
    """Yield what is in values from a browser: ``files``, a ``text`` with a ``title``, an ``address``.

    For each of them it is the articles, or nothing and why it is not read.
    """
    text, title, address = (str(sent.get(name) or "") for name in ("text", "title", "address"))
    if "address" in sent:
        yield _tried(lambda: read_address(address))
    elif "text" in sent:
        yield _tried(lambda: read_pasted(text, title))
    else:
        try:
            uploads = uploads_of(sent.get("files"))
        except ArticleError as error:
            yield Loaded(()), str(error)
            return
        for upload in uploads:
            yield _tried(partial(read_upload, upload))


def _tried(read: Callable[[], Loaded]) -> tuple[Loaded, str]:
    try:
        return read(), ""
    except ArticleError as error:
        return Loaded(()), str(error)


def _upload(sent: Any) -> Upload:
    fields = sent if isinstance(sent, dict) else {}
    name, data = fields.get("name"), fields.get("data")
    if not isinstance(name, str) or not isinstance(data, str):
        raise ArticleError("a file must have a name and data, got something else")
    kept = "".join(c for c in PurePath(name.replace("\\", "/")).name if c.isprintable())
    stem, suffix = PurePath(kept).stem.strip(" ."), PurePath(kept).suffix
    if len(data) > MAX_UPLOAD * 4 // 3 + 4:
        raise ArticleError(
            f"{kept:.60} must be at most {MAX_UPLOAD // 1_000_000} MB, got more; split it"
        )
    try:
        return Upload(
            f"{(stem or 'article')[: MAX_NAME // 4]}{suffix[:10]}",
            base64.b64decode(data, validate=True),
        )
    except binascii.Error as error:
        raise ArticleError(f"{kept:.60} must be sent as base64, got something else") from error


def _named(article: Article, path: Path) -> str:
    return path.name if article.source in (str(path), "") else article.source
