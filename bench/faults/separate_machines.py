"""Use a library on three servers from a fourth machine, as the network sees them, while servers go and come.

    python bench/faults/separate_machines.py      # as root

Each of the three servers and the client is in a network namespace of its own; the client reaches each server
by a link of its own, and the servers do not reach each other. The commands are those that a user gives, with
the packaged models. Everything must be as written here, or the script ends with an error.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from far_server import FarServer, enter

N = 24
_ROOT = Path(__file__).parents[2]
_PROGRAM = [sys.executable, "-c", "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"]


def run(*args: str, status: int = 0, says: str = "") -> str:
    """Return what a command writes; it must end with a status and say something."""
    began = time.perf_counter()
    done = subprocess.run(
        [*_PROGRAM, *args], capture_output=True, text=True, check=False, cwd=_ROOT, timeout=300
    )
    took, written = time.perf_counter() - began, done.stdout + done.stderr
    print(f"{took:5.1f} s, status {done.returncode}: {args[0]} {args[1][:40]}", flush=True)
    if done.returncode != status or says not in written:
        raise SystemExit(f"must be {status} and say {says!r}, got:\n{written}")
    return written


def client_machine(closing: ExitStack) -> None:
    """Make the client's machine, and move there; the servers' links begin there."""
    name = f"articleqac{os.getpid()}"
    for command in (f"ip netns add {name}", f"ip -n {name} link set lo up"):
        subprocess.run(command.split(), check=True)
    closing.callback(subprocess.run, ["ip", "netns", "del", name], check=True)
    enter(name)


def start_servers(closing: ExitStack) -> list[FarServer]:
    """Return three servers on machines of their own."""
    servers = []
    for number in range(3):
        servers.append(FarServer(number))
        closing.callback(servers[-1].close)
    return servers


def cut(server: FarServer, seconds: float) -> None:
    """Cut a server off for some seconds."""
    time.sleep(1)
    server.set_link("down")
    time.sleep(seconds)
    server.set_link("up")


def main() -> None:
    """Index, ask, kill, cut and check."""
    with ExitStack() as closing:
        client_machine(closing)
        servers = start_servers(closing)
        texts = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        for n in range(N):
            text = f"The Arvik bridge number {n} is {n + 1}00 metres long.\n\nHolm {n} opened it.\n"
            (texts / f"bridge{n}.txt").write_text(text)
        where = " ".join(server.new_database() for server in servers)
        question = "How long is the Arvik bridge number 7?"
        run("index", str(texts), "--into", where, says=f"{N} added")
        run("ask", question, "--index", where, says="800 metres")
        run("verify", where, says="is whole")
        servers[1].kill()
        refused = run("ask", question, "--index", where, status=2, says="cannot be reached")
        if refused.strip().count("\n"):
            raise SystemExit(f"one line must say so, got:\n{refused}")
        partial = run("retrieve", question, "--index", where, "--partial", says="missing of 3")
        print(f"      {next(line for line in partial.splitlines() if 'missing of' in line)}")
        (texts / "bridge99.txt").write_text("The Arvik bridge number 99 is closed.\n")
        run("index", str(texts), "--into", where, status=2, says="cannot be reached")
        servers[1].start()
        threading.Thread(target=cut, args=(servers[2], 10.0)).start()
        run("index", str(texts), "--into", where)  # waits for the one that is cut off
        run("ask", question, "--index", where, says="800 metres")
        run("verify", where, says="is whole")
        listed = run("list", where)
        if listed.count("Arvik") < N + 1:
            raise SystemExit(f"{N + 1} articles must be listed, got:\n{listed}")
        with tempfile.TemporaryDirectory() as folder:
            run("copy", where, f"{folder}/library")
            run("ask", question, "--index", f"{folder}/library", says="800 metres")
    print("all as it must be")


if __name__ == "__main__":
    main()
