"""The tests of the page skip on a machine without Chromium or without axe-core, and fail on neither."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def outcome(**environment):
    """The exit status and the counts of a run of the tests of what everybody can use, by their words."""
    variables = {k: v for k, v in os.environ.items() if k != "ARTICLE_QA_REQUIRE_BROWSER"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "axe"]
    done = subprocess.run(
        [*command, "tests/test_browser_access.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**variables, **environment},
    )
    last = done.stdout.splitlines()[-1]
    return done.returncode, set(re.findall(r"\d+ (\w+)", last)) - {"deselected", "warnings"}


@pytest.mark.parametrize(
    "environment", [{"AXE_CORE": "/nowhere.js"}, {"CHROMIUM": "/nowhere"}], ids=["axe", "Chromium"]
)
def test_without_it_they_skip(environment, tmp_path):
    script = tmp_path / "axe.min.js"
    script.write_text("")
    assert outcome(**{"AXE_CORE": str(script), **environment}) == (0, {"skipped"})
