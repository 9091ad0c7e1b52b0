"""The size and shape of the code: lines by folder, the import graph, and the files that calls pass.

    python bench/house.py [--tree DIR] [--no-walks]

Needs the group ``lint``, whose import-linter brings grimp. DIR is another checkout, as of an older state.
A walk counts each step into another file once, whatever loops repeat it: "steps" are distinct
(caller's file, file, function), "files" the files passed, and "again" those that are entered once more
after another was, helpers of text and types (``_HELPERS``) apart.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
import tempfile
import tokenize
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from itertools import groupby
from pathlib import Path
from typing import Any

import grimp

_HELPERS = (
    "index/text/",
    "index/types",
    "index/lazy",
    "index/storage/durable",
    "qa/text",
    "qa/types",
)
_TEXT = "The council of Lund opened the new bridge on Monday. It cost four million euros."
_QUESTION = "How much did the bridge cost?"


def lines_of(file: Path) -> tuple[int, int]:
    """Return how many lines a file has, and how many hold code: no docstring, comment or blank."""
    text = file.read_text(encoding="utf-8")
    docstrings = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.string.strip()]
    held = {
        line
        for token in tokens
        if token.type != tokenize.COMMENT
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(text.splitlines()), len(held - docstrings)


def print_lines(tree: Path) -> None:
    """Print files, lines and lines of code by folder."""
    by_folder: dict[str, list[tuple[int, int]]] = {}
    for file in [*tree.glob("index/**/*.py"), *tree.glob("qa/**/*.py"), tree / "ui.py"]:
        folder = "/".join(file.relative_to(tree).parts[:-1][:2]) or "ui.py"
        by_folder.setdefault(folder, []).append(lines_of(file))
    print("| folder | files | lines | of code |\n| --- | --- | --- | --- |")
    for folder, files in sorted(by_folder.items()):
        print(
            f"| {folder} | {len(files)} | {sum(n for n, _ in files):,} | {sum(n for _, n in files):,} |"
        )
    files = [file for each in by_folder.values() for file in each]
    print(f"| all | {len(files)} | {sum(n for n, _ in files):,} | {sum(n for _, n in files):,} |\n")


def print_graph() -> None:
    """Print modules, layers (the longest chain of imports) and arrows of each package and wing."""
    graph = grimp.build_graph("index", "qa")
    print("| package | modules | layers | arrows | in a circle |\n| --- | --- | --- | --- | --- |")
    folders = {m.rpartition(".")[0] for m in graph.modules if "." in m}
    for package in sorted({m for m in folders if m in graph.modules}):
        nouns = {m for m in graph.modules if m.startswith(f"{package}.")}
        within = {n: graph.find_modules_directly_imported_by(n) & nouns for n in nouns}
        depth: dict[str, int] = {}
        left = dict(within)
        while free := [n for n, below in left.items() if below <= depth.keys()]:
            depth |= {n: 1 + max((depth[b] for b in left.pop(n)), default=0) for n in free}
        arrows = sum(map(len, within.values()))
        print(
            f"| {package} | {len(nouns)} | {max(depth.values(), default=0)} | {arrows} | {len(left)} |"
        )
    print()


def walk(call: Callable[[], Any], tree: Path) -> list[tuple[str, str]]:
    """Return (file, function) of each step of a call into another file, each step once."""
    root, steps = f"{tree}/", dict[tuple[str, str, str], None]()

    def file_of(frame: Any) -> str:
        name = frame.f_code.co_filename if frame else ""
        return name.removeprefix(root) if name.startswith(root) else ""

    def trace(frame: Any, event: str, _: Any) -> None:
        file = file_of(frame)
        if event != "call" or not file or frame.f_code.co_name == "<module>":
            return
        caller = frame.f_back
        while caller and not file_of(caller):
            caller = caller.f_back
        if file_of(caller) != file:
            steps[file_of(caller), file, frame.f_code.co_name] = None

    sys.setprofile(trace)
    try:
        call()
    finally:
        sys.setprofile(None)
    return [(file, function) for _, file, function in steps if not file.startswith(_HELPERS)]


def print_walks(tree: Path) -> None:
    """Print the walks of a text, a question, a row of a question file and a question on the page."""
    from qa import ArticleQA, Settings, answer_file, read_questions
    from qa.page.chat import ChatPane
    from qa.page.messages import QuestionMessage
    from qa.page.service import Service
    from qa.page.session import Session

    settings = Settings(reader="small")
    engine = ArticleQA.from_text(_TEXT, settings)
    engine.ask("Who opened the bridge?")  # models are read once
    ready: Future[ArticleQA] = Future()
    ready.set_result(engine)
    with tempfile.TemporaryDirectory() as folder:
        rows, out = Path(folder, "questions.txt"), Path(folder, "answers.jsonl")
        rows.write_text(f"{_QUESTION}\n", encoding="utf-8")
        pane = ChatPane(Service(engine.articles, ready), Path(folder, "votes.jsonl"))
        ids = [article.id for article in engine.articles]
        message = QuestionMessage(question=_QUESTION, picked=ids, threshold=0.5, max_citations=3)
        calls: dict[str, Callable[[], Any]] = {
            "text": lambda: ArticleQA.from_text(_TEXT, settings),
            "question": lambda: engine.ask(_QUESTION),
            "batch row": lambda: answer_file(engine, read_questions(rows), out),
            "page event": lambda: [*pane.ask(message, Session())],
        }
        print("| walk | files | steps | again |\n| --- | --- | --- | --- |")
        for name, call in calls.items():
            steps = walk(call, tree)
            stops = Counter(file for file, _ in groupby(file for file, _ in steps))
            again = ", ".join(f"{file} {n}" for file, n in stops.items() if n > 1)
            print(f"| {name} | {len(stops)} | {len(steps)} | {again or '-'} |")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tree", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--no-walks", action="store_true", help="as for a state with other names")
    options = parser.parse_args()
    tree = options.tree.resolve()
    sys.path.insert(0, str(tree))
    print_lines(tree)
    print_graph()
    if not options.no_walks:
        print_walks(tree)


if __name__ == "__main__":
    main()
