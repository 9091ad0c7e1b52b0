"""A library: it grows, is searched as a whole, and tells what is broken in it."""

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import sqlite3

import numpy as np
import pytest

from index import (
    Article,
    ArticleError,
    ArticleFilter,
    ArticleIndex,
    ArticleQAError,
    IndexFolderError,
    Library,
    ProblemKind,
    list_articles,
    rebuild,
    unpublished,
    verify,
)
from index.library.manifest import sealed
from qa import ArticleQA, Settings
from qa.readers.search_reader import SentenceReader


def town(n, *, text=None, date=""):
    text = text or f"Town{n} has {n + 3} bridges. The mayor of Town{n} is Person{n}. She swims."
    return Article.from_text(text, title=f"Town {n}", source=f"town-{n}.txt", date=date)


@pytest.fixture
def folder(tmp_path, encoder):
    with Library(tmp_path / "library", encoder) as library:
        library.add([town(n, date=f"2024-0{n + 1}-15") for n in range(5)])
    return tmp_path / "library"


def engine_of(folder, encoder):
    return ArticleQA(
        ArticleIndex.load(folder, encoder), Settings(reader=SentenceReader(), threshold=0)
    )


class CountingEncoder:
    def __init__(self, encoder):
        self.n_encoded = 0
        self._encoder = encoder

    def __getattr__(self, name):
        return getattr(self._encoder, name)

    def encode_passages(self, texts):
        self.n_encoded += len(texts)
        return self._encoder.encode_passages(texts)


def test_a_library_answers_as_the_same_articles_in_memory(folder, encoder):
    articles = [town(n, date=f"2024-0{n + 1}-15") for n in range(5)]
    built = ArticleQA.from_articles(articles, Settings(encoder=encoder, reader=SentenceReader()))
    for question in ("Who is the mayor of Town3?", "How many bridges has Town1?", "Who swims?"):
        found = engine_of(folder, encoder).ask(question).to_dict()
        assert (
            found
            == ArticleQA(built.store, Settings(reader=SentenceReader(), threshold=0))
            .ask(question)
            .to_dict()
        )
    assert list(engine_of(folder, encoder).articles) == articles


def test_what_is_there_is_not_encoded_again_and_what_changed_is_replaced(folder, encoder):
    counting = CountingEncoder(encoder)
    with Library(folder, counting) as library:
        assert dataclasses.astuple(library.add([town(n) for n in range(5)])) == (0, 5, 0)
        assert counting.n_encoded == 0
        changed = town(2, text="Town2 fell into the sea.")
        assert dataclasses.astuple(library.add([changed])) == (1, 0, 1)
    heads = list_articles(folder)
    assert len(heads) == 5
    assert heads[-1].id == changed.id
    assert verify(folder) == []


def test_an_article_at_two_places_stays_until_both_are_gone(folder, encoder):
    copy = dataclasses.replace(town(1), source="copy.txt")
    with Library(folder, encoder) as library:
        library.add([copy])
        library.add([dataclasses.replace(town(8), source="town-1.txt")])
    assert town(1).id in {h.id for h in list_articles(folder)}
    with Library(folder, encoder) as library:
        library.add([dataclasses.replace(town(9), source="copy.txt")])
    assert town(1).id not in {h.id for h in list_articles(folder)}


def test_removed_articles_are_gone_and_a_wrong_name_takes_nothing_out(folder, encoder):
    with (
        Library(folder, encoder) as library,
        pytest.raises(IndexFolderError, match="no article 'x"),
    ):
        library.remove(["Town 1", "x"])
    assert len(list_articles(folder)) == 5
    with Library(folder, encoder) as library:
        library.remove([town(0).id, "Town 1", "town-2.txt"])
    assert [h.title for h in list_articles(folder)] == ["Town 3", "Town 4"]


def test_an_empty_library_says_so(folder, encoder):
    with Library(folder, encoder) as library:
        library.remove([h.id for h in library.heads()])
    with pytest.raises(IndexFolderError, match="holds no article; add some"):
        ArticleIndex.load(folder, encoder)
    assert list_articles(folder) == ()
    assert verify(folder) == []


