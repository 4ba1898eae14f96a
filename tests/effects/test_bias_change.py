"""The difference of two debiased squares: its value, its invariances, and what its interval covers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ip_bench.effects.bias_change import bias_change
from ip_bench.effects.gaps import personalization_bias
from ip_bench.effects.groups import axis

GROUPS, ITEMS, TEMPLATES = 12, 160, 40
ITEM = np.arange(ITEMS)
FACTORS = [ITEM, ITEM % TEMPLATES]


def drawn(rng, gaps, *, noise=0.15):
    """Scores of one run and of another of the same items: probabilities are shared, so are half of the draws."""
    level = np.clip(0.6 + rng.normal(0, noise, (ITEMS, 1)), 0.3, 0.8)
    first = rng.random((ITEMS, GROUPS))
    second = np.where(rng.random((ITEMS, GROUPS)) < 0.5, first, rng.random((ITEMS, GROUPS)))
    return [
        axis((draw < np.clip(level - gap, 0, 1)).astype(float), FACTORS)
        for draw, gap in zip((first, second), gaps, strict=True)
    ]


def planted(size):
    gaps = np.zeros(GROUPS)
    gaps[:2] = size
    return gaps


def test_it_is_the_difference_of_the_squares_of_each_run() -> None:
    before, after = drawn(np.random.default_rng(1), (planted(0.3), planted(0.1)))
    found = bias_change([before], [after])
    squares = [personalization_bias([own], draws=200).square for own in (before, after)]
    assert (found.before, found.after) == pytest.approx(squares)
    assert found.removed == pytest.approx(squares[0] - squares[1])
    assert found.ci[0] < found.removed < found.ci[1]
    assert (found.groups, found.items) == (GROUPS, (ITEMS,))


def test_runs_exchanged_change_the_sign_alone() -> None:
    before, after = drawn(np.random.default_rng(2), (planted(0.3), planted(0.0)))
    there, back = bias_change([before], [after]), bias_change([after], [before])
    assert back.removed == pytest.approx(-there.removed)
    assert back.se == pytest.approx(there.se)
    assert back.p == pytest.approx(there.p)


def test_axes_add_up() -> None:
    one, other = (drawn(np.random.default_rng(seed), (planted(0.2), planted(0.0))) for seed in (3, 4))
    single = [bias_change([first], [last]) for first, last in (one, other)]
    both = bias_change([one[0], other[0]], [one[1], other[1]])
    assert both.removed == pytest.approx(sum(own.removed for own in single))
    assert both.se == pytest.approx(math.hypot(*(own.se for own in single)))


def test_equal_runs_have_no_interval() -> None:
    before, _ = drawn(np.random.default_rng(5), (planted(0.3), planted(0.3)))
    found = bias_change([before], [before])
    assert found.removed == 0
    assert math.isnan(found.ci[0])
    assert math.isnan(found.p)
    assert "no interval" in found.note


def test_bad_input() -> None:
    before, after = drawn(np.random.default_rng(6), (planted(0.3), planted(0.3)))
    with pytest.raises(ValueError, match="0 axes before and 1 after"):
        bias_change([], [after])
    with pytest.raises(ValueError, match="they must be the same"):
        bias_change([before], [axis(after.scores, [ITEM])])
    with pytest.raises(ValueError, match=r"alpha 0\.5; needed is"):
        bias_change([before], [after], alpha=0.5)


@pytest.mark.parametrize(("first", "last"), [(0.0, 0.0), (0.25, 0.25), (0.25, 0.12), (0.25, 0.0)])
def test_the_interval_covers_the_truth(first: float, last: float) -> None:
    rng = np.random.default_rng(round(1000 * first + last))
    squares = [1e4 / GROUPS * float(((planted(size) - planted(size).mean()) ** 2).sum()) for size in (first, last)]
    truth, runs = squares[0] - squares[1], 400
    found = [bias_change(*([own] for own in drawn(rng, (planted(first), planted(last))))) for _ in range(runs)]
    held = np.mean([own.ci[0] <= truth <= own.ci[1] for own in found])
    assert 0.92 <= held <= 0.985
    errors = np.array([own.removed - truth for own in found])
    assert abs(errors.mean()) < 3.5 * errors.std() / math.sqrt(runs)
