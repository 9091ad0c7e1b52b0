"""The README's examples: its Python runs, and its command prints what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
PYTHON = [block for language, block in BLOCKS if language == "python"]
ASKED = [
    line
    for language, block in BLOCKS
    if not language
    for line in block.splitlines()
    if line.startswith("article-qa ask ")
]
SHOWN = re.findall(r"^<!-- example: ask -->\n```\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_there_are_examples_to_run():
    assert PYTHON
    assert len(ASKED) == len(SHOWN) == 1


@pytest.mark.parametrize("block", PYTHON)
def test_a_python_example_runs(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {"__name__": "example"})


@pytest.mark.parametrize(("line", "shown"), list(zip(ASKED, SHOWN, strict=True)))
def test_the_command_prints_what_the_readme_shows(line, shown):
    process = subprocess.run(
        [sys.executable, "-c", "import ui; ui.main()", *shlex.split(line)[1:]],
        capture_output=True,
        check=False,
        text=True,
        cwd=ROOT,
    )
    assert (process.returncode, process.stderr) == (0, "")
    said, sure = split_confidence(process.stdout)
    wanted, about = split_confidence(shown)
    assert said == wanted
    assert abs(sure - about) <= 2  # processors that read in floats are as sure but for a percent


def split_confidence(text):
    before, number = text.rsplit("Confidence ", 1)
    return before, int(number.removesuffix("%\n"))