def test_rebuild_encodes_nothing_and_keeps_every_citation(folder, encoder):
    before = engine_of(folder, encoder).ask("Who is the mayor of Town3?").to_dict()
    shutil.rmtree(next(folder.glob("g-*")))
    with pytest.raises(IndexFolderError, match="is missing; run"):
        ArticleIndex.load(folder, encoder)
    rebuild(folder)  # it is given no encoder
    assert engine_of(folder, encoder).ask("Who is the mayor of Town3?").to_dict() == before


@pytest.mark.parametrize("damage", [b"", b"x" * 5000, None])
def test_a_lost_database_is_reported_and_what_is_searched_stays_as_it_was(folder, encoder, damage):
    before = engine_of(folder, encoder).ask("Who is the mayor of Town3?").to_dict()
    path = folder / "library.db"
    path.unlink() if damage is None else path.write_bytes(damage)
    problems = verify(folder)
    assert problems[-1].kind is ProblemKind.DATABASE_DAMAGED
    assert str(problems[-1]).endswith("; index the articles again into another folder")
    with pytest.raises(IndexFolderError, match="index the articles again") as caught:
        rebuild(folder)
    assert caught.value.folder == folder
    assert engine_of(folder, encoder).ask("Who is the mayor of Town3?").to_dict() == before


def test_a_damaged_article_is_named_and_the_library_whole_once_it_is_indexed_again(folder, encoder):
    path = next(folder.glob("records-*"))
    data = bytearray(path.read_bytes())
    data[data.index(b"Town3 has")] ^= 1
    path.write_bytes(data)
    (problem,) = verify(folder)
    assert (problem.kind, problem.article_id) == (ProblemKind.ARTICLE_DAMAGED, town(3).id)
    with pytest.raises(
        IndexFolderError, match=rf"{town(3).id} is damaged.*`remove` it, then index"
    ):
        rebuild(folder)
    with Library(folder, encoder) as library, pytest.raises(IndexFolderError, match=town(3).id):
        library.compact()
    with Library(folder, encoder) as library:
        library.remove([problem.article_id])
        library.add([town(3)])
    assert [each.kind for each in verify(folder)] == [ProblemKind.REMOVED_ARTICLE_DAMAGED]
    with Library(folder, encoder) as library:
        library.compact()
    assert verify(folder) == []
    assert len(list_articles(folder)) == 5


def test_a_flipped_bit_that_no_article_has_is_found_and_rebuild_writes_the_database_anew(
    folder, encoder
):
    path = folder / "library.db"
    data = bytearray(path.read_bytes())
    data[100 + 8 + 2 * 40] ^= 1  # between the pointers and the cells of the first page
    path.write_bytes(data)
    assert [each.kind for each in verify(folder)] == [ProblemKind.DATABASE_ALTERED]
    rebuild(folder)
    assert verify(folder) == []
    assert len(list_articles(folder)) == 5


def test_a_folder_is_rebuilt_whatever_its_name(folder, encoder, tmp_path):
    for name in ("my-folder", "older", "library.db"):  # words of the problems' own lines
        copy = tmp_path / name / "library"
        shutil.copytree(folder, copy)
        path = next(copy.glob("records-*"))
        data = bytearray(path.read_bytes())
        data[data.index(b"Town3 has")] ^= 1
        path.write_bytes(data)
        with pytest.raises(IndexFolderError, match="cannot be rebuilt: article"):
            rebuild(copy)  # not made of what is damaged
        data[data.index(b"Uown3 has")] ^= 1
        path.write_bytes(data)
        (copy / "manifest.json").unlink()
        rebuild(copy)
        assert verify(copy) == []


def test_an_article_that_changes_every_day_does_not_fill_the_disk(folder, encoder):
    long = " ".join(f"House {n} was built in {1500 + n}." for n in range(300))
    sizes = []
    for day in range(12):
        with Library(folder, encoder) as library:
            library.add([town(7, text=f"Day {day}. {long}")])
        sizes.append(next(folder.glob("records-*")).stat().st_size)
    one = sizes[0]
    assert max(sizes) < 6 * one
    assert len(list(folder.glob("records-*"))) == 1
    assert len(list_articles(folder)) == 6
    assert verify(folder) == []


def test_what_a_killed_writer_left_behind_the_records_is_cut_off(folder, encoder):
    path = next(folder.glob("records-*"))
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"half a record")
    (folder / "records-0123456789abcdef").write_bytes(b"of a copy that was never finished")
    assert verify(folder) == []
    with Library(folder, encoder):
        pass
    assert [(p, p.stat().st_size) for p in folder.glob("records-*")] == [(path, size)]


