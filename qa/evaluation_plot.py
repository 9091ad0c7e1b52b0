"""The plots of an evaluation: what a threshold costs, whether a confidence is true, all figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from qa.errors import ArticleQAError
from qa.evaluation import TITLES, Figures, Judged

SUFFIXES = (".png", ".svg", ".pdf")
_N_BINS = 5
_THRESHOLDS = np.linspace(0, 1, 101)


def check_plot(path: Path) -> None:
    """Raise ArticleQAError where plots cannot be drawn into a file."""
    if path.suffix.lower() not in SUFFIXES:
        listed = ", ".join(SUFFIXES)
        raise ArticleQAError(f"{path} must end in one of {listed}; name another file")
    if path.is_dir() or not path.parent.is_dir():
        raise ArticleQAError(f"{path} must be a file in an existing folder; name another")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ArticleQAError(
            "--plot needs matplotlib, got none; run `pip install '.[plot]'`"
        ) from error


def draw_plots(path: Path, figures: Figures, judged: Sequence[Judged], threshold: float) -> None:
    """Write the plots into a file.

    Args:
        path: ends in one of ``SUFFIXES``.
        figures: of all questions.
        judged: how each was answered.
        threshold: with which they were, 0 to 1.
    """
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(15, 5), layout="constrained")
    trade, calibration, bars = drawing.subplots(1, 3, width_ratios=(1, 1, 1.2))
    _draw_thresholds(trade, judged, threshold)
    _draw_calibration(calibration, judged)
    _draw_figures(bars, figures)
    drawing.savefig(path, dpi=120)


def threshold_curves(judged: Sequence[Judged]) -> dict[str, list[float]]:
    """Return the shares of questions not answered for sure at each of ``_THRESHOLDS``, by their kind."""
    curves = {}
    for label, answerable in (("answerable", True), ("unanswerable", False)):
        chances = [
            j.answer.answerable
            for j in judged
            if j.question.answerable == answerable and j.answer.answerable is not None
        ]
        if chances:
            curves[label] = [float(np.mean(np.array(chances) < t)) for t in _THRESHOLDS]
    return curves


def calibration_bins(judged: Sequence[Judged]) -> list[tuple[float, float, int]]:
    """Return for bins of confidence (mean confidence, share of right first citations, how many).

    The bins hold about as many questions each. Judged are answerable questions, none declined.
    """
    pairs = sorted(
        (j.answer.confidence, float(j.ranking_hit))
        for j in judged
        if j.ranking_hit is not None and j.answer.confidence is not None
    )
    bins = np.array_split(np.array(pairs), min(_N_BINS, len(pairs))) if pairs else []
    return [(float(b[:, 0].mean()), float(b[:, 1].mean()), len(b)) for b in bins]


def _draw_thresholds(axes: Any, judged: Sequence[Judged], threshold: float) -> None:
    for kind, shares in threshold_curves(judged).items():
        axes.plot(_THRESHOLDS, shares, label=f"{kind}: unsure or not found")
    axes.axvline(threshold, linestyle=":", color="grey", label=f"the threshold, {threshold:.2f}")
    axes.set(xlabel="threshold", ylabel="share of questions", title="What a threshold holds back")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    _legend(axes)


def _draw_calibration(axes: Any, judged: Sequence[Judged]) -> None:
    bins = calibration_bins(judged)
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey", label="as true as it says")
    axes.plot([b[0] for b in bins], [b[1] for b in bins], marker="o", label="measured")
    for number, (confidence, right, n) in enumerate(bins):
        below = (0, -16 - 12 * (number % 2))  # side by side they would cover each other
        axes.annotate(f"n={n}", (confidence, right), textcoords="offset points", xytext=below)
    axes.set(
        xlabel="confidence", ylabel="right best-ranked sentence", title="Is a confidence true?"
    )
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    _legend(axes)


def _draw_figures(axes: Any, figures: Figures) -> None:
    shares = {
        TITLES[name]: value for name, value in asdict(figures).items() if isinstance(value, float)
    }
    bars = axes.barh(list(shares), list(shares.values()))
    axes.bar_label(bars, fmt="%.3f", padding=3)
    axes.invert_yaxis()
    n_asked = f"{figures.n_answerable} answerable, {figures.n_unanswerable} unanswerable questions"
    axes.set(xlim=(0, 1.2), title=n_asked)


def _legend(axes: Any) -> None:
    """Put the legend below the axes, where it covers no curve."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)
