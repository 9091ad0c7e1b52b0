"""What a library on servers does that one in a folder does not: roles, versions, breaks, many writers."""

import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from fnmatch import fnmatchcase
from functools import partial

import postgres_servers
import psycopg
import pytest

from index import (
    Article,
    IngestReport,
    ServerError,
    SourceUpdate,
    copy_library,
    ingest,
    open_library,
    open_store,
    rebuild,
    verify,
)
from index.postgres import schema
from index.postgres.filter_sql import _regex
from index.postgres.servers import parse_servers
from qa import ArticleQA, Settings
from qa.page.service import Service, UnreachableError
from qa.server.problems import status_of

ARTICLES = [
    Article.from_text(f"Boat {n} sank near Arvik. Nobody was hurt by storm{n}.", title=f"Boat {n}")
    for n in range(12)
]


@pytest.fixture
def url(postgres_server, encoder):
    """The URL of a library of boats."""
    made = postgres_server.new_database()
    with open_library(made, encoder) as library:
        library.add(ARTICLES)
    return made


def run_sql(url, sql):
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def article_qa(*args, **environment):
    return subprocess.run(
        [sys.executable, "-c", "import ui; ui.main()", *args],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def asked(store):
    return ArticleQA(store, Settings(reader="none")).retrieve("Which boat was hurt by storm7?", 3)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hush@host/db",
        "postgresql://host/db?password=hush&sslmode=require",
        "postgresql://host/db?sslpassword=hush",
        "postgresql://host/db?pass%77ord=hush",
        "postgresql://ann:hush/x@host/db",
        "postgresql://ann:hush#x@host/db",
        "postgresql://ann:hush?x@host/db",
        "postgresql://ann:12/hush@host/db",
        "postgresql://ann:hush@[host/db",
        "postgresql://ann:hush@one:5432,two:5433/db",
        "postgresql+psycopg://ann:hush@host/db",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_shown(url):
    with pytest.raises(ServerError) as raised:
        parse_servers(url)
    assert "hush" not in str(raised.value)
    assert "give it by PGPASSWORD, ~/.pgpass or a service file" in str(raised.value)


@pytest.mark.parametrize(
    "command", [["ask", "What?", "--index"], ["index", ".", "--into"], ["list"]]
)
def test_no_command_shows_a_password(command):
    done = article_qa(*command, "postgresql://ann:hush/x@host/db")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "hush" not in done.stderr + done.stdout


def test_a_role_that_may_only_read_asks_and_may_not_write(postgres_server, url, encoder):
    run_sql(url, "CREATE ROLE asker LOGIN; GRANT USAGE ON SCHEMA article_qa TO asker;"
                 "GRANT SELECT ON ALL TABLES IN SCHEMA article_qa TO asker")  # fmt: skip
    own = url.replace("postgres@", "asker@")
    store = open_store(own, encoder)
    assert asked(store)[0].article == ARTICLES[7]
    assert ArticleQA(store, Settings(reader="none")).ask("Which boat sank?").citations
    assert verify(own) == []
    with (
        pytest.raises(ServerError, match=r"refuses: permission denied.*use another role"),
        open_library(own, encoder) as library,
    ):
        library.add([Article.from_text("A raft sank.")])
    with (
        pytest.raises(ServerError, match=r"refuses: the role must own the tables; use another"),
        open_library(own, encoder) as library,
    ):
        library.compact()


def test_a_connection_that_is_refused_is_not_tried_again(postgres_server):
    """A wrong password that is tried often locks who has it out."""
    url = postgres_server.new_database()
    for wrong, reason in (
        (f"{url}9", 'database ".*9" does not exist'),
        (url.replace("postgres@", "nobody@"), 'role "nobody" does not exist'),
    ):
        began = time.monotonic()
        with pytest.raises(ServerError, match=f"refuses: {reason}; check its name, the user"):
            open_store(wrong)
        assert time.monotonic() - began < 2.5  # the waits between tries are 4.2 s
    with pytest.raises(ServerError, match="cannot be reached"):
        open_store("postgresql://127.0.0.1:1/none")


def test_tls_that_a_url_demands_is_demanded(postgres_server, encoder):
    with pytest.raises(ServerError, match="does not support SSL"):
        open_store(f"{postgres_server.url()}?sslmode=require", encoder)


def test_tables_of_a_newer_version_are_left_alone_and_older_ones_brought_up_to_date(
    url, encoder, monkeypatch
):
    run_sql(url, "UPDATE article_qa.facts SET value = '99' WHERE name = 'version'")
    with pytest.raises(ServerError, match=r"version 1, got 99; install a newer article-qa"):
        open_store(url, encoder)
    with pytest.raises(ServerError, match="got 99"), open_library(url, encoder):
        pass
    run_sql(url, "UPDATE article_qa.facts SET value = '1' WHERE name = 'version'")
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "ALTER TABLE articles ADD COLUMN x int"))
    monkeypatch.setattr(schema, "VERSION", 2)
    with pytest.raises(ServerError, match=r"version 2, got 1; `article-qa compact`"):
        open_store(url, encoder)
    with open_library(url, encoder):
        pass
    assert asked(open_store(url, encoder))[0].article == ARTICLES[7]