def test_an_article_that_names_no_record_is_reported(folder, encoder):
    with sqlite3.connect(folder / "library.db") as database:
        database.execute("UPDATE articles SET record = record + 1 WHERE id = ?", (town(2).id,))
    database.close()
    assert {p.article_id for p in verify(folder)} >= {town(2).id}
    with pytest.raises(IndexFolderError, match=town(2).id):
        rebuild(folder)
    with Library(folder, encoder) as library, pytest.raises(IndexFolderError, match=town(2).id):
        library.compact()


@pytest.mark.parametrize("damage", ["cut", "missing"])
def test_records_that_are_lost_are_reported_for_each_article(folder, encoder, damage):
    path = next(folder.glob("records-*"))
    path.unlink() if damage == "missing" else os.truncate(path, 10)
    problems = verify(folder)
    assert {each.kind for each in problems} == {ProblemKind.ARTICLE_DAMAGED}
    assert {each.article_id for each in problems} == {town(n).id for n in range(5)}
    assert engine_of(folder, encoder).ask("Who is the mayor of Town3?").answered


def test_another_encoder_of_the_same_dimension_is_refused_naming_both(folder, encoder):
    other = CountingEncoder(encoder)
    other.name, other.fingerprint = "bag-of-letters", "bag-of-letters-1"
    names = r"made with encoder 'bag-of-words' .* got 'bag-of-letters'"
    with pytest.raises(IndexFolderError, match=names):
        ArticleIndex.load(folder, other)
    with pytest.raises(IndexFolderError, match=names), Library(folder, other):
        pass


def test_what_is_known_of_all_articles_is_kept_beside_them(tmp_path, encoder):
    articles = [town(n) for n in range(90)]
    articles.append(Article.from_text("Il pleut. La mairie a été fermée.", language="fr"))
    with Library(tmp_path / "library", encoder) as library:
        library.add(articles)
    loaded = ArticleIndex.load(tmp_path / "library", encoder)
    built = ArticleIndex.build(articles, encoder)
    assert loaded.written_words == built.written_words
    assert loaded.languages == built.languages == {"en", "fr"}
    assert loaded.sha256 == built.sha256 != ArticleIndex.build(articles[1:], encoder).sha256
    engine = ArticleQA(loaded, Settings(reader=SentenceReader(), threshold=0))
    answer = engine.ask("Who is the mmayor of Town3?", history=["Who is Person7?"])
    assert answer.corrections == (("mmayor", "mayor"),)
    # What was read are the articles of the hits and those that name the person.
    assert loaded.articles._cached.cache_info().misses < 20


def test_search_files_of_an_older_form_are_made_anew_from_the_database(folder, encoder):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["version"] = 3
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(
        IndexFolderError, match=r"format version \d, got \d; run `article-qa rebuild"
    ):
        ArticleIndex.load(folder, encoder)
    rebuild(folder)
    assert len(ArticleIndex.load(folder, encoder).articles) == 5


def noted(n, *notes):
    return dataclasses.replace(town(n), notes=notes)


def test_a_library_stores_what_was_left_out_of_an_article(folder, encoder):
    with Library(folder, encoder) as library:
        library.add([noted(8, "left out: 1 picture")])
    assert [head.notes for head in list_articles(folder)[-2:]] == [(), ("left out: 1 picture",)]
    answer = engine_of(folder, encoder).ask("Who is the mayor of Town8?")
    assert "“Town 8”: left out: 1 picture" in answer.notes
    assert verify(folder) == []
    with Library(folder, encoder) as library:  # the file has changed, and not its text
        library.add([noted(8, "left out: 2 pictures")])
        library.add([dataclasses.replace(noted(8), source="copy.txt")])
        library.compact()
    assert list_articles(folder)[-1].notes == ("left out: 2 pictures",)
    assert verify(folder) == []


def without_notes(folder):
    """Make a library what it was before libraries stored notes."""
    with contextlib.closing(sqlite3.connect(folder / "library.db")) as database:
        database.execute("ALTER TABLE articles DROP COLUMN notes")
        database.execute("UPDATE facts SET value = 3 WHERE name = 'version'")
        database.commit()
    manifest = json.loads((folder / "manifest.json").read_text())
    digest = hashlib.sha256((folder / "library.db").read_bytes()).hexdigest()
    values = {**manifest, "version": 4, "database_sha256": digest}
    del values["sha256"]
    (folder / "manifest.json").write_bytes(sealed(values))


