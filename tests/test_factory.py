"""Opening: what a name means, and what is refused."""

import json

import pytest

from qa import ArticleQAError, Settings
from qa.factory import open_articles
from qa.models import open_reader
from qa.readers.search_reader import SentenceReader
from qa.readers.trained_reader import TrainedReader
from qa.readers.transformers_reader import HubReader


def test_a_reader_is_named_by_nothing_none_a_folder_or_the_hub(tmp_path):
    (tmp_path / "reader.json").write_text(json.dumps({}))
    assert isinstance(open_reader(), TrainedReader)
    assert isinstance(open_reader("none"), SentenceReader)
    assert open_reader(str(tmp_path)).folder == tmp_path
    assert isinstance(open_reader("someone/some-model"), HubReader)


def test_the_articles_are_there_before_the_engine_is_made():
    articles, load = open_articles(settings=Settings(reader="none"))
    assert len(articles) == 1
    assert load().ask("How many areas does the partnership plan cover?").hits


def test_files_and_a_saved_index_together_are_refused(tmp_path):
    with pytest.raises(ArticleQAError, match="got both"):
        open_articles([tmp_path / "a.txt"], tmp_path)