def test_no_server_a_strange_database_and_missing_shards_are_each_a_line(
    postgres_server, encoder, url
):
    done = article_qa("ask", "What?", "--index", "postgresql://127.0.0.1:1/none")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be reached" in done.stderr
    with pytest.raises(ServerError, match="has no library; make one with"):
        open_store(postgres_server.new_database(), encoder)
    two = f"{postgres_server.new_database()} {postgres_server.new_database()}"
    with open_library(two, encoder) as library:
        library.add(ARTICLES)
    first, second = two.split()
    with pytest.raises(ServerError, match="must be all its 2 databases, got 1"):
        open_store(first, encoder)
    with pytest.raises(ServerError, match="is of another library"):
        open_store(f"{first} {url}", encoder)
    assert asked(open_store(f"{second} {first}", encoder))[0].article == ARTICLES[7]


def test_broken_connections_are_made_anew(url, encoder):
    store = open_store(url, encoder)
    before = asked(store)
    run_sql(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE pid <> pg_backend_pid() AND datname = current_database()")  # fmt: skip
    assert asked(store) == before


def test_a_killed_server_comes_back_with_all_that_was_written(encoder):
    if why := postgres_servers.reason():
        pytest.skip(why)
    server = postgres_servers.PostgresServer()
    try:
        url = server.new_database()
        with open_library(url, encoder) as library:
            library.add(ARTICLES[:6])
            server.kill()
            threading.Timer(0.5, server.start).start()
            library.add(ARTICLES)
        assert verify(url) == []
        assert len(open_store(url, encoder).articles) == len(ARTICLES)
        store = open_store(url, encoder)
        engine = Future()
        engine.set_result(ArticleQA(store, Settings(reader="none")))
        service = Service(store.articles, engine)
        server.stop()
        began = time.monotonic()
        with pytest.raises(ServerError, match="cannot be reached"):
            asked(store)
        assert time.monotonic() - began < 20  # some 10 s, on a machine with nothing else to do
        with pytest.raises(UnreachableError, match="cannot be reached now; ask again"):
            service.ask("Which boat sank?")  # who asks a page is not told the server's name
        assert status_of(UnreachableError()) == 503
    finally:
        server.close()


def test_one_of_three_gone_is_refused_or_named_with_the_answer(encoder):
    if why := postgres_servers.reason():
        pytest.skip(why)
    servers = [postgres_servers.PostgresServer() for _ in range(2)]
    try:
        where = " ".join(server.new_database() for server in servers)
        with open_library(where, encoder) as library:
            library.add(ARTICLES)
        partial = open_store(where, encoder, allow_missing=True)
        assert partial.notice == ""
        servers[1].kill()
        with pytest.raises(ServerError, match="cannot be reached"):
            asked(open_store(where, encoder))
        notice = "1 server is missing of 2: their articles are not asked."
        for store in (partial, open_store(where, encoder, allow_missing=True)):
            answer = ArticleQA(store, Settings(reader="none")).ask("Which boats sank near Arvik?")
            assert answer.notes == (notice,)
            assert answer.citations
        with pytest.raises(ServerError), open_library(where, encoder) as library:
            library.add([Article.from_text("A raft sank.")])
        servers[1].start()
        assert len(open_store(where, encoder).articles) == len(ARTICLES)
    finally:
        for server in servers:
            server.close()


def test_a_statement_that_takes_too_long_is_a_line(url, encoder):
    run_sql(url, "CREATE FUNCTION article_qa.wait() RETURNS text LANGUAGE sql VOLATILE "
                 "AS $$ SELECT pg_sleep(9)::text $$;"
                 "CREATE OR REPLACE VIEW article_qa.slow AS SELECT article_qa.wait()")  # fmt: skip
    store = open_store(f"{url}?options=-c%20statement_timeout%3D300", encoder)
    with pytest.raises(ServerError, match="took longer than it allows"):
        store.articles._shards.shards[0].rows("SELECT * FROM slow")
    assert asked(store)[0].article == ARTICLES[7]


def test_many_writers_of_the_same_files_write_each_article_once(postgres_server, encoder, tmp_path):
    for n in range(40):
        (tmp_path / f"{n}.txt").write_text(f"Raft {n} sank near Arvik. Nobody was hurt.")
    where = " ".join(postgres_server.new_database() for _ in range(2))
    encoded = []

    class Counting(type(encoder)):
        def encode_passages(self, texts):
            encoded.extend(texts)
            time.sleep(0.01)
            return self.encode_questions(texts)

    def write(_):
        report = IngestReport()
        with open_library(where, Counting()) as library:
            ingest(library, [str(tmp_path)], report)
        return report

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(write, range(4)))
    assert sum(report.n_added for report in reports) == 40
    assert not [report.errors for report in reports if report.errors]
    assert len(encoded) == 80  # two sentences each: nothing was encoded twice
    assert verify(where) == []
    assert len(open_store(where, encoder).articles) == 40


