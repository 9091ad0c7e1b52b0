"""What a large library has, at a small size: segments, inverted lists, and blocks checked late."""

import math
import random
import re
import shutil
from pathlib import Path

import bm25s
import numpy as np
import pytest

from index import Article, ArticleIndex, IndexFolderError, Library, list_articles, rebuild, verify
from index.library.article_table import StoredArticle
from index.library.manifest import SegmentManifest, read_manifest
from index.library.merge_policy import plan_segments
from index.library.segment import Segment
from index.search.bm25 import K1, B, LexicalIndex
from index.search.ivf import LIST_FILES, write_lists
from index.search.vectors import SegmentVectors, VectorIndex
from index.storage.block_file import BLOCK, CheckedFile, OutputFile
from index.text.tokens import words
from qa.retriever import Retriever
from qa.scope import Scope

QUESTIONS = ["Who is the mayor of Town3?", "How many bridges has Town17?", "river Town8", "old"]


def town(n):
    houses = " ".join(f"House {k} of Town{n} was built in {1500 + k * n}." for k in range(9))
    return Article.from_text(
        f"Town{n} has {n + 3} bridges. The mayor of Town{n} is Person{n}.\n\n{houses}",
        title=f"Town {n}",
        source=f"town-{n}.txt",
    )


def large(folder, encoder):
    """A library that takes a few sentences for many."""
    return Library(folder, encoder, n_exact=16, n_together=40)


@pytest.fixture
def folder(tmp_path, encoder):
    for start, stop in ((0, 60), (60, 72), (72, 75), (75, 76)):
        with large(tmp_path / "library", encoder) as library:
            library.add([town(n) for n in range(start, stop)])
    return tmp_path / "library"


def hits_of(store):
    """What a search tells, but for the last bits of sums made in another order."""
    return [
        [
            (h.article.id, h.passage, round(h.score, 4), round(h.lexical_score, 4))
            for h in hits
        ]
        for hits in Retriever(store).retrieve(QUESTIONS, 5)
    ]  # fmt: skip


def segments_of(folder):
    return [(s.n_articles, len(s.removed)) for s in read_manifest(folder).segments]


def checked_files(folder, arrays):
    files = {}
    for name, data in arrays.items():
        with OutputFile(folder / name) as out:
            out.write(data)
        files[name] = CheckedFile(folder / name, out.n_bytes, bytes(out.digests))
    return files


@pytest.fixture(scope="session")
def clustered(tmp_path_factory):
    """20,000 vectors around 500 centres, and their index with inverted lists."""
    numbers = np.random.default_rng(0)
    centres = numbers.normal(size=(500, 48))
    vectors = centres[numbers.integers(500, size=20_000)] + 0.5 * numbers.normal(size=(20_000, 48))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    written = {"passages.f32": vectors.tobytes()}

    def write(name, data):
        written[f"passages-{name}"] = written.get(f"passages-{name}", b"") + bytes(data)

    write_lists(vectors, write)
    folder = tmp_path_factory.mktemp("library") / "g-lists"
    folder.mkdir()
    files = checked_files(folder, written)
    return vectors, files, VectorIndex([SegmentVectors.from_files(files, "passages", 48)])


def test_inverted_lists_find_what_exact_search_finds(clustered):
    vectors, _, approximate = clustered
    queries = vectors[::200]
    exact = VectorIndex.from_vectors(vectors).search(queries, 100)
    found = approximate.search(queries, 100)
    assert np.mean([len(set(a) & set(b)) / 100 for a, b in zip(exact, found, strict=True)]) >= 0.94
    # Codes of 4 bits order them roughly; they come back by their exact cosines.
    assert np.mean(found[:, :10] == exact[:, :10]) >= 0.95
    assert np.array_equal(approximate.search(queries, 100, exact=True), exact)


def test_inverted_lists_without_those_taken_out_are_as_if_they_had_never_been(clustered):
    vectors, files, _ = clustered
    live = np.flatnonzero(np.arange(20_000) % 3)
    segment = SegmentVectors.from_files(files, "passages", 48, live)
    found = VectorIndex([segment]).search(vectors[:300:30], 50)
    exact = VectorIndex.from_vectors(vectors[live]).search(vectors[:300:30], 10)
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact, found, strict=True)]) >= 0.98
    assert found.max() < len(live)


