"""Faults of the disk and of processes, at a size for every run; bench/faults holds the long ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index import Article, Library, list_articles, verify

FAULTS = Path(__file__).parents[1] / "bench" / "faults"


def run(script, *arguments):
    path = FAULTS / f"{script}.py"
    if not path.exists():
        pytest.skip("needs bench/faults, which only a checkout has")
    done = subprocess.run(
        [sys.executable, path, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_killed_writer_leaves_the_old_library_or_the_new_one():
    assert "30 kills" in run("kill_while_adding", "--tries", 30)


def test_every_failing_call_leaves_the_old_library_or_the_new_one():
    seen = run("fail_each_call", "--every", 3)
    for call in ("write", "fsync", "replace", "mkdir"):
        assert f"{call} failed" in seen
    assert "opened old" in seen


def test_a_full_disk_is_said_and_leaves_the_old_library():
    if os.geteuid() != 0:
        pytest.skip("only root can make disks of chosen sizes")
    probe = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("disks cannot be mounted here")
    seen = run("full_disk", "--sizes", 12)
    assert "error said" in seen
    assert "was enough" in seen


def test_every_flipped_bit_and_cut_file_is_noticed_and_none_is_passed_on():
    seen = run("bit_flips", "--flips", 150, "--rebuilds", 30)
    assert "150 flips" in seen
    assert "10^13 vectors refused" in seen


def test_searching_while_another_process_adds_gives_no_wrong_result():
    assert "no crash, no wrong result" in run("search_while_adding", "--seconds", 4)


def test_two_processes_that_add_at_once_lose_nothing(tmp_path, encoder):
    code = (
        "import sys; sys.path[:0] = sys.argv[3:]; import library_faults as f; from index import Library\n"
        "for n in range(int(sys.argv[2]), int(sys.argv[2]) + 50, 5):\n"
        "    with Library(sys.argv[1], f.ENCODER) as library:\n"
        "        library.add(f.articles(n, n + 5))\n"
    )
    if not FAULTS.exists():
        pytest.skip("needs bench/faults, which only a checkout has")
    writers = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path / "library", str(start), FAULTS])
        for start in (0, 50)
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    assert len(list_articles(tmp_path / "library")) == 100
    assert verify(tmp_path / "library") == []


def test_the_lock_of_a_dead_process_is_free(tmp_path, encoder):
    code = (
        "import sys, os; sys.path[:0] = sys.argv[2:]; import library_faults as f\n"
        "from index import Library\n"
        "with Library(sys.argv[1], f.ENCODER) as library:\n"
        "    library.add(f.articles(0, 2)); os.kill(os.getpid(), 9)\n"
    )
    if not FAULTS.exists():
        pytest.skip("needs bench/faults, which only a checkout has")
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "library", FAULTS], check=False)
    assert done.returncode == -9
    with Library(tmp_path / "library", encoder, wait=False) as library:
        assert len(library) == 2  # what was kept is there
        library.add([Article.from_text("One more.")])
    assert len(list_articles(tmp_path / "library")) == 3
