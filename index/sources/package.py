"""The files inside a zip, as office programs and e-books have them, and their XML, read safely."""

from __future__ import annotations

import io
import posixpath
import zipfile
from typing import Any

from index.errors import ArticleError

MAX_MEMBER = 200_000_000


class Package:
    """A zip of named files; whatever is wrong with it is an ArticleError."""

    def __init__(self, data: bytes, what: str) -> None:
        """Open a zip.

        Args:
            data: its bytes.
            what: the kind of file that it should be, for errors: "an e-book (.epub)".

        Raises:
            ArticleError: it is no zip.
        """
        self.what = what
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
            raise self.broken() from error
        self.names = set(self._zip.namelist())

    def broken(self) -> ArticleError:
        """Return the error of a file that is not what it should be."""
        return ArticleError(f"must be {self.what}, got another or a broken file")

    def bytes(self, name: str) -> bytes:
        """Return a file of the zip.

        Raises:
            ArticleError: it is not there, is locked, or unpacks to more than ``MAX_MEMBER`` bytes.
        """
        try:
            with self._zip.open(name) as file:
                data = file.read(MAX_MEMBER + 1)
        except RuntimeError as error:  # zipfile's word for a password
            raise ArticleError(
                f"must open without a password, got {self.what} with one; save it without"
            ) from error
        except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise self.broken() from error
        except Exception as error:
            if type(error).__module__ in ("zlib", "lzma"):
                raise self.broken() from error
            raise
        if len(data) > MAX_MEMBER:
            raise ArticleError(
                f"must unpack to at most {MAX_MEMBER // 10**6} MB, got more; split it"
            )
        return data

    def xml(self, name: str) -> Any:
        """Return the root of an XML file of the zip.

        Raises:
            ArticleError: it is not there or is no XML.
        """
        return parse_xml(self.bytes(name), self.broken())

    def targets(self, name: str) -> dict[str, tuple[str, str]]:
        """Return the kind and the name of each file that a file of an office program names, by its id there."""
        folder, file = posixpath.split(name)
        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        if relations not in self.names:
            return {}
        return {
            relation.get("Id", ""): (
                posixpath.basename(relation.get("Type", "")),
                posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip(
                    "/"
                ),
            )
            for relation in self.xml(relations)
            if isinstance(relation.tag, str) and relation.get("TargetMode") != "External"
        }


def parse_xml(data: bytes, problem: ArticleError) -> Any:
    """Return the root of XML in which no entity is resolved and no other file is named.

    Args:
        data: XML in any charset that it declares.
        problem: raised where it is none.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise problem from error