def test_what_is_found_does_not_depend_on_what_is_asked_with_it(clustered):
    vectors, _, approximate = clustered
    together = approximate.search(vectors[:40], 30)
    assert np.array_equal(
        together, np.concatenate([approximate.search(vectors[n : n + 1], 30) for n in range(40)])
    )


def test_more_than_the_lists_hold_is_searched_exactly(clustered):
    vectors, _, approximate = clustered
    found = approximate.search(vectors[:1], 20_000)
    assert np.array_equal(np.sort(found[0]), np.arange(20_000))


def test_it_grows_by_segments_and_answers_as_one(folder, encoder):
    assert segments_of(folder) == [(60, 0), (12, 0), (4, 0)]
    built = ArticleIndex.build([town(n) for n in range(76)], encoder)
    loaded = ArticleIndex.load(folder, encoder)
    assert hits_of(loaded) == hits_of(built)
    assert tuple(loaded.articles) == tuple(built.articles)
    rows = np.arange(built.n_sentences)[::-1]
    assert np.array_equal(loaded.sentence_vectors.rows(rows), built.sentence_vectors.rows(rows))
    for question in QUESTIONS:
        assert np.array_equal(loaded.lexical.search(question)[0], built.lexical.search(question)[0])
    assert verify(folder) == []


def test_what_is_taken_out_of_a_large_segment_is_not_found(folder, encoder):
    with large(folder, encoder) as library:
        library.remove(["Town 3", "Town 17", "Town 73"])
    assert segments_of(folder)[0] == (60, 2)
    left = [town(n) for n in range(76) if n not in {3, 17, 73}]
    built, loaded = ArticleIndex.build(left, encoder), ArticleIndex.load(folder, encoder)
    assert hits_of(loaded) == hits_of(built)
    assert [h.id for h in list_articles(folder)] == [a.id for a in left]
    for question in QUESTIONS:
        assert np.array_equal(loaded.lexical.search(question)[0], built.lexical.search(question)[0])
        scopes = Scope(loaded, None), Scope(built, None)
        assert scopes[0].unknown_words(question) == scopes[1].unknown_words(question)
    assert verify(folder) == []
    with large(folder, encoder) as library:
        library.compact()
    assert segments_of(folder) == [(73, 0)]
    assert hits_of(ArticleIndex.load(folder, encoder)) == hits_of(built)


def test_a_segment_that_loses_much_is_written_anew_and_an_empty_one_goes(folder, encoder):
    with large(folder, encoder) as library:
        library.remove([f"Town {n}" for n in range(20)])
    assert segments_of(folder) == [(40, 0), (12, 0), (4, 0)]
    with large(folder, encoder) as library:
        library.remove([f"Town {n}" for n in range(60, 72)])
    assert segments_of(folder) == [(40, 0), (4, 0)]
    left = [town(n) for n in (*range(20, 60), *range(72, 76))]
    found = hits_of(ArticleIndex.load(folder, encoder))
    assert found == hits_of(ArticleIndex.build(left, encoder))


def test_adding_leaves_the_files_of_large_segments_alone(folder, encoder):
    def state():
        manifest = read_manifest(folder)
        directory = folder / manifest.segments[0].folder
        return {p.name: p.stat().st_mtime_ns for p in directory.iterdir()}

    before = state()
    with large(folder, encoder) as library:
        library.add([town(80)])
        library.remove(["Town 5"])
    assert state() == before


def test_adding_an_article_reads_little_of_what_is_there(folder, encoder):
    counters = Path("/proc/self/io")
    if not counters.exists():
        pytest.skip("needs Linux, which counts the bytes that a process reads")

    def n_read():
        return int(re.search(r"rchar: (\d+)", counters.read_text())[1])

    size = next(folder.glob("records-*")).stat().st_size + (folder / "library.db").stat().st_size
    with large(folder, encoder) as library:
        before = n_read()
        library.add([town(81)])
        library.publish()
        assert n_read() - before < size / 4


