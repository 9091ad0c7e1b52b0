"""The house: which file imports what, and what each package hands on."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import index
import qa

ROOT = Path(__file__).parents[1]
SOURCES = [ROOT / "ui.py", *ROOT.glob("qa/**/*.py"), *ROOT.glob("index/**/*.py")]
HEAVY = (
    "faiss gradio huggingface_hub onnx onnxruntime sentence_transformers torch transformers".split()
)


def imported(path):
    """The top-level names of all modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize(
    ("library", "file"),
    [
        ("sentence_transformers", "index/encoders/sentence_transformer.py"),
        ("faiss", "index/search/vectors.py"),
        ("onnx", "index/encoders/onnx_bert.py"),
        ("onnxruntime", "index/encoders/onnx_bert.py"),
        ("gradio", "ui.py"),
        ("rapidfuzz", "qa/understanding/spelling.py"),
    ],
)
def test_one_file_imports_each_library(library, file):
    assert [p for p in SOURCES if library in imported(p)] == [ROOT / file]


def test_the_page_imports_qa_only_and_nothing_imports_the_page():
    assert "index" not in imported(ROOT / "ui.py")
    assert not [p for p in SOURCES if "ui" in imported(p)]


@pytest.mark.parametrize("package", [index, qa])
def test_what_a_package_hands_on_exists_and_is_sorted_by_kind(package):
    names = package.__all__
    assert len(set(names)) == len(names)
    assert all(getattr(package, name) is not None for name in names)
    public = {n for n in vars(package) if not n.startswith("_") and n != "annotations"}
    modules = {p.stem for p in Path(package.__file__).parent.iterdir()}
    assert public - modules <= set(names)


def test_importing_the_command_line_loads_no_heavy_library():
    code = f"import sys, ui, qa.cli.main; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
