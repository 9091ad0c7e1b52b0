"""Rich text (.rtf): paragraphs, lists, tables and notes, from its control words.

Source: Rich Text Format Specification 1.9.1, Microsoft.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from index.errors import ArticleError
from index.sources.document import (
    Contents,
    Document,
    counts,
    is_page_number,
    join_blocks,
    on_one_line,
)
from index.sources.marks import comment, lowered, picture, raised, struck_note, with_target
from index.sources.tables import Cell, join_lines, table_blocks

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<byte>[0-9a-fA-F]{2})"
    r"|\\(?P<mark>[^a-zA-Z])|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)
_CHARACTERS = {
    "tab": " ", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ",
    "qmspace": " ", "nestcell": " ", "nestrow": " ", "~": "\xa0", "_": "-",
    "\n": "\n", "\r": "\n", "{": "{", "}": "}", "\\": "\\",
}  # fmt: skip
_SKIPPED = frozenset(
    """aftncn aftnsep aftnsepc atndate atnid atnref author bkmkend bkmkstart
    category colortbl comment company creatim datafield do fontemb ftncn ftnsep ftnsepc
    generator info keywords manager nonshppict objdata operator pict printim private revtim rxe
    sp stylesheet subject tc template themedata xe""".split()
)
_RUNNING = re.compile(r"^(header|footer)[lrf]?$")
_CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip
_MOST_SKIPPED = 100
# The groups whose text is put into a sentence of ours, and what it is.
_GATHERED = {
    "listtext": "list",
    "pntext": "list",
    "annotation": "comment",
    "atnauthor": "author",
    "sn": "property",
    "sv": "value",
    "fldinst": "instruction",
}
_LINK = re.compile(r'HYPERLINK\s+"([^"]+)"')
_DESCRIPTION = "wzDescription"  # the description of a picture


@dataclass(slots=True)
class _Group:
    """What holds up to the end of a group."""

    target: str = "body"  # what its text goes to: body, note, comment, author, list, header, footer, title, fonts; none
    font: int = 0
    n_fallback: int = 1
    raised: int = 0
    struck: bool = False
    hidden: bool = False
    first: bool = True  # nothing of the group is read yet: a destination may follow
    starred: bool = False
    link_start: int = -1  # of the line, where the text of a link begins


@dataclass(slots=True)
class _Row:
    """A row of a table: its cells, the right edge of each, and whether it names the columns."""

    cells: list[str] = field(default_factory=list)
    edges: list[int] = field(default_factory=list)
    below: list[bool] = field(default_factory=list)  # goes on with the cell above
    beside: list[bool] = field(default_factory=list)  # goes on with the cell to its left
    is_head: bool = False


def read_rtf(data: bytes, _charset: str) -> Contents:
    """Return the text of a rich text file.

    Raises:
        ArticleError: it is none, or holds no text.
    """
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ArticleError("must be rich text (.rtf), got another file")
    reader = _Reader()
    reader.read(data.decode("latin-1"))
    text = _whole(join_blocks(reader.result()))
    if not text:
        raise ArticleError("must hold text, got a file without any")
    return Contents([Document(text, on_one_line(reader.title))], reader.dropped())


class _Reader:
    """Reads control words and text, and gathers blocks."""

    def __init__(self) -> None:
        self.title = ""
        self._blocks: list[str] = []
        self._running: dict[str, list[str]] = {"header": [], "footer": []}
        self._rows: list[_Row] = []
        self._row = _Row()
        self._merges = self._joins = False  # the cell whose edge comes next
        self._line = ""  # the paragraph so far
        self._cell: list[str] = []  # the paragraphs of the cell so far
        self._note = self._head = ""
        self._gathered: dict[str, str] = dict.fromkeys(_GATHERED.values(), "")
        self._notes: list[str] = []
        self._table_notes: list[str] = []
        self._bytes = bytearray()
        self._n_to_skip = 0
        self._n_notes = self._n_pictures = self._n_described = 0
        self._struck: list[str] = []
        self._n_hidden = 0
        self._in_hidden = False
        self._charset = "cp1252"
        self._fonts: dict[int, str] = {}
        self._in_table = False
        self._groups = [_Group()]

    def result(self) -> Iterator[str]:
        """Yield the blocks of the file, the heads of its pages first and their feet last, each once."""
        heads, feet = (
            dict.fromkeys(b for b in self._running[what] if not is_page_number(b))
            for what in ("header", "footer")
        )
        yield from (*heads, *self._blocks, *feet)

    def dropped(self) -> list[str]:
        """Return notes of what was left out."""
        return [
            *counts(
                (self._n_hidden, "hidden passage"),
                (max(0, self._n_pictures - self._n_described), "picture"),
            ),
            *struck_note(self._struck),
        ]

    def read(self, text: str) -> None:
        """Read all tokens."""
        at = 0
        while (token := _TOKEN.match(text, at)) is not None:
            at = token.end()
            if token["word"] == "bin":
                at += max(0, int(token["number"] or 0))
            else:
                self._token(token)
        self._flush()
        self._end_paragraph()
        self._end_table()

    def _token(self, token: re.Match[str]) -> None:
        if token["brace"]:
            self._flush()
            self._open() if token["brace"] == "{" else self._close()
        elif token["word"]:
            if not self._skips():
                self._flush()
                number = token["number"]
                self._word(token["word"], int(number or 1), on=number != "0")
        elif token["mark"]:
            self._mark(token["mark"])
        elif token["byte"]:
            self._groups[-1].first = False
            if not self._skips():
                self._bytes.append(int(token["byte"], 16))
        elif token["text"]:
            self._groups[-1].first = False
            given = token["text"]
            n, self._n_to_skip = self._n_to_skip, max(0, self._n_to_skip - len(given))
            self._bytes += given[n:].encode("latin-1")

    def _skips(self) -> bool:
        """Return whether a token stands in for a character that was given in Unicode."""
        if not self._n_to_skip:
            return False
        self._n_to_skip -= 1
        return True

    def _flush(self) -> None:
        """Put the bytes so far into the text, in the charset of their font."""
        if self._bytes:
            charset = self._fonts.get(self._groups[-1].font) or self._charset
            data, self._bytes = bytes(self._bytes), bytearray()
            self._put(data.decode(charset, "replace"))

    def _put(self, text: str) -> None:
        group = self._groups[-1]
        if group.target == "none":
            return
        if group.hidden:
            self._in_hidden = self._in_hidden or bool(text.strip())
            return
        self._end_hidden()
        if group.struck and group.target == "body":
            self._struck.append(text)
            return
        match group.target:
            case "body":
                self._line += self._shown(text, self._line)
            case "note":
                self._note += self._shown(text, self._note)
            case "list" | "comment" | "author" | "property" | "value" | "instruction":
                self._gathered[group.target] += text
            case "title":
                self.title += text
            case "header" | "footer":
                self._head += text

    def _end_hidden(self) -> None:
        """Count a hidden passage, which ends where a paragraph does or shown text follows."""
        self._n_hidden += self._in_hidden
        self._in_hidden = False

    def _shown(self, text: str, before: str) -> str:
        position = self._groups[-1].raised
        if not position or not text.strip():
            return text
        return (raised if position > 0 else lowered)(text, before)

    def _open(self) -> None:
        self._n_to_skip = 0
        self._groups.append(replace(self._groups[-1], first=True, starred=False, link_start=-1))

    def _close(self) -> None:
        self._n_to_skip = 0
        if len(self._groups) < 2:
            return
        ended, around = self._groups.pop(), self._groups[-1]
        if ended.link_start >= 0:
            shown, self._line = self._line[ended.link_start :], self._line[: ended.link_start]
            link = _LINK.search(self._gathered["instruction"])
            self._line += with_target(shown, link[1]) if link and shown.strip() else shown
        if ended.target == around.target:
            return
        if ended.target == "note":
            self._notes.append(on_one_line(self._note))
        elif ended.target == "value":
            description = picture(self._gathered["value"])
            if description and description not in self._notes:  # it is given twice
                self._n_described += 1
                self._notes.append(description)
        elif ended.target == "comment":
            self._notes += comment(self._gathered["author"], self._gathered["comment"])
            self._gathered["author"] = ""
        elif ended.target == "list":
            label = on_one_line(self._gathered["list"])
            bullet = "- " if label else ""
            self._line += f"{label} " if re.search(r"\w", label) else bullet
        elif ended.target in self._running:
            self._end_running(ended.target)

    def _mark(self, mark: str) -> None:
        if mark == "*":
            self._groups[-1].starred = True
        elif mark in "\n\r":
            self._flush()
            self._word("par", 1, on=True)
        elif mark in _CHARACTERS and not self._skips():
            self._flush()
            self._put(_CHARACTERS[mark])

    def _word(self, word: str, number: int, *, on: bool) -> None:
        group = self._groups[-1]
        first, group.first = group.first, False
        if (first or group.starred) and self._begins(word, group):
            return
        if group.target == "none":
            return
        if word in _CHARACTERS:
            self._put(_CHARACTERS[word])
        elif word == "u":
            self._put(_character(number))
            self._n_to_skip = group.n_fallback
        elif word in ("par", "sect", "page"):
            self._end_paragraph()
        elif word in ("cell", "row", "trowd", "trhdr", "cellx", "clmrg", "clvmrg", "intbl", "pard"):
            self._table_word(word, number)
        else:
            self._charset_word(word, number, group)
            self._format_word(word, group, on=on)

    def _begins(self, word: str, group: _Group) -> bool:
        """Return whether a word begins a destination of its own, and note which."""
        starred, group.starred = group.starred, False
        if group.target != "none":
            self._n_pictures += word in ("pict", "shppict")
        if _RUNNING.match(word):
            group.target, self._head = _RUNNING.match(word)[1], ""  # type: ignore[index]
        elif word == "footnote":
            self._n_notes += 1
            self._line = f"{self._line.rstrip()} [{self._n_notes}]"
            group.target, self._note, group.raised = "note", f"[{self._n_notes}] ", 0
        elif word == "shptxt":  # a text box: it comes after the paragraph that it hangs on
            group.target, self._note = "note", ""
        elif word in _GATHERED and (
            word != "sv" or self._gathered["property"].strip() == _DESCRIPTION
        ):
            group.target = _GATHERED[word]
            self._gathered[group.target] = ""
        elif word == "fldrslt" and group.target == "body":
            group.link_start = len(self._line)
        elif word == "fonttbl":
            group.target = "fonts"
        elif word == "title" and group.target == "none":
            group.target = "title"
        elif word in _SKIPPED or (starred and word not in ("shpinst", "background")):
            group.target = "none"
        else:
            return False
        return True

    def _charset_word(self, word: str, number: int, group: _Group) -> None:
        match word:
            case "ansicpg":
                self._charset = _known(f"cp{number}", self._charset)
            case "mac":
                self._charset = "mac_roman"
            case "f":
                group.font = number
            case "fcharset" if group.target == "fonts":
                self._fonts[group.font] = _CHARSETS.get(number, "")
            case "uc":
                group.n_fallback = min(max(number, 0), _MOST_SKIPPED)

    def _format_word(self, word: str, group: _Group, *, on: bool) -> None:
        match word:
            case "super" | "sub":
                group.raised = (1 if word == "super" else -1) if on else 0
            case "nosupersub":
                group.raised = 0
            case "strike" | "striked" | "deleted":
                group.struck = on
            case "v":
                group.hidden = on
            case "plain":
                group.raised, group.struck, group.hidden = 0, False, False

    def _end_paragraph(self) -> None:
        """End a paragraph; its notes come after it."""
        self._end_hidden()
        target = self._groups[-1].target
        if target in self._running:
            self._end_running(target)
            return
        if target == "note":
            self._note += " "
            return
        if target in ("comment", "author"):
            self._gathered[target] += " "
            return
        line, self._line = self._line, ""
        if self._in_table:
            self._cell.append(on_one_line(line))
            return
        self._end_table()
        self._blocks += line.split("\n")
        notes, self._notes = self._notes, []
        self._blocks += notes

    def _end_running(self, target: str) -> None:
        self._running[target].append(on_one_line(self._head))
        self._head = ""

    def _table_word(self, word: str, number: int) -> None:
        match word:
            case "trowd":
                self._row = _Row(self._row.cells)
                self._merges = self._joins = False
            case "trhdr":
                self._row.is_head = True
            case "clmrg":
                self._joins = True
            case "clvmrg":
                self._merges = True
            case "cellx":
                self._row.edges.append(number)
                self._row.below.append(self._merges)
                self._row.beside.append(self._joins)
                self._merges = self._joins = False
            case "intbl":
                self._in_table = True
            case "pard":
                self._in_table = False
            case "cell":
                lines = [*self._cell, on_one_line(self._line)]
                self._row.cells.append(join_lines(filter(None, lines)))
                self._cell, self._line = [], ""
            case "row":
                self._rows.append(self._row)
                self._table_notes += self._notes
                self._notes = []
                self._row = replace(self._row, cells=[])

    def _end_table(self) -> None:
        """Put the rows so far into the text."""
        rows, self._rows = self._rows, []
        if rows:
            self._blocks += table_blocks(_spanned(rows), sum(row.is_head for row in rows) or None)
            notes, self._table_notes = self._table_notes, []
            self._blocks += notes


def _spanned(rows: list[_Row]) -> list[list[Cell]]:
    """Return the cells of rows with how many columns and rows each covers, by their edges."""
    fit = all(len(row.edges) >= len(row.cells) for row in rows)
    edges = sorted({edge for row in rows for edge in row.edges}) if fit else []
    table: list[list[Cell]] = []
    above: dict[int, tuple[int, int]] = {}  # where the cell that ends at an edge stands
    for row in rows:
        cells: list[Cell] = []
        left, is_new = -1, True
        for i, text in enumerate(row.cells):
            right = edges.index(row.edges[i]) if fit else i
            width, left = max(1, right - left), right
            if fit and row.beside[i] and i:  # a cell that goes on with the one above stands there
                if is_new:
                    cells[-1] = replace(cells[-1], colspan=cells[-1].colspan + width)
                continue
            is_new = not (fit and row.below[i] and right in above)
            if not is_new:
                r, c = above[right]
                table[r][c] = replace(table[r][c], rowspan=len(table) - r + 1)
                continue
            above[right] = (len(table), len(cells))
            cells.append(Cell(text, colspan=width))
        table.append(cells)
    return table


def _character(number: int) -> str:
    """Return a character by its number, which is signed."""
    return chr(number + 65536 if -65536 <= number < 0 else min(max(number, 0), 0x10FFFF))


def _whole(text: str) -> str:
    """Return a text in which both halves of a character, each given by its number, are one."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _known(charset: str, otherwise: str) -> str:
    try:
        return charset if b"".decode(charset) == "" else otherwise
    except LookupError:
        return otherwise