def test_a_lost_segment_is_made_again_by_the_next_writer(folder, encoder):
    before = hits_of(ArticleIndex.load(folder, encoder))
    lost = folder / read_manifest(folder).segments[1].folder
    (lost / "articles.rows").unlink()
    with pytest.raises(IndexFolderError, match=r"articles\.rows is missing"):
        ArticleIndex.load(folder, encoder)
    with large(folder, encoder) as library:
        library.add([town(90)])
        library.remove(["Town 90"])
    after = hits_of(ArticleIndex.load(folder, encoder))
    assert [{hit[:1] for hit in each} for each in after] == [{h[:1] for h in e} for e in before]
    assert verify(folder) == []


def test_rebuild_makes_one_segment_that_answers_the_same(folder, encoder):
    before = hits_of(ArticleIndex.load(folder, encoder))
    shutil.rmtree(next(folder.glob("g-*")))
    rebuild(folder)
    assert segments_of(folder) == [(76, 0)]
    assert hits_of(ArticleIndex.load(folder, encoder)) == before


@pytest.mark.parametrize("part", LIST_FILES)
def test_a_damaged_byte_of_the_lists_is_noticed_before_they_are_used(folder, encoder, part):
    manifest = read_manifest(folder).segments[0]
    path = folder / manifest.folder / f"passages-{part}"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexFolderError, match=f"passages-{part} does not match its checksum"):
        ArticleIndex.load(folder, encoder)
    # A library too large to be checked at once notices it in the first search.
    segment = Segment.open(folder, manifest, encoder.dim)
    vectors = VectorIndex([SegmentVectors.from_files(segment.files, "passages", encoder.dim)])
    query = encoder.encode_questions(["mayor"])
    with pytest.raises(IndexFolderError, match=f"passages-{part} does not match its checksum"):
        vectors.search(query, 5)


def test_rows_of_a_mapped_file_are_checked_when_they_are_read(tmp_path):
    directory = tmp_path / "g-rows"
    directory.mkdir()
    table = np.arange(40 * 700, dtype="<f4").reshape(40, 700)  # rows span blocks
    written = checked_files(directory, {"rows": table.tobytes()})["rows"]
    rows = np.array([39, 0, 7, 7])
    assert np.array_equal(written.rows("<f4", 700, rows), table[rows])
    written.let_go()
    assert np.array_equal(written.rows("<f4", 700, rows), table[rows])
    data = bytearray(table.tobytes())
    data[-1] ^= 128
    (directory / "rows").write_bytes(data)
    damaged = CheckedFile(directory / "rows", len(data), written._digests)
    n_whole = len(data) // BLOCK * BLOCK // 2800
    assert np.array_equal(damaged.rows("<f4", 700, np.arange(n_whole)), table[:n_whole])
    with pytest.raises(IndexFolderError, match="does not match its checksum"):
        damaged.rows("<f4", 700, np.array([3, 39]))


def test_segments_stay_few_and_little_is_written_again():
    chance = random.Random(0)
    segments, articles, written = [], [], 0
    there = SegmentManifest("g-0", 1, 1, 1, (), {})
    for key in range(3000):
        articles.append(StoredArticle(key, str(key).encode(), chance.randint(1, 40)))
        if chance.random() < 0.3:
            continue  # several at a time
        planned = plan_segments(segments, articles, 100)
        written += sum(each.n_sentences for each in planned if not each.manifest)
        assert [a.key for each in planned for a in each.articles] == list(range(key + 1))
        n_sentences = sum(article.n_sentences for article in articles)
        assert len(planned) <= max(0, math.log2(n_sentences / 100)) + 2
        segments = [(there, [a.identity for a in each.articles]) for each in planned]
    assert written < 20 * n_sentences


def test_lexical_scores_are_those_of_bm25s():
    texts = [s.text for n in range(20) for s in town(n).sentences] + ["Über Ångström, naïve."]
    reference = bm25s.BM25(k1=K1, b=B, method="lucene")
    reference.index([words(text) for text in texts], show_progress=False)
    found = LexicalIndex.from_texts(texts)
    assert np.array_equal(
        LexicalIndex.from_texts(["", *texts]).search("mayor")[0][1:], found.search("mayor")[0]
    )
    for question in ("Who is the mayor of Town3?", "angstrom", "uber naive houses"):
        asked = list(dict.fromkeys(words(question)))
        known = [word for word in asked if word in reference.vocab_dict]
        wanted = reference.get_scores(known)
        scores = found.search(question)[0]
        assert np.allclose(scores * (wanted.max() / scores.max()), wanted, atol=1e-5)