def test_writers_of_the_same_articles_without_files_add_each_once(postgres_server, encoder):
    where = postgres_server.new_database()

    def write(_):
        with open_library(where, encoder) as library:
            return sum(library.add([a]).n_added for a in ARTICLES)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(write, range(4))) == len(ARTICLES)
    assert verify(where) == []


def test_an_article_that_another_writer_removes_while_new_ones_are_encoded_is_there(url, encoder):
    """What was there when a file was read is written again where it is gone by then."""
    known, new = ARTICLES[7], Article.from_text("A raft sank.", source="file")

    class Slow(type(encoder)):
        def encode_passages(self, texts):
            with open_library(url, encoder) as other:
                if known.id in other.known_ids([known.id]):
                    other.remove([known.id])
            return super().encode_passages(texts)

    with open_library(url, Slow()) as library:
        library.put([SourceUpdate("file", [known, new], file_sha256=b"x" * 32)])
        assert library.known_ids([known.id, new.id]) == {known.id, new.id}
    assert verify(url) == []


def test_an_article_stays_where_another_writer_is_adding_an_origin(url, encoder):
    boat = ARTICLES[7]
    with open_library(url, encoder) as library, ThreadPoolExecutor(1) as pool:
        library.put([SourceUpdate("first", [boat])])
        origins = library.heads()[7].origins
        library.put([SourceUpdate(o, []) for o in origins if o != "first"])
        with psycopg.connect(url) as other:
            other.execute("SELECT FROM article_qa.articles WHERE id = %s FOR KEY SHARE", [boat.id])
            other.execute("INSERT INTO article_qa.origins SELECT 'second', key, 'second' "
                          "FROM article_qa.articles WHERE id = %s", [boat.id])  # fmt: skip
            emptied = pool.submit(library.put, [SourceUpdate("first", [])])
            time.sleep(0.5)
            assert not emptied.done()
        assert emptied.result(30).n_removed == 0
        assert library.known_ids([boat.id])
    assert verify(url) == []


