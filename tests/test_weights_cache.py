"""Weights are rounded once, and lie on the disk in the form that is mapped."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from index.encoders.weights_cache import MAX_FILES, cache_folder, cached

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "article-qa"


def content(key, make):
    """What the file of a key holds before its hash."""
    with cached(key, make) as path:
        return path.read_bytes()[:-4]


def model():
    return bytearray(b"model")


def refused():
    raise AssertionError("it must not be made again")


def test_weights_are_made_once(folder):
    assert content("a", model) == b"model"
    assert content("a", refused) == b"model"
    assert cache_folder() == folder


def test_another_key_is_another_file():
    assert content("a", model) == b"model"
    assert content("b", lambda: bytearray(b"other")) == b"other"


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 40])
def test_a_damaged_file_is_made_again(folder, damage):
    content("a", model)
    (folder / "a" / "weights").write_bytes(damage)
    assert content("a", lambda: bytearray(b"new")) == b"new"
    assert content("a", refused) == b"new"


def test_a_flipped_bit_is_noticed(folder):
    content("a", model)
    data = bytearray((folder / "a" / "weights").read_bytes())
    data[0] ^= 1
    (folder / "a" / "weights").write_bytes(data)
    assert content("a", lambda: bytearray(b"new")) == b"new"


def test_a_folder_that_cannot_be_written_does_no_harm(folder):
    folder.write_text("a file in its place")
    with cached("a", model) as path:
        assert path.read_bytes()[:-4] == b"model"
    assert not path.exists()
    assert folder.read_text() == "a file in its place"


def test_a_failing_maker_leaves_nothing(folder):
    def fails():
        raise ValueError("no weights")

    with pytest.raises(ValueError, match="no weights"):
        content("a", fails)
    assert not folder.exists()


def test_the_oldest_go_and_so_do_the_files_of_versions_before(folder):
    folder.mkdir()
    old = folder / "probe-3.model"
    old.write_bytes(b"")
    os.utime(old, (0, 0))
    for n in range(MAX_FILES + 3):
        content(str(n), model)
    assert len(list(folder.iterdir())) == MAX_FILES
    assert not old.exists()


def large():
    return bytearray(b"m" * 10**6)


def test_many_threads_at_once_each_get_it(folder):
    found = []
    threads = [threading.Thread(target=lambda: found.append(content("a", large))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [large()] * 8
    assert sorted(p.name for p in folder.rglob("*")) == ["a", "weights"]


def test_many_processes_at_once_each_get_it(folder):
    code = (
        "from index.encoders.weights_cache import cached\n"
        "with cached('a', lambda: bytearray(b'm' * 10**6)) as path:\n"
        "    assert path.read_bytes()[:-4] == b'm' * 10**6"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    assert sorted(p.name for p in folder.rglob("*")) == ["a", "weights"]


def test_a_cache_behind_a_link_serves_a_model(tmp_path, monkeypatch):
    import numpy as np

    from index import SentenceTransformerEncoder

    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    monkeypatch.setenv("XDG_CACHE_HOME", str(link))
    for _ in range(2):
        (vector,) = SentenceTransformerEncoder().encode_questions(["Who opened the bridge?"])
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert len(list(Path(real).rglob("weights"))) == 1
