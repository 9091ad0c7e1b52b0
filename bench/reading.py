"""What is read of sixty files that an office program has written, against what a person would copy.

    python bench/reading.py [FOLDER]

Six texts of our own, as a document, as slides and as a sheet, are converted by LibreOffice (`apt install
libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui`) into ten formats, in the FOLDER
or in a temporary one. Of the words, as a bag: recall is the share of a text's that are read, precision
that of those read that stand in it, and order the share that stands in one common order. What a person
does not copy and the program writes is not counted against precision: the names of columns in each row
of a table, marks of footnotes and the mark of a comment.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from html import escape
from pathlib import Path

from index import read_source

SOFFICE = shutil.which("soffice")
NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "style": "style",
        "svg": "svg-compatible",
        "fo": "xsl-fo-compatible",
        "presentation": "presentation",
    }.items()
)
PURL = "http://purl.org/dc/elements/1.1/"
STYLES = (
    '<style:style style:name="Raised" style:family="text"><style:text-properties '
    'style:text-position="super 58%"/></style:style><text:list-style style:name="Dots">'
    '<text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>'
    '<text:list-style style:name="Numbers"><text:list-level-style-number text:level="1" '
    'style:num-format="1" style:num-suffix="."/></text:list-style>'
    '<style:page-layout style:name="Page"><style:page-layout-properties fo:page-width="21cm" '
    'fo:page-height="14cm" fo:margin="2cm"/></style:page-layout>'
)
HEADER, COMMENT = "Herald of the valley", "Ask Otto whether this is right."
Row = Sequence[str]
Block = tuple[str, str | list[Row]]  # head, text, dot, number, note, box, picture, comment; table
PLACES = "Thorn Arnsby Lindow Skerra Altdorf Brandt".split()
THINGS = ("mill", "bridge", "ferry", "library", "swimming hall", "market")


def blocks_of(number: int) -> list[Block]:
    """Return one of six texts, alike in form and not in words; a note belongs to the text before it."""
    place, thing = PLACES[number], THINGS[number]
    price = 4 + number
    return [
        ("head", f"The {thing} of {place} opens again"),
        (
            "text",
            (
                f"The town of {place} has opened its {thing} again after {number + 2} years of repairs, which "
                f"cost {price}.3 million euros. It was built in {1901 + 13 * number} by Dr. Jonas Pell, and "
                f"approx. {price * 40} people were at the opening."
            ),
        ),
        ("note", f"The parish of {place} pays a tenth of it."),
        (
            "text",
            (
                "“We waited too long,” said Mara Lindqvist, who led the work. “The beams were rotten.” Half of "
                "the oak came from the forest behind the station."
            ),
        ),
        ("comment", COMMENT),
        ("box", f"Call {price}55 0142 to see the {thing}."),
        ("head", "What was repaired"),
        ("dot", f"the roof of the {thing}"),
        ("dot", "the stairs – all forty of them"),
        ("dot", "a lift; it is new"),
        ("picture", f"The {thing} in the snow"),
        ("head", "What it costs"),
        (
            "text",
            f"From {number + 2} May on, it is open from 9 a.m. to 6 p.m. These are the prices:",
        ),
        (
            "table",
            [
                ("Ticket", "Adults", "Children"),
                ("Day", f"€{price}.50", f"€{price // 2}.20"),
                ("Evening", f"€{price - 1}.00", f"€{price // 2}.00"),
                ("Year", f"€{price * 20}.00", f"€{price * 9}.50"),
            ],
        ),
        ("head", "How it goes on"),
        ("number", "The club chooses a chair."),
        ("number", f"The town of {place} votes on the lift."),
        (
            "text",
            (
                f"A club of {price * 12} members looks after the {thing}. School classes come on Tuesdays and "
                "pay nothing."
            ),
        ),
    ]


def element(block: Block, after: Sequence[Block], *, named: bool = True) -> str:
    """Return a block as an element of an open document, with the note or comment after it.

    Args:
        block: what stands there.
        after: the blocks after it.
        named: whether a table says which row names its columns; e-books and slides of LibreOffice
            lose a row that is named so.
    """
    kind, inside = block
    if not isinstance(inside, str):
        head, *rows = map(row, inside)
        head = f"<table:table-header-rows>{head}</table:table-header-rows>" if named else head
        columns = f'<table:table-column table:number-columns-repeated="{len(inside[0])}"/>'
        return f'<table:table table:name="T">{columns}{head}{"".join(rows)}</table:table>'
    said = escape(inside)
    match kind:
        case "head":
            return f'<text:h text:outline-level="1">{said}</text:h>'
        case "dot" | "number":
            name = "Dots" if kind == "dot" else "Numbers"
            goes_on = ' text:continue-numbering="true"' if kind == "number" and after else ""
            return f'<text:list text:style-name="{name}"{goes_on}><text:list-item><text:p>{said}</text:p></text:list-item></text:list>'
        case "box" | "picture":
            return f"<text:p>{frame(block)}</text:p>"
        case "text":
            hung = "".join(map(remark, after[:1]))
            return f"<text:p>{said}{hung}</text:p>"
    return ""  # it hangs on the text before it


def remark(block: Block) -> str:
    """Return a note or a comment in the text that it hangs on."""
    kind, inside = block
    if kind == "note":
        return (
            '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
            f"<text:p>{escape(str(inside))}</text:p></text:note-body></text:note>"
        )
    if kind == "comment":
        return f"<office:annotation><dc:creator>Ada Lund</dc:creator><text:p>{escape(str(inside))}</text:p></office:annotation>"
    return ""


def frame(block: Block) -> str:
    """Return a text box, or a picture with what it is said to show."""
    kind, inside = block
    said, size = escape(str(inside)), 'svg:width="8cm" svg:height="2cm"'
    if kind == "box":
        return (
            f'<draw:frame text:anchor-type="paragraph" {size}><draw:text-box><text:p>{said}</text:p>'
            "</draw:text-box></draw:frame>"
        )
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
    return (
        f'<draw:frame text:anchor-type="as-char" {size}><draw:image><office:binary-data>{pixel}'
        f"</office:binary-data></draw:image><svg:desc>{said}</svg:desc></draw:frame>"
    )


def row(cells: Row) -> str:
    """Return a row of a table."""
    texts = (f"<text:p>{escape(cell)}</text:p>" if cell else "" for cell in cells)
    return "".join(
        (
            "<table:table-row>",
            *(
                f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
                for text in texts
            ),
            "</table:table-row>",
        )
    )


def flat(kind: str, body: str, master: str = "") -> str:
    """Return a flat open document of a kind: text, presentation or spreadsheet."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {NAMES} xmlns:dc="{PURL}" office:version="1.2" '
        f'office:mimetype="application/vnd.oasis.opendocument.{kind}"><office:automatic-styles>{STYLES}'
        f"</office:automatic-styles><office:master-styles>{master}</office:master-styles><office:body>"
        f"<office:{kind}>{body}</office:{kind}></office:body></office:document>"
    )


