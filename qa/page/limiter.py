"""A gate before the engine: some at once, some waiting, and the rest told that it is busy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from index import ArticleQAError

MAX_WAIT_S = 30.0


class BusyError(ArticleQAError):
    """Too many questions are waiting already."""

    def __init__(self) -> None:
        super().__init__("Too many questions at once; wait a moment and ask again.")


class Gate:
    """Lets ``n_at_once`` threads in, ``n_waiting`` more wait, and turns the others away."""

    def __init__(self, n_at_once: int, n_waiting: int) -> None:
        self._n_free = n_at_once + n_waiting
        self._lock = Lock()
        self._turns = Semaphore(n_at_once)

    @contextmanager
    def enter(self, *, max_wait: float = MAX_WAIT_S) -> Iterator[None]:
        """Hold a place inside; raise BusyError where there is none, now or in time."""
        with self._lock:
            if self._n_free == 0:
                raise BusyError
            self._n_free -= 1
        try:
            if not self._turns.acquire(timeout=max_wait):
                raise BusyError
            try:
                yield
            finally:
                self._turns.release()
        finally:
            with self._lock:
                self._n_free += 1
