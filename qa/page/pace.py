"""How far a longer piece of work on the page is, in words."""

from __future__ import annotations

from time import monotonic

# A bar that comes and goes in a moment only disturbs, and so does a table that changes faster.
SHOWN_AFTER_S = 0.5


class Pace:
    """The rate of some work since it began, and the time it still needs."""

    def __init__(self) -> None:
        self._began = self._shown = monotonic()

    def is_due(self) -> bool:
        """Return whether it is time to show how far the work is, and count from now if so."""
        now = monotonic()
        due = now - self._shown >= SHOWN_AFTER_S
        self._shown = now if due else self._shown
        return due

    @property
    def slow(self) -> bool:
        """Whether the work has taken long enough to show how far it is."""
        return monotonic() - self._began > SHOWN_AFTER_S

    def line(self, done: int, total: int, what: str) -> str:
        """Return for example "64 of 200 questions · 6.1 a second · 22 s left"."""
        phrases = [f"{done:,} of {total:,} {what}"]
        seconds = monotonic() - self._began
        if done and seconds > 0:
            rate = done / seconds
            phrases.append(f"{rate:.1f} a second")
            if done < total:
                phrases.append(f"{_time((total - done) / rate)} left")
        return " · ".join(phrases)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