def document(blocks: Sequence[Block], *, named: bool = True) -> str:
    """Return blocks as a text with a head on each page; ``named`` as in ``element``."""
    master = (
        '<style:master-page style:name="Standard" style:page-layout-name="Page"><style:header><text:p>'
        f"{HEADER}</text:p></style:header></style:master-page>"
    )
    body = "".join(element(block, blocks[i + 1 :], named=named) for i, block in enumerate(blocks))
    return flat("text", body, master)


def plain_document(blocks: Sequence[Block]) -> str:
    """Return blocks as such a text whose table does not say which row names its columns."""
    return document(blocks, named=False)


def slides(blocks: Sequence[Block]) -> str:
    """Return blocks as slides: a head begins one."""
    pages: list[str] = []
    for kind, inside in blocks:
        size = f'svg:width="20cm" svg:height="2cm" svg:x="1cm" svg:y="{len(pages)}cm"'
        if kind == "head":
            pages.append("")
        if isinstance(inside, list):
            pages[-1] += (
                f"<draw:frame {size}>{element((kind, inside), (), named=False)}</draw:frame>"
            )
        elif kind == "picture":
            pages[-1] += frame((kind, inside)).replace(' text:anchor-type="as-char"', "")
        else:
            role = ' presentation:class="title"' if kind == "head" else ""
            text = escape(inside)
            pages[-1] += (
                f"<draw:frame{role} {size}><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"
            )
    master = '<style:master-page style:name="Standard" style:page-layout-name="Page"/>'
    body = "".join(
        f'<draw:page draw:master-page-name="Standard">{page}</draw:page>' for page in pages
    )
    return flat("presentation", body, master)


def sheet(blocks: Sequence[Block]) -> str:
    """Return blocks as a sheet: a line in a cell, and a blank row around each table."""
    rows: list[str] = []
    for _, inside in blocks:
        if isinstance(inside, list):
            rows += [row([""]), *map(row, inside), row([""])]
        else:
            rows.append(row([inside]))
    return flat("spreadsheet", f'<table:table table:name="A">{"".join(rows)}</table:table>')


