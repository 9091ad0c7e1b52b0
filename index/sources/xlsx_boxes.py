"""The text boxes and shapes of a workbook (.xlsx), of which openpyxl knows nothing."""

from __future__ import annotations

from index.sources.package import Package

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WORKBOOK = "xl/workbook.xml"


def sheet_boxes(data: bytes) -> dict[str, list[str]]:
    """Return the paragraphs of the text boxes of each sheet that has some, by its name.

    Raises:
        ArticleError: it is no workbook.
    """
    package = Package(data, "a workbook (.xlsx)")
    if _WORKBOOK not in package.names:
        return {}
    targets = package.targets(_WORKBOOK)
    boxes: dict[str, list[str]] = {}
    for sheet in package.xml(_WORKBOOK).iter(f"{_S}sheet"):
        _, name = targets.get(sheet.get(f"{_R}id", ""), ("", ""))
        drawings = [file for kind, file in package.targets(name).values() if kind == "drawing"]
        for file in drawings:
            if file not in package.names:
                continue
            for paragraph in package.xml(file).iterfind(f".//{{*}}sp//{_A}p"):
                text = "".join(piece.text or "" for piece in paragraph.iter(f"{_A}t"))
                if text.strip():
                    boxes.setdefault(sheet.get("name", ""), []).append(text)
    return boxes