def test_a_library_made_before_notes_reads_on_and_stores_those_of_what_is_added(folder, encoder):
    without_notes(folder)
    assert verify(folder) == []
    assert engine_of(folder, encoder).ask("Who is the mayor of Town3?").given
    with Library(folder, encoder) as library:
        assert dataclasses.astuple(library.add([town(3)])) == (0, 1, 0)
    assert len(list_articles(folder)) == 5
    with Library(folder, encoder) as library:
        library.add([noted(3, "left out: 1 page"), noted(8, "left out: 1 picture")])
    assert {head.title: head.notes for head in list_articles(folder) if head.notes} == {
        "Town 3": ("left out: 1 page",),
        "Town 8": ("left out: 1 picture",),
    }
    assert verify(folder) == []
    without_notes_again = folder.parent / "again"
    with Library(without_notes_again, encoder) as library:
        library.add([town(1)])
    without_notes(without_notes_again)
    rebuild(without_notes_again)
    assert verify(without_notes_again) == []


def test_a_file_manager_may_hide_files_in_a_library(folder, encoder):
    (folder / ".DS_Store").write_bytes(b"x")
    with Library(folder, encoder) as library:
        library.add([town(8)])
    (folder / "letter.txt").write_text("x")
    with pytest.raises(IndexFolderError, match="got other files"), Library(folder, encoder):
        pass


class Moved:
    def __init__(self, encoder, name):
        self.name, self._encoder = str(name), encoder

    def __getattr__(self, name):
        return getattr(self._encoder, name)


def test_an_encoder_that_is_a_folder_is_found_again_and_may_move(tmp_path, encoder, monkeypatch):
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    with Library("library", Moved(encoder, "model")) as library:
        library.add([town(1)])
    manifest = tmp_path / "library" / "manifest.json"
    assert json.loads(manifest.read_text())["encoder"] == str(tmp_path / "model")
    (tmp_path / "model").rename("moved")
    line = (
        r"made with encoder '.*model', which cannot be loaded; say where it is now with --encoder"
    )
    with pytest.raises(IndexFolderError, match=line):
        ArticleIndex.load("library")
    with Library("library", Moved(encoder, "moved")):
        pass
    assert json.loads(manifest.read_text())["encoder"] == str(tmp_path / "moved")


def test_a_second_writer_is_refused_or_waits(folder, encoder):
    with (
        Library(folder, encoder),
        pytest.raises(IndexFolderError, match="is being written by another process"),
        Library(folder, encoder, wait=False),
    ):
        pass
    with Library(folder, encoder, wait=False):
        pass  # the lock is free again


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_library_that_cannot_be_written_is_asked_and_verified(folder, encoder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert engine_of(folder, encoder).ask("Who is the mayor of Town3?").answered
        assert unpublished(folder) is None
        assert verify(folder) == []
        with pytest.raises(IndexFolderError, match="cannot be written"):
            rebuild(folder)
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_reader_keeps_the_state_that_it_opened(folder, encoder):
    engine = engine_of(folder, encoder)
    before = engine.ask("Who is the mayor of Town1?").to_dict()
    with Library(folder, encoder) as library:
        library.remove(["Town 1"])
    assert engine.ask("Who is the mayor of Town1?").to_dict() == before
    assert len(list(folder.glob("g-*"))) == 1


def test_ctrl_c_keeps_what_is_done(folder, encoder):
    def stop(library):
        library.add([town(6)])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Library(folder, encoder) as library:
        stop(library)
    assert "Town 6" in {h.title for h in list_articles(folder)}


def test_compact_makes_it_smaller_and_changes_nothing(folder, encoder):
    with Library(folder, encoder) as library:
        library.add([town(n) for n in range(10, 40)])
        library.remove([f"Town {n}" for n in range(10, 40)])
    with Library(folder, encoder) as library:
        before, after = library.compact()
    assert after < before
    assert verify(folder) == []
    assert len(list_articles(folder)) == 5


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        (ArticleFilter(articles=("town 3",)), {3}),
        (ArticleFilter(articles=(town(2).id, "Town 4")), {2, 4}),
        (ArticleFilter(sources=("town-[12].*",)), {1, 2}),
        (ArticleFilter(since="2024-04"), {3, 4}),
        (ArticleFilter(until="2024-02-15"), {0, 1}),
        (ArticleFilter(since="2024-02-16", until="2024-03"), {2}),
        (ArticleFilter(sources=("*",), since="2024-05-15"), {4}),
    ],
)
def test_filters_choose_the_articles_that_are_searched(folder, encoder, chosen, numbers):
    engine = engine_of(folder, encoder)
    titles = {f"Town {n}" for n in numbers}
    assert {h.article.title for h in engine.retrieve("mayor bridges", 9, within=chosen)} == titles
    answer = engine.ask("Who is the mayor?", within=chosen)
    assert {c.article.title for c in answer.citations} <= titles


