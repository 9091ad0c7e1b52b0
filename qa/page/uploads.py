"""The articles in files, texts and at addresses that a person adds to the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Annotated

from pydantic import AfterValidator, Base64Bytes, BaseModel, Field

from index import Article, ArticleError, Loaded, read_source, read_text

MAX_UPLOAD = 10_000_000
MAX_TITLE = 100


def file_name(name: str) -> str:
    """Return the name of a file as its browser calls it, without any folder, and short."""
    last = PurePath(name.replace("\\", "/")).name
    printable = PurePath("".join(c for c in last if c.isprintable()))
    return f"{(printable.stem.strip(' .') or 'article')[:25]}{printable.suffix[:10]}"


class Upload(BaseModel):
    """A file as the browser sends it: its name, and its bytes in base64."""

    name: Annotated[str, AfterValidator(file_name)]
    data: Annotated[Base64Bytes, Field(max_length=MAX_UPLOAD)]


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
            reason = f"cannot be read: {error.strerror or error}"
            raise ArticleError(reason, upload.name) from error
        except ArticleError as error:
            reason, source = (s.replace(f"{folder}/", "") for s in (error.reason, error.source))
            raise ArticleError(reason, source) from error
        articles = tuple(replace(a, source=_source(a, path)) for a in loaded.articles)
        return Loaded(articles, tuple(line.replace(f"{folder}/", "") for line in loaded.dropped))


def read_address(address: str) -> Loaded:
    """Return the articles at an http(s) address; raise ArticleError where there are none."""
    address = address.strip()
    if not address.lower().startswith(("http://", "https://")):
        raise ArticleError("an address must begin with http:// or https://")
    return read_source(address)


def read_pasted(text: str, title: str = "") -> Loaded:
    """Return the article of a pasted text; raise ArticleError where it holds no sentence."""
    return Loaded((read_text(text, title=title.strip()[:MAX_TITLE] or None),))


def _source(article: Article, path: Path) -> str:
    """Return an article's source, which is the file's own name and not where it was read."""
    return path.name if article.source in (str(path), "") else article.source
