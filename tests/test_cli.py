"""The command line as a shell sees it: stdout, stderr and the exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index import Library
from qa import Answer, Article, ArticleQA, Citation, Settings
from qa.cli.main import app
from qa.cli.terminal_text import format_answer, format_hits, harmless
from qa.readers.search_reader import SentenceReader

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "ask retrieve chat batch index list remove verify rebuild compact copy eval doctor".split()
)
HEAVY = {"torch", "sentence_transformers", "transformers", "faiss", "gradio"}
RUN = "import qa.cli.main; qa.cli.main.run(qa.cli.main.app)"


def article_qa(*arguments, given="", code=RUN, environment=()):
    """Return the finished process of a command."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        input=given if isinstance(given, bytes) else given.encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **dict(environment)},
    )


def only_line(process):
    """Return the one line that a failed command says."""
    assert process.returncode == 2
    assert process.stdout == b""
    (line,) = process.stderr.decode().splitlines()
    return line


def test_help_loads_no_heavy_library():
    loaded = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
    process = article_qa("--help", code=loaded + RUN)
    assert process.returncode == 0
    assert all(f"  {command} " in process.stdout.decode() for command in COMMANDS)
    assert HEAVY.isdisjoint(process.stderr.decode().split())


def test_help_loads_no_library_but_the_ones_that_print_it():
    loaded = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
    process = article_qa("--help", code=f"{loaded}import ui; ui.main()")
    assert process.returncode == 0
    assert {"numpy", "pydantic", "sqlite3"}.isdisjoint(process.stderr.decode().split())


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("article-qa re", {"retrieve", "remove", "rebuild"}),
        ("article-qa ask --thr", {"--threshold"}),
        ("article-qa retrieve --search ", {"fused", "dense", "lexical"}),
        ("article-qa nothing", set()),
    ],
)
def test_a_shell_completes_commands_options_and_choices(words, offered):
    environment = {
        "_ARTICLE_QA_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    process = article_qa(environment=environment)
    assert (process.returncode, process.stderr) == (0, b"")
    assert set(process.stdout.decode().split()) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_printed(shell):
    process = article_qa(environment={"_ARTICLE_QA_COMPLETE": f"source_{shell}"})
    assert process.returncode == 0
    assert b"_ARTICLE_QA_COMPLETE" in process.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"Usage: article-qa {command}" in result.stdout.replace("root", "article-qa", 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask"], "Missing argument 'QUESTION'"),
        (["ask", "Who?", "--no-such-option"], "No such option: --no-such-option"),
        (["ask", "Who?", "--threshold", "2"], "'--threshold': must be from 0 to 1, got 2.0"),
        (["batch", "-", "--threshold", "nan"], "'--threshold': must be from 0 to 1, got nan"),
        (["retrieve", "Who?", "--top-k", "0"], "'--top-k'"),
        (["ask", "Who?", "--since", "May"], "since must be a date as in 2024-05-31, got 'May'"),
        (["eval", "q.jsonl", "--search", "best"], "'--search'"),
        (["ask", "Who?", "--format", "pdf"], "'--format': 'pdf' is not one of"),
    ],
)
def test_a_wrong_call_is_one_line_that_names_the_help(arguments, message):
    line = only_line(article_qa(*arguments))
    assert line.startswith("article-qa: error: ")
    assert message in line
    assert line.endswith(f"; see `article-qa {arguments[0]} --help`")


def test_an_unknown_command_is_one_line():
    line = only_line(article_qa("no-such-command"))
    assert line.endswith("No such command 'no-such-command'; see `article-qa --help`")


def test_no_command_at_all_prints_the_help_on_stderr():
    process = article_qa()
    assert (process.returncode, process.stdout) == (2, b"")
    assert all(f"  {command} " in process.stderr.decode() for command in COMMANDS)


@pytest.mark.parametrize(
    "arguments", [["ask", "Who?"], ["retrieve", "Who?"], ["chat"], ["ui", "--no-open"]]
)
def test_every_command_refuses_articles_and_an_index_with_the_same_line(arguments):
    both = ["--article", "a.txt", "--index", "b"]
    line = only_line(article_qa(*arguments, *both, code="import ui; ui.main()"))
    assert line == (
        "article-qa: error: articles must come from --article or --index, got both; leave one out"
    )