def test_a_filter_that_fits_nothing_or_is_wrong_is_said(folder, encoder):
    with pytest.raises(ArticleQAError, match="got none of 5"):
        engine_of(folder, encoder).retrieve("mayor", within=ArticleFilter(articles=("None",)))
    with pytest.raises(ValueError, match="since must be a date as in 2024-05-31, got 'May'"):
        ArticleFilter(since="May")


def test_a_sentence_syndicated_twice_is_cited_once_and_each_article_is_named(tmp_path, encoder):
    story = "The dam burst at dawn.\n\n{} Engineers blamed the “heavy” rain."
    articles = [
        Article.from_text(story.format("The Herald saw it."), title="Herald"),
        Article.from_text(
            story.format("The Courier saw it.").replace("“", '"').replace("”", '"'), title="Courier"
        ),
        Article.from_text("Elsewhere the rain stopped. Nobody was hurt.", title="Other"),
    ]
    engine = ArticleQA.from_articles(articles, Settings(encoder=encoder, reader=SentenceReader()))
    lenient = ArticleQA(engine.store, Settings(reader=SentenceReader(), threshold=0))
    for question in ("What did engineers blame?", "When did the dam burst and who was hurt?"):
        answer = lenient.ask(question)
        read = [
            " ".join(c.quote.replace("“", '"').replace("”", '"').split()) for c in answer.citations
        ]
        assert len(read) == len(set(read)) > 0
        for citation in answer.citations:
            assert citation.article.text[citation.start : citation.end] == citation.quote
            assert f"*{citation.article.title}:*" in answer.to_markdown()


@pytest.mark.parametrize("has_journal", [False, True])
def test_what_a_killed_run_left_is_reported_until_it_is_searched(folder, encoder, has_journal):
    assert unpublished(folder) is None
    library = Library(folder, encoder).__enter__()
    library.add([town(7)])
    assert unpublished(folder) is None  # a writer is at it
    library._closing.close()  # as a killed process leaves it
    if has_journal:
        connection = sqlite3.connect(folder / "library.db", isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")  # the database is written before the end
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE articles SET title = zeroblob(100000)")
        journal = (folder / "library.db-journal").read_bytes()
        connection.execute("ROLLBACK")
        connection.close()
        (folder / "library.db-journal").write_bytes(journal)
    holds = "may hold articles" if has_journal else "holds 6 articles"
    line = f"{holds} that a stopped run left, and searches the 5 of before; `article-qa"
    assert line in unpublished(folder)
    with pytest.warns(UserWarning, match="that a stopped run left"):
        ArticleQA.load(folder, Settings(encoder=encoder, reader=SentenceReader()))
    rebuild(folder)
    assert unpublished(folder) is None
    assert len(list_articles(folder)) == 6


def test_rows_of_a_library_are_those_of_its_vectors(folder, encoder):
    loaded = ArticleIndex.load(folder, encoder)
    sentences = [sentence for article in loaded.articles for sentence in article.sentences]
    assert len(sentences) == loaded.n_sentences
    for row, sentence in enumerate(sentences):
        vector = encoder.encode_passages([sentence.text])
        assert np.array_equal(loaded.sentence_vectors.rows(np.array([row])), vector)


def test_an_article_without_text_is_an_error_of_ours(folder, encoder):
    with Library(folder, encoder) as library, pytest.raises(ArticleError):
        library.add([Article.from_text(" ")])
