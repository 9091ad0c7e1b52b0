"""Pictures of pages become lines, by RapidOCR. The only file that imports rapidocr and pypdfium2."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from statistics import median
from time import process_time
from typing import Any, NamedTuple

from index.limits import OCR_PAGES_SECONDS

INSTALL = "pip install 'article-qa[ocr]'"
_LONGEST_SIDE = 2200  # pixels of a picture that is read
_DOTS = 200  # an inch
_POINTS = 72
_LETTERS = 0.75  # of the height of a line
_ALIKE = 0.25  # a line's box moves up or down so much, depending on its letters


class OcrLine(NamedTuple):
    """A line of a page: where it begins on the page, and how large its letters are, in points."""

    text: str
    x: float
    y: float
    size: float


def is_installed() -> bool:
    """Return whether pictures of pages can be read."""
    return all(find_spec(name) is not None for name in ("rapidocr", "pypdfium2"))


def lines_of_pictures(data: bytes, numbers: Sequence[int]) -> dict[int, list[OcrLine]]:
    """Return the lines of some pages of a PDF, as far as there is time for them.

    Args:
        data: of the PDF.
        numbers: of the pages, from 1; after ``OCR_PAGES_SECONDS`` no further one is begun.
    """
    # ONNX Runtime would gather events of its use, as in index/encoders/onnx_transformer.py.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import pypdfium2
    from rapidocr import RapidOCR

    threads = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
    read = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            **{f"EngineConfig.onnxruntime.{name}": n for name, n in threads.items()},
        }
    )
    pages: dict[int, list[OcrLine]] = {}
    document = pypdfium2.PdfDocument(data)
    try:
        for number in numbers:
            if process_time() > OCR_PAGES_SECONDS:
                break
            pages[number] = _lines(document[number - 1], read)
    finally:
        document.close()
    return pages


def _lines(page: Any, read: Any) -> list[OcrLine]:
    """Return the lines of a page from its top to its bottom."""
    width, height = page.get_size()
    scale = min(_DOTS / _POINTS, _LONGEST_SIDE / max(width, height, 1))
    recognized = read(page.render(scale=scale).to_numpy())
    if not recognized.txts:
        return []
    lines = []
    for box, text in zip(recognized.boxes.tolist(), recognized.txts, strict=True):
        left, top = min(x for x, _ in box), min(y for _, y in box)
        bottom = max(y for _, y in box)
        size = (bottom - top) * _LETTERS / scale
        lines.append(OcrLine(text, left / scale, height - bottom / scale, size))
    usual = median(line.size for line in lines)
    return [
        line._replace(size=usual) if abs(line.size - usual) <= _ALIKE * usual else line
        for line in lines
    ]