def in_shell(redirection, *arguments):
    """Return the finished process of a command whose streams a shell has redirected."""
    command = [sys.executable, "-c", RUN, *map(str, arguments)]
    return subprocess.run(
        ["/bin/bash", "-c", f'"$@" {redirection}', "bash", *command],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_closed_stdin_is_an_empty_one():
    assert "must hold a word" in only_line(in_shell("<&-", "ask", "-"))


def test_a_closed_stdout_is_an_error():
    assert "stdout must be open" in only_line(in_shell(">&-", "ask", "Who?"))


def test_a_full_stdout_is_an_error():
    assert "No space left on device" in only_line(in_shell("> /dev/full", "doctor"))


def test_a_pipe_that_nobody_reads_ends_the_command_in_silence():
    process = in_shell("| true; exit ${PIPESTATUS[0]}", "doctor")
    assert (process.returncode, process.stdout, process.stderr) == (141, b"", b"")


def test_one_press_of_ctrl_c_stops_a_command_without_a_traceback():
    # A shell that starts the tests in the background has the signal ignored.
    heeded = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code = heeded + "import qa.cli.main; print(flush=True); qa.cli.main.run(qa.cli.main.app)"
    with subprocess.Popen(
        [sys.executable, "-c", code, "ask", "-"],  # it waits for the question
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout.readline() == b"\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", "Who?", "--article", "none.txt"], "none.txt cannot be read: No such file"),
        (["ask", "Who?", "--index", "none"], "none is no library"),
        (["batch", "none.txt"], "none.txt cannot be read: No such file"),
        (["batch", "q.doc"], "q.doc must be named .txt, .csv, .tsv, .jsonl or .xlsx"),
        (
            ["batch", "q.txt", "-o", "a.txt"],
            "a.txt must be named .jsonl, .csv or .xlsx, got '.txt'",
        ),
        (["batch", "q.txt", "-o", "none/a.csv"], "must be in an existing folder; make none"),
        (["eval", "q.txt"], "must be .jsonl with labels, got .txt"),
        (["eval", "q.jsonl", "-o", "none/a.json"], "must be a file in an existing folder"),
    ],
)
def test_an_error_is_one_line_on_stderr(arguments, message, tmp_path, monkeypatch):
    (tmp_path / "q.txt").write_text("Who?")
    (tmp_path / "q.jsonl").write_text('{"question": "Who?", "answerable": false, "evidence": []}')
    monkeypatch.chdir(tmp_path)
    loaded = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); "
    process = article_qa(*arguments, code=loaded + RUN)
    assert HEAVY.isdisjoint(process.stdout.decode().split())  # it is said before any model loads
    assert process.returncode == 2
    (line,) = process.stderr.decode().splitlines()
    assert line.startswith("article-qa: error: ")
    assert message in line


