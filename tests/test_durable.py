"""Files that are whole or not there, and locks that one process holds."""

import os
import subprocess
import sys

import pytest

from index.storage import durable


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "file"
    durable.write_atomic(path, b"first")

    def fail(*_):
        raise OSError(28, "No space left on device")

    for call in ("write", "fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, call, fail)
            with pytest.raises(OSError, match="No space left"):
                durable.write_atomic(path, b"second")
        assert path.read_bytes() == b"first"
        assert [p.name for p in tmp_path.iterdir()] == ["file"]
    durable.write_atomic(path, b"second")
    assert path.read_bytes() == b"second"


def test_what_the_disk_returns_otherwise_is_not_put_in_place(tmp_path, monkeypatch):
    path = tmp_path / "file"
    monkeypatch.setattr(durable, "write_all", lambda descriptor, data: os.write(descriptor, b"x"))
    with pytest.raises(OSError, match="other bytes than were written"):
        durable.write_atomic(path, b"data")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_listed(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from index.storage import durable\n"
        "durable.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "durable.write_atomic(Path(sys.argv[1]), b'data')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "file"], check=False)
    assert done.returncode == -9
    assert list(durable.temporary_files(tmp_path / "file")) == list(tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 1


def test_a_lock_is_held_by_one_and_free_after_it_even_if_it_was_killed(tmp_path):
    path = tmp_path / "lock"
    assert not durable.is_locked(path)
    with durable.file_lock(path, wait=False):
        assert durable.is_locked(path)
        with pytest.raises(BlockingIOError), durable.file_lock(path, wait=False):
            pass
    assert not durable.is_locked(path)
    code = (
        "import os, signal, sys; from pathlib import Path; from index.storage import durable\n"
        "durable.file_lock(Path(sys.argv[1]), wait=False).__enter__()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], check=False)
    assert done.returncode == -9
    with durable.file_lock(path, wait=False):
        pass
