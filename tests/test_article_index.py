"""The index: passages cover the article, a saved index is whole or refused."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Article, ArticleError, ArticleIndex, IndexFolderError
from index.library.manifest import sealed
from index.passages import split_passages

TEXT = "\n\n".join(
    f"Town {n} has {n * 7} bridges. Its mayor is called Person{n}. She likes rivers."
    for n in range(9)
)


def count_words(texts):
    return [len(t.split()) for t in texts]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["A cat sat. ", "Dogs bark! ", "\n\n", "MOST READ\n\n", "Why now? "]),
        min_size=1,
    ),
    st.integers(1, 12),
    st.integers(0, 2),
)
def test_passages_are_exact_slices_and_cover_every_citable_sentence(parts, max_tokens, overlap):
    try:
        article = Article.from_text("".join(parts))
    except ArticleError:
        return
    passages = split_passages(article, count_words, max_tokens=max_tokens, overlap=overlap)
    covered = set()
    for passage in passages:
        run = article.sentences[passage.first_sentence : passage.end_sentence]
        assert run
        assert all(s.citable for s in run)
        assert article.text[passage.start : passage.end] == passage.text
        assert len(run) == 1 or sum(count_words([s.text for s in run])) <= max_tokens
        covered |= {s.number for s in run}
    assert covered == {s.number for s in article.sentences if s.citable}
    ends = [p.end_sentence for p in passages]
    assert ends == sorted(set(ends))


def test_neighbouring_passages_share_a_sentence(encoder):
    article = Article.from_text(TEXT)
    passages = split_passages(article, count_words, max_tokens=20)
    for before, after in pairwise(passages):
        assert after.first_sentence == before.end_sentence - 1


def test_passages_never_cross_articles(encoder):
    first, second = Article.from_text("A cat sat."), Article.from_text("Dogs bark.")
    built = ArticleIndex.build([first, second], encoder)
    assert [built.passage(row) for row in range(built.n_passages)] == [
        (first, built.passages[0][0]),
        (second, built.passages[1][0]),
    ]


def test_the_same_article_twice_is_kept_once(encoder):
    article = Article.from_text(TEXT)
    assert len(ArticleIndex.build([article, article], encoder).articles) == 1


def test_no_article_at_all_is_refused(encoder):
    with pytest.raises(ArticleError, match="at least one article, got none"):
        ArticleIndex.build([], encoder)


def test_progress_counts_up_to_the_total(encoder):
    seen = []
    ArticleIndex.build(
        [Article.from_text(TEXT)], encoder, progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1][0] == seen[-1][1] > 0


@pytest.fixture
def saved(encoder, tmp_path):
    folder = tmp_path / "index"
    ArticleIndex.build(
        [Article.from_text(TEXT), Article.from_text("Lone \ud800 mark.")], encoder
    ).save(folder)
    return folder


def test_a_loaded_index_equals_the_saved_one(saved, encoder):
    built = ArticleIndex.build(
        [Article.from_text(TEXT), Article.from_text("Lone \ud800 mark.")], encoder
    )
    loaded = ArticleIndex.load(saved, encoder)
    assert tuple(loaded.articles) == tuple(built.articles)
    assert tuple(loaded.passages) == tuple(built.passages)
    rows = np.arange(built.n_sentences)
    assert np.array_equal(loaded.sentence_vectors.rows(rows), built.sentence_vectors.rows(rows))
    question = "Who is the mayor of town 3?"
    assert np.array_equal(loaded.lexical.search(question)[0], built.lexical.search(question)[0])


def test_the_manifest_can_be_read_by_a_person(saved):
    manifest = json.loads((saved / "manifest.json").read_text())
    assert manifest["encoder"] == "bag-of-words"
    assert manifest["dim"] == 512
    assert manifest["n_articles"] == 2
    assert manifest["segments"][0]["n_sentences"] == 28
    assert set(manifest["segments"][0]["files"]) > {"texts.utf8", "passages.f32", "sentences.f32"}


def test_saving_again_replaces_the_old_index_and_leaves_nothing_behind(saved, encoder):
    ArticleIndex.build([Article.from_text("Quite new.")], encoder).save(saved)
    assert [a.text for a in ArticleIndex.load(saved, encoder).articles] == ["Quite new."]
    assert len(list(saved.iterdir())) == 5


def test_a_folder_of_other_files_is_not_overwritten(tmp_path, encoder):
    (tmp_path / "letter.txt").write_text("Dear reader")
    built = ArticleIndex.build([Article.from_text("Quite new.")], encoder)
    with pytest.raises(IndexFolderError, match="got other files; choose another folder"):
        built.save(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_without_manifest_is_no_index(tmp_path, encoder):
    with pytest.raises(IndexFolderError, match=r"is no library: it has no manifest\.json"):
        ArticleIndex.load(tmp_path, encoder)


@pytest.mark.parametrize("name", ["texts.utf8", "sentences.f32", "lexical-words.utf8", "digests"])
def test_a_changed_file_is_noticed(saved, encoder, name):
    path = next(saved.glob(f"g-*/{name}"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexFolderError, match=r"damaged: .* does not match its checksum; run"):
        ArticleIndex.load(saved, encoder)


def test_a_missing_file_is_noticed(saved, encoder):
    next(saved.glob("g-*/lexical-texts.i32")).unlink()
    with pytest.raises(IndexFolderError, match="damaged"):
        ArticleIndex.load(saved, encoder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "letters"}, "another program"),
        ({"version": 1}, "version 5, got 1"),
        ({"segments": [{"folder": "elsewhere"}]}, r"has a wrong segments\.0\.n_articles"),
        (
            {"segments": [{"folder": "../elsewhere"}]},
            r"has a wrong segments\.0\.folder: .* name in",
        ),
        ({"dim": 0}, "has a wrong dim"),
        ({"segments": None}, "has a wrong segments"),
        ({"encoder_fingerprint": "other"}, "made with encoder"),
    ],
)
def test_a_wrong_manifest_is_refused_in_one_line(saved, encoder, change, message):
    path = saved / "manifest.json"
    manifest = json.loads(path.read_text()) | change
    manifest.pop("sha256")
    path.write_bytes(sealed(manifest))
    with pytest.raises(IndexFolderError, match=message) as caught:
        ArticleIndex.load(saved, encoder)
    assert "\n" not in str(caught.value)


def test_a_manifest_changed_by_hand_is_noticed(saved, encoder):
    path = saved / "manifest.json"
    path.write_text(path.read_text().replace("bag-of-words", "bag-of-wordz"))
    with pytest.raises(IndexFolderError, match="does not match its checksum"):
        ArticleIndex.load(saved, encoder)


def test_a_manifest_cut_short_is_refused(saved, encoder):
    path = saved / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(IndexFolderError, match="damaged"):
        ArticleIndex.load(saved, encoder)
