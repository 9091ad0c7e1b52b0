"""A bound on how many questions are answered at once, and on how many wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from index import ArticleQAError

MAX_WAIT_S = 30.0


class BusyError(ArticleQAError):
    """Too many questions are waiting already, or one has waited for too long.

    Attributes:
        n_allowed: how many may be answered or wait at once.
    """

    def __init__(self, n_allowed: int) -> None:
        super().__init__("Too many questions at once; wait a moment and ask again.")
        self.n_allowed = n_allowed


class Limiter:
    """Lets ``n_at_once`` threads in and ``n_waiting`` more wait; the others get a BusyError."""

    def __init__(self, n_at_once: int, n_waiting: int) -> None:
        self._n_allowed = self._n_free = n_at_once + n_waiting
        self._lock = Lock()
        self._running = Semaphore(n_at_once)

    @property
    def n_inside(self) -> int:
        """How many are let in or wait."""
        return self._n_allowed - self._n_free

    @contextmanager
    def enter(self, *, max_wait: float = MAX_WAIT_S) -> Iterator[None]:
        """Be let in until the block ends; raise BusyError where too many wait, or for too long."""
        with self._lock:
            if self._n_free == 0:
                raise BusyError(self._n_allowed)
            self._n_free -= 1
        try:
            if not self._running.acquire(timeout=max_wait):
                raise BusyError(self._n_allowed)
            try:
                yield
            finally:
                self._running.release()
        finally:
            with self._lock:
                self._n_free += 1
