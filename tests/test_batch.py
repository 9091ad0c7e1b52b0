"""Batches: a record for every row, and stopped runs that lose, double and tear nothing."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa import ArticleQA, Settings
from qa.batch.batch import answer_file
from qa.batch.output import rendered
from qa.batch.question_file import read_questions
from qa.batch.records import CHUNK, FIELDS, answer_rows
from qa.errors import BatchError
from qa.readers.search_reader import SentenceReader
from qa.text import to_json

ROOT = Path(__file__).parents[1]
TEXT = "The bridge was built in 1931. It crosses the river Arda.\n\nTwelve engineers planned it."
N_ROWS = 5 * CHUNK + 7


@pytest.fixture(scope="module")
def engine(encoder):
    return ArticleQA.from_text(TEXT, Settings(encoder=encoder, reader=SentenceReader()))


@pytest.fixture
def questions(tmp_path):
    """Questions of which every tenth row is bad, with words that CSV and JSON must quote."""
    rows = [
        {"id": i, "question": f'When was "the bridge", no. {i},\nbuilt?'} for i in range(N_ROWS)
    ]
    lines = [json.dumps(row) if i % 10 else "{" for i, row in enumerate(rows)]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(lines))
    return read_questions(path)


@pytest.fixture(params=["jsonl", "csv", "xlsx"])
def out(request, tmp_path):
    return tmp_path / f"out.{request.param}"


@pytest.fixture
def unbroken(engine, questions, out):
    """What a run that nothing stops writes."""
    whole = out.with_stem("whole")
    answer_file(engine, questions, whole)
    return whole.read_bytes()


def journal_path(out):
    return out.with_name(f"{out.name}.journal")


def leftovers(out):
    return sorted(p.name for p in out.parent.glob(f"{out.name}.*"))


def stop_after(n_chunks):
    asked = iter(range(n_chunks + 1))
    return lambda: next(asked) == n_chunks


def test_every_row_has_a_record_in_order(engine, questions):
    records = [r for chunk in answer_rows(engine, questions.rows) for r in chunk]
    assert [r["id"] for r in records] == [i if i % 10 else i + 1 for i in range(N_ROWS)]
    assert [r["status"] == "error" for r in records] == [i % 10 == 0 for i in range(N_ROWS)]
    assert all(set(r) == set(FIELDS) for r in records)


def test_records_are_strict_json_with_citations(engine, questions, tmp_path):
    result = answer_file(engine, questions, tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    records = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert [tuple(r) for r in records] == [FIELDS] * N_ROWS
    statuses = [r["status"] for r in records]
    assert result.counts == {status: statuses.count(status) for status in set(statuses)}
    assert result.n_errors == 17
    citation = records[1]["citations"][0]
    assert TEXT[citation["start"] : citation["end"]] == citation["quote"]
    assert records[0]["error"] == "line 1: row must be JSON, got something else"


def test_csv_cells_cannot_be_formulas(engine, tmp_path):
    path = tmp_path / "q.txt"
    path.write_text('=1+1 bridge\n+bridge\n-bridge\n@bridge\n"When" was the bridge built?\n')
    answer_file(engine, read_questions(path), tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [r["question"] for r in rows] == [
        "'=1+1 bridge",
        "'+bridge",
        "'-bridge",
        "'@bridge",
        '"When" was the bridge built?',
    ]
    assert rows[4]["citation"] == "The bridge was built in 1931."


def test_json_holds_no_character_that_commands_a_terminal():
    assert to_json({"a": "\x1b[31m\x9b\u202e\u2028é"}) == (
        '{"a": "\\u001b[31m\\u009b\\u202e\\u2028é"}'
    )


def test_a_question_that_cannot_be_asked_is_an_error_record(engine, tmp_path):
    path = tmp_path / "q.txt"
    path.write_text(f"{'bridge ' * 1500}\n???\nWhen was the bridge built?\n")
    (records,) = answer_rows(engine, read_questions(path).rows)
    assert [r["status"] for r in records] == ["error", "error", "answered"]
    assert records[0]["error"].startswith("line 1: question must be at most")


def test_a_row_that_asks_too_many_things_spoils_no_other(engine, tmp_path):
    path = tmp_path / "q.txt"
    many = " ".join(f"When was bridge {letter} built?" for letter in "abcdefghijklm")
    path.write_text(f"When was the bridge built?\n{many}\nWho planned it?\n")
    result = answer_file(engine, read_questions(path), tmp_path / "out.jsonl")
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert [r["status"] for r in records] == ["answered", "error", "answered"]
    assert records[1]["error"] == (
        "line 2: question must ask at most 10 things, got 13; ask them one by one"
    )
    assert result.counts == {"answered": 2, "error": 1}


@pytest.mark.parametrize("n_chunks", [0, 1, 3])
def test_a_stopped_run_goes_on_to_the_same_bytes(engine, questions, out, unbroken, n_chunks):
    stopped = answer_file(engine, questions, out, should_stop=stop_after(n_chunks))
    assert not stopped.finished
    assert not out.exists()
    resumed = answer_file(engine, questions, out)
    assert (resumed.n_resumed, resumed.finished) == (n_chunks * CHUNK, True)
    assert out.read_bytes() == unbroken
    assert leftovers(out) == []


def test_a_journal_cut_anywhere_goes_on_to_the_same_bytes(engine, questions, out, unbroken):
    answer_file(engine, questions, out, should_stop=stop_after(3))
    journal = journal_path(out)
    whole = journal.read_bytes()
    # The journal is the same for every form: it is cut at many points for one of them.
    n_cuts = 12 if out.suffix == ".jsonl" else 1
    for cut in [0, 40, *random.Random(7).sample(range(len(whole)), n_cuts)]:
        journal.write_bytes(whole[:cut])
        answer_file(engine, questions, out)
        assert out.read_bytes() == unbroken
        out.unlink()


def test_a_tail_of_zeros_from_a_power_cut_is_cut_off(engine, questions, out, unbroken):
    answer_file(engine, questions, out, should_stop=stop_after(2))
    with journal_path(out).open("ab") as file:
        file.write(b"\0" * 4096 + b"\n")
    answer_file(engine, questions, out)
    assert out.read_bytes() == unbroken


def whole_journal(engine, questions, out):
    """The journal as it is before its output is rendered."""

    def stop_once_all_is_answered(done, total):
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer_file(engine, questions, out, progress=stop_once_all_is_answered)
    return journal_path(out).read_bytes()


def test_a_run_stopped_before_its_last_step_loses_nothing_and_asks_nothing_again(
    engine, questions, out
):
    journal = whole_journal(engine, questions, out)
    answer_file(engine, questions, out)
    finished = out.read_bytes()
    journal_path(out).write_bytes(journal)
    with pytest.raises(BatchError, match="exists; give --force"):
        answer_file(engine, questions, out)
    result = answer_file(engine, questions, out, force=True)
    assert (result.n_resumed, result.n_errors, result.finished) == (N_ROWS, 17, True)
    assert out.read_bytes() == finished
    assert leftovers(out) == []


def test_a_run_stopped_before_the_output_is_rendered_asks_nothing_again(
    engine, questions, out, unbroken
):
    whole_journal(engine, questions, out)
    result = answer_file(engine, questions, out)
    assert (result.n_resumed, result.finished) == (N_ROWS, True)
    assert out.read_bytes() == unbroken


def test_a_finished_file_is_replaced_only_by_force(engine, questions, out):
    out.write_text("mine")
    with pytest.raises(BatchError, match="exists; give --force"):
        answer_file(engine, questions, out)
    assert out.read_text() == "mine"
    assert leftovers(out) == []
    answer_file(engine, questions, out, force=True, should_stop=stop_after(2))
    assert out.read_text() == "mine"
    assert answer_file(engine, questions, out, force=True).n_resumed == 2 * CHUNK
    assert out.read_bytes() != b"mine"


def test_other_settings_are_refused_until_a_restart(engine, encoder, questions, out, unbroken):
    answer_file(engine, questions, out, should_stop=stop_after(1))
    journal = journal_path(out).read_bytes()
    others = {
        "articles or the index": ArticleQA.from_text(
            TEXT + " New.", Settings(encoder=encoder, reader=SentenceReader())
        ),
        "threshold": ArticleQA(engine.store, Settings(reader=SentenceReader(), threshold=0.5)),
        "search": ArticleQA(engine.store, Settings(reader=SentenceReader(), search="dense")),
    }
    for what, other in others.items():
        with pytest.raises(BatchError, match=f"was begun with another {what}"):
            answer_file(other, questions, out)
    assert journal_path(out).read_bytes() == journal
    answer_file(others["search"], questions, out, restart=True, should_stop=stop_after(1))
    assert answer_file(engine, questions, out, restart=True).n_resumed == 0
    assert out.read_bytes() == unbroken


def test_another_question_file_is_refused(engine, questions, out, tmp_path):
    answer_file(engine, questions, out, should_stop=stop_after(1))
    other = tmp_path / "other.txt"
    other.write_text("Who?")
    with pytest.raises(BatchError, match="was begun with another question file"):
        answer_file(engine, read_questions(other), out)


@pytest.mark.parametrize("mine", ["mine", "mine\n", '{"format": "mine"}\n'])
def test_a_file_of_someone_else_is_not_taken_for_a_journal(engine, questions, out, mine):
    journal_path(out).write_text(mine)
    with pytest.raises(BatchError, match="delete it or give --restart"):
        answer_file(engine, questions, out)
    assert journal_path(out).read_text() == mine


def test_two_runs_at_once_are_refused(engine, questions, out):
    seen = []

    def second(done, total):
        if done == CHUNK:
            with pytest.raises(BatchError, match="one run at a time"):
                answer_file(engine, questions, out)
            seen.append(done)

    assert answer_file(engine, questions, out, progress=second).finished
    assert seen == [CHUNK]


def test_progress_tells_how_many_are_done(engine, questions, out):
    seen = []
    answer_file(engine, questions, out, progress=lambda *counts: seen.append(counts))
    assert seen == [(min(n, N_ROWS), N_ROWS) for n in range(0, N_ROWS + CHUNK, CHUNK)]


def test_a_gigantic_question_is_kept_by_a_resume(engine, out, tmp_path):
    path = tmp_path / "q.jsonl"
    rows = [{"question": "bridge,\n" * 30_000}] + [{"question": "Who?"}] * CHUNK
    path.write_text("\n".join(map(json.dumps, rows)))
    answer_file(engine, read_questions(path), out, should_stop=stop_after(1))
    assert answer_file(engine, read_questions(path), out).n_resumed == CHUNK


def test_a_hole_of_zeros_inside_a_record_is_not_kept(engine, questions, out, unbroken):
    answer_file(engine, questions, out, should_stop=stop_after(2))
    data = journal_path(out).read_bytes()
    hole = data.rindex(b"bridge was built")
    journal_path(out).write_bytes(data[:hole] + b"\0" * 6 + data[hole + 6 :])
    assert answer_file(engine, questions, out).n_resumed == CHUNK
    assert out.read_bytes() == unbroken


def test_an_output_that_is_a_folder_or_in_none_is_refused_before_any_work(engine, questions, out):
    (out.parent / "folder.csv").mkdir()
    for path, problem in {
        out.parent / "folder.csv": "must be a file, got a folder",
        out.parent / "none" / "out.csv": "must be in an existing folder; make ",
    }.items():
        with pytest.raises(BatchError, match=problem):
            answer_file(engine, questions, path, force=True, progress=pytest.fail)


def test_the_questions_are_never_overwritten_by_the_answers(engine, questions):
    with pytest.raises(BatchError, match="must be another file than the questions"):
        answer_file(engine, questions, questions.name, force=True)


def test_a_place_that_cannot_be_written_is_not_called_full(engine, questions):
    with pytest.raises(BatchError, match=r"cannot be written: .*; choose another folder"):
        answer_file(engine, questions, "/proc/out.jsonl")


def test_an_output_with_another_suffix_is_refused(engine, questions, tmp_path):
    with pytest.raises(BatchError, match=r"must be named \.jsonl, \.csv or \.xlsx, got '\.txt'"):
        answer_file(engine, questions, tmp_path / "out.txt")


def test_an_empty_question_file_gives_an_empty_output(engine, out, tmp_path):
    path = tmp_path / "none.txt"
    path.write_text("\n")
    assert answer_file(engine, read_questions(path), out).counts == {}
    assert out.read_bytes() == b"".join(rendered([], out.suffix.removeprefix(".")))
    assert (out.suffix == ".jsonl") == (out.read_bytes() == b"")


# A run in its own process, slowed down through the progress callback so that a kill finds it at
# work, and with a limit on the size of files where one is given: a write past it fails as on a
# full disk.
SLOW = """
import resource, signal, sys, time
sys.path[:0] = [{tests!r}, {root!r}]
from conftest import BagOfWords
from qa import ArticleQA, ArticleQAError, Settings
from qa.batch.batch import answer_file
from qa.batch.question_file import read_questions
from qa.readers.search_reader import SentenceReader
if int(sys.argv[3]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
engine = ArticleQA.from_text({text!r}, Settings(encoder=BagOfWords(), reader=SentenceReader()))
print("ready", flush=True)
try:
    answer_file(engine, read_questions(sys.argv[1]), sys.argv[2], progress=lambda *_: time.sleep(0.03))
except ArticleQAError as error:
    sys.exit(str(error))
""".format(tests=str(ROOT / "tests"), root=str(ROOT), text=TEXT)


def start(questions, out, *, limit=0):
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, questions.name, str(out), str(limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_kills_at_random_points_lose_double_and_tear_nothing(engine, questions, out, unbroken):
    random_time = random.Random(11)
    n_killed = 0
    for _ in range(40):
        with start(questions, out) as run:
            assert run.stdout.readline() == "ready\n"
            time.sleep(random_time.uniform(0, 0.12))
            n_killed += run.poll() is None
            run.kill()
        if out.exists():
            break
        if n_killed >= 4:
            break
    assert n_killed >= 2
    answer_file(engine, questions, out, force=True)
    assert out.read_bytes() == unbroken
    assert leftovers(out) == []


def test_a_full_disk_is_one_line_and_the_rest_is_written_later(engine, questions, out, unbroken):
    answer_file(engine, questions, out.with_name("sized.jsonl"))  # as large as the journal
    with start(questions, out, limit=out.with_name("sized.jsonl").stat().st_size * 2 // 3) as run:
        _, message = run.communicate()
    assert run.returncode == 1
    assert message.count("\n") == 1
    assert "cannot be written: File too large; nothing is lost" in message
    assert not out.exists()
    assert answer_file(engine, questions, out).n_resumed >= 2 * CHUNK
    assert out.read_bytes() == unbroken


def test_the_journal_is_lines_of_json_that_say_what_a_resume_must_match(engine, questions, out):
    answer_file(engine, questions, out, should_stop=stop_after(1))
    assert leftovers(out) == [f"{out.name}.journal"]
    settings, *records = map(json.loads, journal_path(out).read_text().splitlines())
    assert settings["questions_sha256"] == questions.sha256
    assert [tuple(record) for record in records] == [FIELDS] * CHUNK