@pytest.mark.parametrize("change", ["write", "remove"])
def test_a_file_is_read_again_where_changing_its_articles_stopped_half_way(url, encoder, change):
    """A file is known to be whole only while it is."""
    event = "INSERT OR UPDATE" if change == "write" else "DELETE"
    with open_library(url, encoder) as library:
        library.put([SourceUpdate("file", ARTICLES[:2], file_sha256=b"x" * 32)])
        run_sql(url, "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS "
                     "$$ BEGIN RAISE EXCEPTION 'stopped'; END $$; "
                     f"CREATE TRIGGER stop BEFORE {event} ON article_qa.files "
                     "FOR EACH ROW EXECUTE FUNCTION stop()")  # fmt: skip
        update = SourceUpdate("file", ARTICLES[2:4], file_sha256=b"y" * 32)
        attempt = {"write": partial(library.put, [update]),
                   "remove": partial(library.remove, [ARTICLES[0].id])}[change]  # fmt: skip
        with pytest.raises(ServerError, match="stopped"):
            attempt()
        is_whole = library.known_ids([ARTICLES[0].id]) and change == "remove"
        assert library.has_file("file", b"x" * 32) == bool(is_whole)


def test_a_shell_pattern_means_on_a_server_what_it_means_to_fnmatch(postgres_server):
    chance = random.Random(0)
    pieces = ["a", "b", "[", "]", "!", "^", "\\", "*", "?", ".", ":", "/", "\n", "[a-c]", "[!b]"]
    patterns = ["".join(chance.choices(pieces, k=chance.randint(1, 5))) for _ in range(2000)]
    texts = ["".join(chance.choices("abc[]!^\\.:/\n", k=chance.randint(0, 4))) for _ in patterns]
    with psycopg.connect(postgres_server.url()) as connection:
        matched = connection.execute(
            "SELECT array_agg(text ~ pattern ORDER BY n) FROM unnest(%s::text[], %s::text[]) "
            "WITH ORDINALITY AS given (text, pattern, n)",
            [texts, list(map(_regex, patterns))],
        ).fetchone()[0]
    assert matched == list(map(fnmatchcase, texts, patterns))
    assert sum(matched) > 20


def test_counts_are_folded_and_wrong_ones_are_found_and_made_anew(url, encoder):
    with open_library(url, encoder) as library:
        library.remove(["Boat 3"])
        library.compact()
    assert run_sql(url, "SELECT DISTINCT batch FROM article_qa.totals") == [(0,)]
    assert verify(url) == []
    run_sql(url, "UPDATE article_qa.frequencies SET n = n + 1 WHERE stem = 'boat'")
    (problem,) = verify(url)
    assert "counts its words wrongly; `rebuild` counts them again" in str(problem)
    rebuild(url)
    assert verify(url) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sentences SET vector = set_byte(vector, 3, 1) WHERE number = 1",
        "UPDATE articles SET text = text || 'x'",
        "UPDATE sentences SET stems = stems || ' more'",
        "UPDATE articles SET title_key = 'other'",
        "DELETE FROM sentences WHERE number = 1",
        "UPDATE passages SET end_sentence = 1",
    ],
)
def test_verify_names_a_damaged_article_and_it_can_be_replaced(url, encoder, damage):
    boat = next(a for a in ARTICLES if a.title == "Boat 5")
    key = f"(SELECT key FROM article_qa.articles WHERE id = '{boat.id}')"
    condition = f"key = {key}" if damage.startswith("UPDATE articles") else f"article = {key}"
    sql = f"{damage} AND {condition}" if "WHERE" in damage else f"{damage} WHERE {condition}"
    for table in ("sentences", "articles", "passages"):
        sql = sql.replace(f" {table} ", f" article_qa.{table} ", 1)
    run_sql(url, sql.replace("article_qa.articles SET", "article_qa.articles SET"))
    assert boat.id in {problem.article_id for problem in verify(url)}
    with open_library(url, encoder) as library:
        library.remove([boat.id])
    rebuild(url)
    with open_library(url, encoder) as library:
        library.add([boat])
    assert verify(url) == []


