"""What page.js sends: messages are validated, and files are read as the command reads them."""

import base64

import pytest
from pydantic import ValidationError

from index import ArticleError
from qa.page.messages import (
    ArticlesMessage,
    ExportMessage,
    QuestionFileMessage,
    QuestionMessage,
    SentenceMessage,
    VoteMessage,
)
from qa.page.uploads import Upload, read_address, read_upload


def test_uploads_are_named_without_a_folder_and_bounded():
    upload = Upload(name="../../etc/pass\x00wd.txt", data="QQ==")
    assert (upload.name, upload.data) == ("passwd.txt", b"A")
    assert Upload(name="C:\\x\\y.txt", data="").name == "y.txt"
    assert Upload(name="..", data="").name == "article"
    assert Upload(name=f"{'n' * 99}.jsonl", data="").name == f"{'n' * 25}.jsonl"


FILE = {"name": "a.txt", "data": "QQ=="}


@pytest.mark.parametrize(
    ("message", "sent"),
    [(ArticlesMessage, {"files": None}), (ArticlesMessage, {"files": [1]}),
     (ArticlesMessage, {"files": [{"name": 1, "data": "QQ=="}]}),
     (ArticlesMessage, {"files": [FILE] * 30}), (ArticlesMessage, {"address": ["x"]}),
     (ArticlesMessage, {"files": [{"name": "a", "data": base64.b64encode(b"x" * 10_000_001)}]}),
     (QuestionFileMessage, {}), (QuestionFileMessage, {"files": []}),
     (QuestionMessage, {"question": 1}), (QuestionMessage, {}), (QuestionMessage, None),
     (QuestionMessage, {"question": "Who?", "picked": 1, "threshold": 0, "max_citations": 3}),
     (QuestionMessage, {"question": "Who?", "picked": [], "threshold": "x", "max_citations": 3}),
     (VoteMessage, {"vote": "up"}), (VoteMessage, {"turn": {}, "vote": "odd"}),
     (VoteMessage, {"turn": None, "vote": None}), (SentenceMessage, {"article": None}),
     (SentenceMessage, {"article": "a", "sentence": "0"}), (ExportMessage, {"form": "exe"})],
)  # fmt: skip
def test_what_the_page_does_not_send_is_refused(message, sent):
    with pytest.raises(ValidationError):
        message.model_validate(sent)


def upload(name, data):
    return Upload(name=name, data=base64.b64encode(data))


def test_an_upload_leaves_nothing_and_names_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (article,) = read_upload(upload("tide.txt", b"The tide rose.")).articles
    assert article.source == "tide.txt"
    with pytest.raises(ArticleError) as failed:
        read_upload(upload("tide.txt", b"\xff\xfe\xff"))
    assert str(tmp_path) not in str(failed.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address", ["/etc/passwd", "file:///etc/passwd", "ftp://a/b", "", "gopher://x"]
)
def test_only_web_addresses_are_fetched(address):
    with pytest.raises(ArticleError, match="http"):
        read_address(address)


def test_a_web_page_and_a_damaged_pdf_are_taken_as_the_loaders_take_them():
    html = b"<html><head><title>The tide</title></head><body><article><p>The tide at Arvik rose by 3 metres on Sunday. Nobody was hurt, said the mayor.</p></article></body></html>"
    loaded = read_upload(upload("tide.html", html))
    assert loaded.articles[0].source == "tide.html"
    assert "3 metres" in loaded.articles[0].text
    with pytest.raises(ArticleError) as failed:
        read_upload(upload("tide.pdf", b"%PDF-1.4 nothing"))
    assert "/" not in str(failed.value)
