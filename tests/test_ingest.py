"""Files and folders go into a library: added, skipped, updated, and removed when they are gone."""

import json

from index import IngestReport, Library, ingest, list_articles, rebuild, verify


def indexed(folder, encoder, *sources, prune=False):
    report = IngestReport()
    with Library(folder, encoder) as library:
        ingest(library, [str(source) for source in sources], report, prune=prune)
    return report


def test_files_are_indexed_skipped_updated_and_their_errors_listed(tmp_path, encoder):
    texts = tmp_path / "texts"
    texts.mkdir()
    for n in range(4):
        (texts / f"{n}.txt").write_text(f"Town{n} has a mayor. He is called Person{n}.")
    (texts / "bad.txt").write_bytes(b"\0\0\0")
    lines = [json.dumps({"text": f"Village{n} is small. It has a pond."}) for n in range(70)]
    (texts / "many.jsonl").write_text("\n".join(lines))

    def run():
        report = IngestReport()
        seen = []
        with Library(tmp_path / "library", encoder) as library:
            ingest(library, [str(texts)], report, progress=lambda *counts: seen.append(counts))
        assert seen[-1][0] == seen[-1][1]
        return report

    first = run()
    assert (first.n_added, len(first.errors)) == (74, 1)
    assert "bad.txt" in first.errors[0]
    again = run()
    assert (again.n_added, again.n_files_unchanged) == (0, 5)
    (texts / "1.txt").write_text("Town1 has no mayor.")
    (texts / "many.jsonl").write_text("\n".join(lines[:60]))
    third = run()
    assert (third.n_added, third.n_removed, third.n_files_unchanged) == (1, 11, 3)
    assert len(list_articles(tmp_path / "library")) == 64
    assert verify(tmp_path / "library") == []


def test_files_that_are_gone_stay_unless_they_are_pruned(tmp_path, encoder):
    texts, folder = tmp_path / "texts", tmp_path / "library"
    (texts / "sub").mkdir(parents=True)
    (tmp_path / "texts2").mkdir()  # its name begins as the folder's, but it is another
    for name in ("texts/a", "texts/b", "texts/sub/c", "texts2/d", "e"):
        (tmp_path / f"{name}.txt").write_text(f"The file {name[-1]} is here. It stays.")
    (tmp_path / "copy.txt").write_text("The file b is here. It stays.")
    indexed(folder, encoder, texts, tmp_path / "texts2", tmp_path / "e.txt", tmp_path / "copy.txt")
    for name in ("texts/a", "texts/b", "texts/sub/c", "texts2/d", "e"):
        (tmp_path / f"{name}.txt").unlink()
    assert indexed(folder, encoder, texts).missing == []  # no file at all: its disk may be missing
    (texts / "f.txt").write_text("Another file.")
    report = indexed(folder, encoder, texts)
    wanted = [str(texts / name) for name in ("a.txt", "b.txt", "sub/c.txt")]
    assert (report.missing, report.n_removed, len(list_articles(folder))) == (wanted, 0, 6)
    pruned = indexed(folder, encoder, texts, prune=True)
    assert (pruned.missing, pruned.n_removed) == (wanted, 2)  # b is also at another place
    left = {h.source.removeprefix(str(tmp_path)) for h in list_articles(folder)}
    assert left == {"/copy.txt", "/texts/f.txt", "/texts2/d.txt", "/e.txt"}
    assert indexed(folder, encoder, texts).missing == []
    (texts / "b.txt").write_text("The file b is here. It stays.")
    assert indexed(folder, encoder, texts).n_present == 1  # it is read again, and known
    assert verify(folder) == []


def test_a_file_that_moved_is_kept_and_called_by_its_new_place(tmp_path, encoder):
    texts, folder = tmp_path / "texts", tmp_path / "library"
    (texts / "sub").mkdir(parents=True)
    (texts / "a.txt").write_text("The bridge opened on Monday.")
    indexed(folder, encoder, texts)
    (texts / "a.txt").rename(texts / "sub" / "b.txt")
    moved = indexed(folder, encoder, texts, prune=True)
    assert (moved.n_added, moved.n_present, moved.n_removed) == (0, 1, 0)
    (head,) = list_articles(folder)
    assert head.source == str(texts / "sub" / "b.txt")
    assert head.origins == (head.source,)
    assert verify(folder) == []
    rebuild(folder)
    assert verify(folder) == []


def test_a_file_has_one_name_from_everywhere(tmp_path, encoder, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("The file is here.")
    indexed(tmp_path / "library", encoder, tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path / "sub")
    assert indexed(tmp_path / "library", encoder, "../a.txt").n_files_unchanged == 1
    (tmp_path / "a.txt").unlink()
    with Library(tmp_path / "library", encoder) as library:
        assert len(library.remove(["../a.txt"])) == 1
    (tmp_path / "sub" / "b.txt").write_text("Another file.")
    indexed(tmp_path / "library", encoder, "b.txt")
    with Library(tmp_path / "library", encoder) as library:
        assert len(library.remove(["."])) == 1
