"""The papers: README's examples run and print what it shows, its figures are the measured ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

import ui  # noqa: F401 - adds its command to the others
from qa.cli.main import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
PYTHON = [block for language, block in BLOCKS if language == "python"]
CONSOLE = [block for language, block in BLOCKS if language == "console"]
SHELL = [block for language, block in BLOCKS if language == "sh"]
PAPERS = [p for glob in ("*.md", "[bitq]*/**/*.md") for p in sorted(ROOT.glob(glob))]


def steps(block):
    """The commands of a console's block, each with the lines that it shows below."""
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)


STEPS = [step for block in CONSOLE for step in steps(block)]


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 130
    assert len(README.split()) <= 1000


def test_every_block_is_python_a_console_or_commands_to_type():
    assert {language for language, _ in BLOCKS} == {"python", "console", "sh"}
    assert "pip install . && article-qa ui" in "".join(SHELL)
    assert "pip install '.[test]' && pytest" in "".join(SHELL)


@pytest.mark.parametrize("block", PYTHON)
def test_a_python_example_runs(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {"__name__": "example"})


@pytest.fixture(scope="module")
def terminal(tmp_path_factory):
    """Return what runs a command line where `article-qa` is this tree's, in one empty folder."""
    folder, programs = tmp_path_factory.mktemp("readme"), tmp_path_factory.mktemp("bin")
    program = programs / "article-qa"
    program.write_text(
        f"#!{sys.executable}\nimport sys; sys.path.insert(0, {str(ROOT)!r})\nimport ui; ui.main()\n"
    )
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}

    def run(line):
        return subprocess.run(
            ["bash", "-c", line],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            cwd=folder,
            env=environment,
        ).stdout

    return run


def test_every_command_of_a_console_prints_what_the_readme_shows(terminal):
    assert len(STEPS) >= 5
    printed = [(line, terminal(line)) for line, _ in STEPS]
    assert [(line, without_confidence(p)) for line, p in printed] == [
        (line, without_confidence(shown)) for line, shown in STEPS
    ]
    for (line, shown), (_, real) in zip(STEPS, printed, strict=True):
        # Processors that read in floats are as sure but for a percent.
        assert abs(confidence(shown) - confidence(real)) <= 2, line


def without_confidence(text):
    return re.sub(r"Confidence \d+%", "Confidence", text)


def confidence(text):
    [number] = re.findall(r"Confidence (\d+)%", text) or ["0"]
    return int(number)


def test_every_command_and_option_that_the_readme_names_exists():
    commands = typer.main.get_command(app).commands
    options = {o for c in commands.values() for p in c.params for o in p.opts} | {"--help"}
    assert set(re.findall(r"article-qa ([a-z]+)", README)) <= set(commands)
    ours = re.sub(r"pip install .*", "", README)
    assert set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", ours)) <= options


@pytest.mark.parametrize("paper", PAPERS, ids=[str(p.relative_to(ROOT)) for p in PAPERS])
def test_every_link_leads_to_a_file(paper):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", paper.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (paper.parent / link).exists()] == []


def test_the_figures_of_the_readme_are_those_of_the_rows_with_a_star():
    starred = "".join(
        line
        for name in ("QUALITY.md", "SPEED.md")
        for line in (ROOT / "bench" / name).read_text(encoding="utf-8").splitlines(keepends=True)
        if line.startswith(("| ★", "| aim"))
    )
    table = re.search(r"^\| measure \| figure \| aim \|\n.*\n((?:\|.*\n)+)", README, re.MULTILINE)
    rows = table[1].splitlines()
    assert len(rows) == 6
    for row in rows:
        *_, figures, aims, _ = row.split("|")
        for number in re.findall(r"\d+\.\d+", figures + aims):
            assert re.search(rf"\| {number}0?(?= )", starred), (number, row)