@pytest.mark.parametrize("of_schema", [False, True], ids=["database", "schema"])
def test_the_engines_own_dump_and_restore_keep_all(postgres_server, url, encoder, of_schema):
    dump = postgres_server.folder / "dump"
    run = postgres_servers.binaries()
    only = ["-n", "article_qa"] if of_schema else []
    subprocess.run([run / "pg_dump", "-Fc", *only, "-f", dump, url], check=True)
    new = postgres_server.new_database()
    if of_schema:
        run_sql(new, "CREATE EXTENSION IF NOT EXISTS vector")
    subprocess.run([run / "pg_restore", "--no-owner", "-d", new, dump], check=True)
    assert verify(new) == []
    assert asked(open_store(new, encoder)) == asked(open_store(url, encoder))
    with open_library(new, encoder) as library:  # who restored it writes it
        library.add([Article.from_text("A raft sank.")])
    assert verify(new) == []


def test_a_graph_finds_what_comparing_all_finds(url, encoder, monkeypatch):
    from index import ArticleFilter
    from index.postgres import shard_search

    store = open_store(url, encoder)
    within = ArticleFilter(articles=tuple(f"Boat {n}" for n in range(3, 9)))
    engine = ArticleQA(store, Settings(reader="none", search="dense"))
    before = engine.retrieve("Boat 7 sank", 5), engine.retrieve("Boat 7 sank", 5, within=within)
    monkeypatch.setattr(shard_search, "N_EXACT", 0)
    assert engine.retrieve("Boat 7 sank", 5)[0] == before[0][0]
    assert engine.retrieve("Boat 7 sank", 5, within=within)[0] == before[1][0]
    monkeypatch.setattr(shard_search, "BUDGET", 1)
    assert asked(store)[0].article == ARTICLES[7]


def test_no_worker_reads_a_later_set_of_words_before_the_first_ones(url):
    from index.postgres.shard import Shard

    shard = Shard(url)
    try:
        with shard.connect() as connection:
            connection.execute("SET debug_parallel_query = on")  # wherever workers may read
            plan = connection.execute("EXPLAIN SELECT number FROM sentences LIMIT 1").fetchall()
    finally:
        shard.close()
    assert plan
    assert not any("Gather" in line for (line,) in plan)


def test_a_copy_that_stops_goes_on_and_then_has_its_graph(url, postgres_server, encoder):
    has_graph = "SELECT to_regclass('article_qa.passages_vector') IS NOT NULL"
    new = postgres_server.new_database()

    class StoppedError(Exception):
        pass

    def stop(done, _total):
        if done:
            raise StoppedError

    with pytest.raises(StoppedError):
        copy_library(url, new, encoder=encoder, progress=stop)
    assert run_sql(new, has_graph) == [(False,)]
    assert asked(open_store(new, encoder)) == asked(open_store(url, encoder))
    assert copy_library(url, new, encoder=encoder) == (0, len(ARTICLES))
    assert run_sql(new, has_graph) == [(True,)]
    assert verify(new) == []
    run_sql(new, "DROP INDEX article_qa.passages_vector")
    with open_library(new, encoder) as library:
        library.compact()
    assert run_sql(new, has_graph) == [(True,)]
