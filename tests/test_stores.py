"""What holds of a library wherever it lies: in a folder, on a server, on three servers."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from index import (
    Article,
    ArticleFilter,
    ArticleIndex,
    IndexFolderError,
    IngestReport,
    SourceUpdate,
    copy_library,
    ingest,
    list_articles,
    open_library,
    open_store,
    rebuild,
    verify,
)
from qa import ArticleQA, ArticleQAError, Settings

SHIPS = [
    Article.from_text(
        f"Ship {n} came to the quay of Arvik in {1800 + n}. Nobody was hurt. The captain of "
        f"number{n} drank tea.",
        title=f"Ship {n}",
        source=f"ships/{n}.txt",
        date=f"{1990 + n}-05",
    )
    for n in range(30)
]
QUESTIONS = (
    "Which ship came in 1817?",
    "Who drank tea?",
    "number7",
    "Was nobody hurt at the quay?",
)


@pytest.fixture(params=["folder", "one server", "three servers"])
def where(request, tmp_path):
    """Where a new library lies."""
    if request.param == "folder":
        return str(tmp_path / "library")
    server = request.getfixturevalue("postgres_server")
    return " ".join(server.new_database() for _ in range(3 if "three" in request.param else 1))


@pytest.fixture
def filled(where, encoder):
    """Where a library of ships lies."""
    with open_library(where, encoder) as library:
        library.add(SHIPS)
    return where


@pytest.fixture(scope="module")
def built(encoder):
    return ArticleIndex.build(SHIPS, encoder)


def hits_of(store, within=None, questions=QUESTIONS):
    engine = ArticleQA(store, Settings(reader="none"))
    return [
        [(h.article.id, h.passage, round(h.score, 1)) for h in engine.retrieve(q, 5, within=within)]
        for q in questions
    ]


def test_it_finds_what_the_same_articles_in_memory_find(filled, built, encoder):
    store = open_store(filled, encoder)
    found, expected = hits_of(store), hits_of(built)
    assert [hits[0] for hits in found[:3]] == [hits[0] for hits in expected[:3]]
    assert [len(hits) for hits in found] == [len(hits) for hits in expected]
    assert (store.n_sentences, store.languages) == (built.n_sentences, built.languages)
    assert sorted(store.written_words) == sorted(built.written_words)
    assert {a.id: a for a in store.articles} == {a.id: a for a in SHIPS}
    vectors, exact = store.vectors_of(SHIPS[3].id), built.vectors_of(SHIPS[3].id)
    assert np.allclose((vectors * exact).sum(axis=1), 1, atol=1e-3)


def test_words_are_scored_by_the_counts_of_all_articles(filled, built, encoder):
    def lexical(store):
        hits = ArticleQA(store, Settings(reader="none")).retrieve("ship number7 1817", 30)
        return {h.article.id: [s.lexical_score for s in h.sentences] for h in hits}

    found, expected = lexical(open_store(filled, encoder)), lexical(built)
    assert found.keys() == expected.keys()
    for article_id, scores in expected.items():
        assert found[article_id] == pytest.approx(scores, abs=1e-6)


@pytest.mark.parametrize(
    "within",
    [
        ArticleFilter(articles=("ship  7", SHIPS[3].id)),
        ArticleFilter(sources=("ships/1*.txt",)),
        ArticleFilter(sources=("ships/[!0-1]?.txt", "*9.txt")),
        ArticleFilter(since="2000", until="2004-05"),
        ArticleFilter(until="1995", sources=("ships/*",)),
    ],
    ids=str,
)
def test_a_filter_chooses_the_same_articles(filled, built, encoder, within):
    store = open_store(filled, encoder)
    chosen = {a.id for a in SHIPS if within.fits(a)}
    assert chosen
    choice = store.choose(within)
    assert choice.n_articles == len(chosen)
    assert {a.id for a in choice.first_articles(50)} == chosen
    assert {a.id for a in SHIPS if choice.has_article(a.id)} == chosen
    for stem in ("number7", "number3", "1817", "quay", "nothere"):
        assert choice.has_stem(stem) == built.choose(within).has_stem(stem)
    hits = ArticleQA(store, Settings(reader="none")).retrieve("Who drank tea?", 50, within=within)
    assert {h.article.id for h in hits} == chosen


def test_a_filter_that_chooses_nothing_is_refused(filled, encoder):
    with pytest.raises(ArticleQAError, match=r"got none of 30 \(article 'Boat'\)"):
        open_store(filled, encoder).choose(ArticleFilter(articles=("Boat",)))


def test_what_is_there_is_not_added_again_and_what_its_source_no_longer_has_goes(filled, encoder):
    new = Article.from_text("A boat sank.", source="ships/3.txt")
    with open_library(filled, encoder) as library:
        assert library.add(SHIPS[:5]).n_present == 5
        changes = library.add([new])
        assert (changes.n_added, changes.n_removed, len(library)) == (1, 1, 30)
    ids = {head.id for head in list_articles(filled)}
    assert new.id in ids
    assert SHIPS[3].id not in ids
    assert verify(filled) == []


def test_one_text_of_two_sources_stays_while_one_is_left(where, encoder):
    text = "A boat sank near Arvik."
    with open_library(where, encoder) as library:
        for name in ("a.txt", "b.txt"):
            article = Article.from_text(text, title="Boat", source=name)
            library.put([SourceUpdate(name, [article])])
        assert library.heads()[0].origins == ("a.txt", "b.txt")
        library.put([SourceUpdate("a.txt", [])])
        (head,) = library.heads()
        assert (head.source, head.origins) == ("b.txt", ("b.txt",))
        library.put([SourceUpdate("b.txt", [])])
        assert len(library) == 0
    assert verify(where) == []


def test_removed_articles_are_gone_with_their_words(filled, encoder):
    with open_library(filled, encoder) as library:
        assert [head.title for head in library.remove(["Ship 7"])] == ["Ship 7"]
        with pytest.raises(IndexFolderError, match="has no article 'ship 8'"):
            library.remove(["ship 8"])
    store = open_store(filled, encoder)
    assert not store.choose(None).has_stem("number7")
    assert "number7" not in {w.form for w in store.written_words}
    left = ArticleIndex.build([a for a in SHIPS if a.title != "Ship 7"], encoder)
    assert hits_of(store)[0][0] == hits_of(left)[0][0]
    with open_library(filled, encoder) as library:
        library.compact()
    assert verify(filled) == []


def test_any_text_that_python_holds_comes_back(where, encoder):
    odd = Article.from_text(
        "A boat \ud800 sank\0 near Arvik. Nobody\\n was hurt.\tNobody.",
        title="Boat \udfff\0 'x'",
        source="a\ud801b.txt",
        notes=["a picture was left out \ud800"],
    )
    with open_library(where, encoder) as library:
        library.add([odd])
    store = open_store(where, encoder)
    assert list(store.articles) == [odd]
    assert store.articles[0].notes == odd.notes
    (choice,) = [store.choose(ArticleFilter(articles=(odd.title,)))]
    assert choice.n_articles == 1
    assert verify(where) == []


def test_files_are_read_once_and_what_changed_is_replaced(where, encoder, tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for n in range(5):
        (folder / f"{n}.txt").write_text(f"Boat {n} sank near Arvik. Nobody was hurt.")
    (folder / "bad.docx").write_bytes(b"no document")

    def run(**options):
        report = IngestReport()
        with open_library(where, encoder) as library:
            ingest(library, [str(folder)], report, **options)
        return report

    first = run()
    assert (first.n_added, len(first.errors)) == (5, 1)
    second = run()
    assert (second.n_added, second.n_files_unchanged, len(second.errors)) == (0, 5, 1)
    (folder / "2.txt").write_text("Boat 2 was saved.")
    (folder / "4.txt").unlink()
    third = run(prune=True)
    assert (third.n_added, third.n_files_unchanged, third.n_removed) == (1, 3, 2)
    assert len(list_articles(where)) == 4
    assert verify(where) == []


def test_a_copy_has_the_same_articles_answers_and_files(filled, encoder, tmp_path, postgres_server):
    with open_library(filled, encoder) as library:
        library.put([SourceUpdate("new.txt", SHIPS[:1], file_sha256=b"x" * 32)])
    on_server, back = postgres_server.new_database(), str(tmp_path / "back")
    assert copy_library(filled, on_server, encoder=encoder) == (30, 0)
    assert copy_library(filled, on_server, encoder=encoder) == (0, 30)
    assert copy_library(on_server, back, encoder=encoder) == (30, 0)
    heads = {head.id: head for head in list_articles(filled)}
    for copy in (on_server, back):
        assert {head.id: head for head in list_articles(copy)} == heads
        assert verify(copy) == []
        first = [hits[0] for hits in hits_of(open_store(copy, encoder))[:3]]
        assert first == [hits[0] for hits in hits_of(open_store(filled, encoder))[:3]]
        with open_library(copy, encoder) as library:
            assert library.has_file("new.txt", b"x" * 32)


def test_a_library_of_other_splitting_rules_answers_says_so_and_is_copied_with_them(
    where, encoder, tmp_path, postgres_server, monkeypatch
):
    with monkeypatch.context() as before:
        before.setattr("index.library.facts.SPLITTER", "older rules")
        with open_library(where, encoder) as library:
            library.add(SHIPS)
    assert hits_of(open_store(where, encoder))
    (tmp_path / "new.txt").write_text("A ferry came. It was new.")
    report = IngestReport()
    with open_library(where, encoder) as library:
        ingest(library, [str(tmp_path / "new.txt")], report)
        assert library.facts.splitter == "older rules"
    assert report.n_added == 1
    assert "by other rules" in report.older
    assert "`article-qa index`" in report.older
    for copy in (postgres_server.new_database(), str(tmp_path / "copy")):
        assert copy_library(where, copy, encoder=encoder) == (31, 0)
        with open_library(copy, encoder) as library:
            assert library.facts.splitter == "older rules"
    with open_library(tmp_path / "today", encoder) as library:
        ingest(library, [str(tmp_path / "new.txt")], report)
    assert report.older is None
    with pytest.raises(IndexFolderError, match="another sentence splitter"):
        copy_library(where, tmp_path / "today", encoder=encoder)


def test_an_empty_library_and_one_of_another_encoder_are_refused_in_a_line(where, encoder):
    with open_library(where, encoder):
        pass
    with pytest.raises(IndexFolderError, match="holds no article; add some with `article-qa"):
        open_store(where, encoder)

    class Other(type(encoder)):
        fingerprint = "other"

    with (
        pytest.raises(IndexFolderError, match="was made with encoder"),
        open_library(where, Other()),
    ):
        pass


def test_the_digest_changes_with_the_articles_and_not_with_their_order(filled, encoder):
    before = open_store(filled, encoder).sha256
    assert open_store(filled, encoder).sha256 == before
    with open_library(filled, encoder) as library:
        library.remove(["Ship 7"])
    assert open_store(filled, encoder).sha256 != before


def test_the_search_files_or_the_counts_are_made_anew(filled, encoder):
    before = hits_of(open_store(filled, encoder))
    rebuild(filled)
    assert hits_of(open_store(filled, encoder)) == before
    assert verify(filled) == []


def test_the_commands_take_it(where, tmp_path):
    text = tmp_path / "bridge.txt"
    text.write_text(
        "The council of Lund opened the new bridge on Monday. It cost four million euros."
    )

    def run(*args):
        return subprocess.run(
            [sys.executable, "-c", "import ui; ui.main()", *args],
            capture_output=True,
            text=True,
            check=False,
        )

    done = run("index", str(text), "--into", where)
    assert (done.returncode, "1 added; 1 article in all" in done.stderr) == (0, True), done.stderr
    done = run("ask", "How much did the bridge cost?", "--index", where, "--reader", "none")
    assert "four million euros" in done.stdout, done.stderr
    done = run("list", where)
    assert done.stdout.split()[0] == list_articles(where)[0].id
    done = run("remove", where, "boat.txt")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_ids_fall_evenly_on_shards():
    from index.postgres.shards import shard_number

    ids = [hashlib.sha256(str(n).encode()).hexdigest()[:16] for n in range(3000)]
    counts = np.bincount([shard_number(i, 3) for i in ids])
    assert counts.min() > 900
