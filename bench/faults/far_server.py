"""A PostgreSQL server on a machine of its own, as far as the network is concerned: it can be cut off.

Needs root: the machine is a network namespace, at the other end of a pair of virtual interfaces.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from postgres_servers import PostgresServer

_NEW_NETWORK = 0x4000_0000  # CLONE_NEWNET of <sched.h>


class FarServer(PostgresServer):
    """A server in a network namespace of its own, which can be cut off."""

    def __init__(self, other: int = 0) -> None:
        """Make the namespace and start the server; ``other`` numbers those of one process."""
        number = (os.getpid() + other) % 250
        self.namespace, self.link = f"articleqa{number}", f"aqa{number}"
        self.network = f"10.77.{number}"
        self.address = f"{self.network}.2"
        for command in (
            f"ip netns add {self.namespace}",
            f"ip link add {self.link} type veth peer name {self.link}b",
            f"ip link set {self.link}b netns {self.namespace}",
            f"ip addr add {self.network}.1/24 dev {self.link}",
            f"ip link set {self.link} up",
            f"ip -n {self.namespace} addr add {self.address}/24 dev {self.link}b",
            f"ip -n {self.namespace} link set {self.link}b up",
            f"ip -n {self.namespace} link set lo up",
        ):
            subprocess.run(command.split(), check=True)
        super().__init__("-c", f"listen_addresses={self.address}")

    def start(self) -> None:
        """Start the server there."""
        with (self.data / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.write(f"host all all {self.network}.0/24 trust\n")
        super().start()

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return its URL there."""
        return super().url(database, user).replace("127.0.0.1", self.address)

    def command(self) -> list[str]:
        """Return what starts it there."""
        who = pwd.getpwnam("nobody")
        drop = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]
        return ["ip", "netns", "exec", self.namespace, *drop, *super().command()]

    def set_link(self, state: str) -> None:
        """Cut the network, "down", or join it, "up": at the far end, so that the way there stays known."""
        command = f"ip -n {self.namespace} link set {self.link}b {state}"
        subprocess.run(command.split(), check=True)

    def enter(self) -> None:
        """Move this process to the server's machine, which no cut keeps from it."""
        enter(self.namespace)

    def close(self) -> None:
        """End it, and its network."""
        super().close()
        subprocess.run(["ip", "netns", "del", self.namespace], check=True)


def enter(namespace: str) -> None:
    """Move this thread, and what it starts, to a network namespace."""
    with Path(f"/run/netns/{namespace}").open("rb") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "the namespace cannot be entered")
