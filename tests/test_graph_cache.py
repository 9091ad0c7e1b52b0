"""Models are made once, and kept on the disk."""

import threading

import pytest

from index.encoders.graph_cache import N_KEPT, cache_folder, converted


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "article-qa"


def refused():
    raise AssertionError("it must not be made again")


def test_a_model_is_made_once(folder):
    assert converted("a", lambda: b"model") == b"model"
    assert converted("a", refused) == b"model"
    assert cache_folder() == folder


def test_another_key_is_another_model():
    converted("a", lambda: b"model")
    assert converted("b", lambda: b"other") == b"other"


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 40])
def test_a_damaged_file_is_made_again(folder, damage):
    converted("a", lambda: b"model")
    (folder / "a.model").write_bytes(damage)
    assert converted("a", lambda: b"new") == b"new"
    assert converted("a", refused) == b"new"


def test_a_flipped_bit_is_noticed(folder):
    converted("a", lambda: b"model")
    data = bytearray((folder / "a.model").read_bytes())
    data[-1] ^= 1
    (folder / "a.model").write_bytes(data)
    assert converted("a", lambda: b"new") == b"new"


def test_a_folder_that_cannot_be_written_does_no_harm(folder):
    folder.write_text("a file in its place")
    assert converted("a", lambda: b"model") == b"model"
    assert folder.read_text() == "a file in its place"


def test_a_failing_maker_leaves_nothing(folder):
    def fails():
        raise ValueError("no weights")

    with pytest.raises(ValueError, match="no weights"):
        converted("a", fails)
    assert not folder.exists()


def test_the_oldest_go(folder):
    for n in range(N_KEPT + 3):
        converted(str(n), lambda: b"model")
    assert len(list(folder.iterdir())) == N_KEPT


def test_many_at_once_each_get_it(folder):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(converted("a", lambda: b"m" * 10**6)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [b"m" * 10**6] * 8
    assert [path.name for path in folder.iterdir()] == ["a.model"]
