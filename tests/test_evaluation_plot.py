"""The plots of an evaluation: right shares, readable files, and an error before the model is loaded."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from qa import Answer
from qa.batch.question_file import LabelledQuestion
from qa.errors import ArticleQAError
from qa.evaluation import Judged, summarise

pytest.importorskip("matplotlib", reason="needs matplotlib: pip install '.[plot]'")

from qa.evaluation_plot import calibration_bins, check_plot, draw_plots, threshold_curves


def judged(chance, *, answerable=True, confidence=0.5, right=True):
    question = LabelledQuestion(1, "Who?", (), answerable, (), ())
    answer = Answer("Who?", "answered", "x", None, confidence, (), (), (), chance)
    if not answerable:
        return Judged(question, answer)
    return Judged(question, answer, ranking_hit=right, hit=right, precision=1.0, recall=1.0, f1=1.0)


def test_a_threshold_declines_what_is_below_it():
    curves = threshold_curves([judged(0.305), judged(0.705), judged(0.205, answerable=False)])
    assert [curves["answerable"][t] for t in (0, 31, 71)] == [0.0, 0.5, 1.0]
    assert [curves["unanswerable"][t] for t in (20, 21)] == [0.0, 1.0]


def test_bins_of_confidence_hold_their_means_and_shares():
    low = [judged(0.5, confidence=0.2, right=n == 0) for n in range(5)]
    high = [judged(0.5, confidence=0.9) for _ in range(5)]
    others = [judged(0.5, answerable=False), replace(high[0], ranking_hit=None)]
    bins = calibration_bins([*high, *low, *others])
    assert sum(n for *_, n in bins) == 10
    assert bins[0][0] == pytest.approx(0.2)
    assert bins[-1][:2] == pytest.approx((0.9, 1.0))
    assert sum(share * n for _, share, n in bins) == pytest.approx(6)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_plots_are_written(tmp_path, suffix):
    path = tmp_path / f"plots{suffix}"
    every = [judged(0.3), judged(0.7, right=False), judged(0.2, answerable=False)]
    draw_plots(path, summarise(every), every, 0.5)
    assert path.stat().st_size > 5000


def test_plots_of_one_kind_of_question_are_drawn_all_the_same(tmp_path):
    path = tmp_path / "plots.png"
    every = [judged(0.3, answerable=False)]
    draw_plots(path, summarise(every), every, 0.5)
    assert path.exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [("plots.gif", "must end in one of .png"), ("none/plots.png", "in an existing folder")],
)
def test_a_file_that_cannot_be_drawn_is_refused_at_once(tmp_path, name, message):
    with pytest.raises(ArticleQAError, match=message):
        check_plot(tmp_path / name)


def test_without_matplotlib_the_command_says_what_to_install(tmp_path):
    questions = tmp_path / "labelled.jsonl"
    questions.write_text('{"question": "Who?", "answerable": false, "evidence": []}\n')
    code = "import sys; sys.modules['matplotlib'] = None; sys.argv[0] = 'article-qa'; import ui; ui.main()"
    command = [
        sys.executable,
        "-c",
        code,
        "eval",
        str(questions),
        "--plot",
        str(tmp_path / "p.png"),
    ]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 2
    assert "pip install '.[plot]'" in done.stderr
