"""PDF files with pictures of pages: these are read by OCR, in the order of the other pages."""

from __future__ import annotations

from index.sources.document import Contents
from index.sources.ocr import lines_of_pictures
from index.sources.pdf import read_pdf


def read_scan(data: bytes, charset: str) -> Contents:
    """Return the text of a PDF, that of pictures of pages too; a note says which these are.

    Raises:
        ArticleError: as ``read_pdf`` does.
    """
    return read_pdf(data, charset, lines_of_pictures)