def test_stdin_may_be_in_utf_16_and_a_guessed_charset_is_one_line():
    done = article_qa("batch", "-", "--reader", "none", given="\ufeffWho?".encode("utf-16-le"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["question"] == "Who?"
    given = "What’s the price at the café?".encode("cp1252")
    done = article_qa("batch", "-", "--reader", "none", given=given)
    assert json.loads(done.stdout)["question"] == "What’s the price at the café?"
    (line,) = done.stderr.decode().splitlines()
    assert line == "article-qa: note: stdin: the charset is a guess: cp1252"


def test_what_is_left_out_of_an_article_is_one_line_on_stderr(tmp_path):
    (tmp_path / "a.md").write_text("The bridge opened on Monday. ![a](p.png) ![b](q.png)\n")
    done = article_qa("ask", "When?", "--article", tmp_path / "a.md", "--reader", "none", "--json")
    (line,) = done.stderr.decode().splitlines()
    assert line == f"article-qa: note: {tmp_path / 'a.md'}: left out: 2 pictures"
    assert json.loads(done.stdout)["notes"] == ["left out: 2 pictures"]


def test_the_version_is_printed():
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith("article-qa ")


def test_no_character_of_an_article_commands_the_terminal(encoder):
    text = "The \x1b[31mbridge\x9b2J was \u202ebuilt\x07 in 1931.\nSoon\x1b]0;x\x07 after."
    engine = ArticleQA.from_text(text, Settings(encoder=encoder, reader=SentenceReader()))
    answer = engine.ask("When was the bridge built?")
    hits = engine.retrieve("When was the bridge built?")
    for shown in (format_answer(answer, several=True), format_hits(hits, several=True)):
        assert "bridge" in shown
        assert all(line == harmless(line) for line in shown.split("\n"))
        assert {"\x1b", "\x9b", "\u202e", "\x07"}.isdisjoint(shown)


def test_an_answer_is_shown_with_its_numbered_quotes(encoder):
    engine = ArticleQA.from_text(
        "The bridge was built in 1931. Ada slept.",
        Settings(encoder=encoder, reader=SentenceReader()),
    )
    shown = format_answer(engine.ask("When was the bridge built?"))
    assert shown.startswith("[1] The bridge was built in 1931.\n")


def test_a_quote_of_several_articles_names_title_source_and_date(encoder):
    articles = [
        Article.from_text(
            "The bridge was built in 1931.", title="B", source="in/b.txt", date="2024"
        ),
        Article.from_text("Ada slept.", title="A", source="Herald, https://a.example/1"),
    ]
    engine = ArticleQA.from_articles(articles, Settings(encoder=encoder, reader=SentenceReader()))
    built = format_answer(engine.ask("When was the bridge built?"), several=True)
    assert built.startswith("[1] B (b.txt, 2024): The bridge was built in 1931.\n")
    slept = format_answer(engine.ask("Who slept? Ada?"), several=True)
    assert "A (Herald, https://a.example/1): Ada slept.\n" in slept


def test_a_declined_question_is_shown_with_the_nearest_sentences():
    article = Article.from_text("The bridge opened.")
    near = Citation(1, article, 0, 0, 0, 18, "The bridge opened.", 0.1, caption=True)
    answer = Answer(
        "Q?", "not_found", "I found no answer I am sure of.", None, 0.1, (), (near,), ()
    )
    assert format_answer(answer).split("\n") == [
        "I found no answer I am sure of.",
        "Nearest sentences:",
        "- (caption) The bridge opened.",
    ]


# From here on with the real model, a few times: each start takes seconds.


def test_ask_answers_from_stdin_as_json_and_is_silent_on_stderr():
    process = article_qa(
        "ask", "-", "--json", "--threshold", 0, given="How many areas does the\nplan cover?\n"
    )
    assert (process.returncode, process.stderr) == (0, b"")
    answer = json.loads(process.stdout)
    assert answer["question"] == "How many areas does the plan cover?"
    assert answer["status"] == "answered"
    assert answer["citations"][0]["number"] == 1


def test_ask_has_exit_status_1_where_the_article_does_not_say():
    process = article_qa("ask", "Which football club won the cup in Brazil?")
    assert (process.returncode, process.stderr) == (1, b"")
    assert process.stdout.startswith(b"I found no answer I am sure of. Nothing here mentions")


def test_chat_keeps_on_after_a_bad_line_and_ends_at_an_empty_one():
    process = article_qa("chat", given="???\nWho is the president?\n\nNever asked?\n")
    assert process.returncode == 0
    assert process.stderr.decode().startswith("article-qa: error: question must hold a word")
    assert process.stdout.count(b"\n\n") == 1


def here(*arguments):
    """Return the result of a command run in this process, which has loaded the libraries."""
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_an_index_is_made_asked_and_found_healthy(tmp_path):
    path = tmp_path / "bridge.txt"
    path.write_text("The bridge was built in 1931. It crosses the river Arda.")
    made = article_qa("index", path, "--into", tmp_path / "i")
    assert (made.returncode, made.stderr.decode()) == (
        0,
        f"{tmp_path}/i: 1 added; 1 article in all\n",
    )
    options = ("--index", tmp_path / "i", "--json", "--source", "*bridge.txt")
    found = here("retrieve", "When was it built?", *options)
    assert found.exit_code == 0
    assert "1931" in json.loads(found.stdout)[0]["text"]
    healthy = here("doctor", "--index", tmp_path / "i")
    assert (healthy.exit_code, healthy.stderr) == (0, "")
    assert "ok  index" in healthy.stdout


def test_files_that_are_gone_are_told_and_pruned(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"The bridge {name} was built in 1931.")
    folder = tmp_path / "i"
    index = ("index", tmp_path, "--into", folder)
    assert here(*index).exit_code == 0
    (tmp_path / "b.txt").unlink()
    again = here(*index)
    assert "note: 1 file is gone; --prune removes what was read from there\n" in again.stderr
    assert f"{folder}: 1 unchanged; 2 articles in all\n" in again.stderr
    pruned = here(*index, "--prune")
    assert pruned.stderr == f"{folder}: 1 removed, 1 unchanged; 1 article in all\n"


def test_a_library_is_listed_checked_mended_and_emptied(tmp_path, encoder):
    folder = tmp_path / "library"
    with Library(folder, encoder) as library:
        library.add([Article.from_text("The bridge opened.", title="Bridge", source="b.txt")])
        library.add([Article.from_text("The mill closed.", title="Mill", date="2024-05-31")])
    assert [line.split()[1:4:2] for line in here("list", folder).stdout.splitlines()] == [
        ["-", "Bridge"],
        ["2024-05-31", "Mill"],
    ]
    assert here("verify", folder).exit_code == 0
    rows = next(folder.glob("g-*/lexical-texts.i32"))
    rows.write_bytes(b"")
    broken = here("verify", folder)
    assert (broken.exit_code, broken.stdout.count("\n")) == (1, 1)
    assert "`rebuild` makes it from library.db" in broken.stdout
    assert here("rebuild", folder).exit_code == 0
    assert here("compact", folder).exit_code == 0
    assert article_qa("remove", folder, "None").returncode == 2
    assert here("remove", folder, "Bridge", "Mill").exit_code == 0
    assert here("list", folder, "--json").stdout == "[]\n"
    assert article_qa("verify", tmp_path / "none").returncode == 2


def test_doctor_finds_a_broken_index(tmp_path):
    process = article_qa("doctor", "--index", tmp_path)
    assert process.returncode == 2
    assert b"BAD index: " in process.stdout


def test_doctor_says_which_articles_can_be_read(tmp_path):
    (tmp_path / "a.txt").write_text("The bridge opened in 1931. Ada planned it.")
    process = article_qa(
        "doctor", "--article", tmp_path / "a.txt", "--article", tmp_path / "none.txt"
    )
    assert process.returncode == 2
    assert b"a.txt, 2 sentences that may be cited" in process.stdout
    assert b"BAD article: " in process.stdout


def test_batch_writes_records_and_its_exit_status_tells_of_bad_rows(tmp_path):
    rows = '{"question": "Who is the president of South Korea?"}\n{"id": 1}\n'
    process = article_qa("batch", "-", "--threshold", 0, given=rows)
    assert (process.returncode, process.stderr) == (2, b"")
    statuses = [json.loads(line)["status"] for line in process.stdout.splitlines()]
    assert statuses == ["answered", "error"]


def test_eval_prints_a_table_and_writes_json(tmp_path):
    (tmp_path / "bridge.txt").write_text("The bridge was built in 1931. Ada planned it.")
    row = {"question": "When was the bridge built?", "answerable": True, "evidence": [["1931"]]}
    (tmp_path / "q.jsonl").write_text(json.dumps(row))
    process = article_qa(
        "eval",
        tmp_path / "q.jsonl",
        "--article",
        tmp_path / "bridge.txt",
        "-o",
        tmp_path / "o.json",
    )
    assert (process.returncode, process.stderr) == (0, b"")
    assert "best-ranked sentence" in process.stdout.decode()
    assert json.loads((tmp_path / "o.json").read_bytes())["figures"]["ranking_hit_at_1"] == 1.0