# What LibreOffice makes each format of, and the kinds of blocks that it has.
ALL = "head text note comment box dot picture table number"
NO_REMARKS = "head text box dot picture table number"
FORMS: dict[str, tuple[str, Callable[[Sequence[Block]], str], str]] = {
    ".odt": (".fodt", document, ALL),
    ".docx": (".fodt", document, ALL),
    ".rtf": (".fodt", document, ALL),
    ".html": (".fodt", document, "head text note box dot table number"),
    ".epub": (".fodt", plain_document, "head text note box dot table number"),
    ".pdf": (".fodt", document, "head text note box dot table number"),
    ".odp": (".fodp", slides, NO_REMARKS),
    ".pptx": (".fodp", slides, NO_REMARKS),
    ".ods": (".fods", sheet, "head text box dot table number"),
    ".xlsx": (".fods", sheet, "head text box dot table number"),
}


def words(text: str) -> list[str]:
    """Return the words of a text, without marks around them."""
    text = re.sub(r"\[\d+\]|[⁰¹²³⁴-⁹]", " ", text)
    return [w for word in text.split() if (w := word.strip('-–;:,.·|"“”•()').lower())]


def copied(blocks: Sequence[Block]) -> list[str]:
    """Return the words of a copy, in order."""
    lines = []
    n = 0
    for kind, inside in blocks:
        n = n + 1 if kind == "number" else 0
        lines += [" ".join(r) for r in inside] if isinstance(inside, list) else [inside]
    return words(" ".join(lines))


def extra(blocks: Sequence[Block]) -> Counter[str]:
    """Return what the program may add: labels of cells, numbers of items, marks of notes and comments."""
    added = Counter(words(f"{HEADER} Picture: Comment by Ada Lund: 1 1 1 2"))
    for _, inside in blocks:
        if isinstance(inside, list):
            for word in words(" ".join(inside[0])):
                added[word] += len(inside)
    return added


def convert(files: Sequence[Path], suffix: str, folder: Path) -> None:
    """Let LibreOffice write files in another format into a folder."""
    subprocess.run(
        [
            *(
                SOFFICE or "",
                "--headless",
                f"-env:UserInstallation=file://{folder.resolve()}/profile",
            ),
            *("--convert-to", suffix[1:], "--outdir", str(folder), *map(str, files)),
        ],
        check=True,
        capture_output=True,
    )


def measure(suffix: str, folder: Path) -> dict[str, float]:
    """Return recall, precision and order of the words of a format's files, all together."""
    source, write, kinds = FORMS[suffix]
    texts = [
        [b for b in blocks_of(number) if b[0] in kinds.split()] for number in range(len(PLACES))
    ]
    made = []
    for number, blocks in enumerate(texts):
        made.append(folder / f"{suffix[1:]}-{number}{source}")
        made[-1].write_text(write(blocks), encoding="utf-8")
    convert(made, suffix, folder)
    n_right = n_wanted = n_read = n_known = n_ordered = 0
    seconds = 0.0
    for path, blocks in zip(made, texts, strict=True):
        began = time.monotonic()
        (article,) = read_source(path.with_suffix(suffix)).articles
        seconds += time.monotonic() - began
        read, wanted = words(article.text), copied(blocks)
        given = Counter(read)
        n_wanted += len(wanted)
        n_read += len(read)
        n_right += (Counter(wanted) & given).total()
        n_known += ((Counter(wanted) + extra(blocks)) & given).total()
        matched = SequenceMatcher(None, wanted, read, autojunk=False).get_matching_blocks()
        n_ordered += sum(block.size for block in matched)
    return {
        "recall": round(n_right / n_wanted, 4),
        "precision": round(n_known / n_read, 4),
        "order": round(n_ordered / n_wanted, 4),
        "seconds": round(seconds / len(made), 2),
    }


def main() -> None:
    """Print a row for each format, and all as JSON on the last line."""
    if not SOFFICE:
        sys.exit(
            "reading needs LibreOffice, got no soffice; install it as the script's first lines say"
        )
    with tempfile.TemporaryDirectory() as other:
        folder = Path(sys.argv[1] if sys.argv[1:] else other)
        folder.mkdir(parents=True, exist_ok=True)
        rows = {}
        for suffix in FORMS:
            rows[suffix] = measure(suffix, folder)
            print(f"{suffix:6} {rows[suffix]}", file=sys.stderr)
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
