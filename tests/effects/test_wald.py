"""Fieller's set against a brute-force inversion of the same test on a grid."""

import math

import numpy as np
import pytest
from scipy import stats

from ip_bench.effects import Pairs, clustered_mean, wald

ITEMS, FORMS = np.repeat(np.arange(60), 2), np.tile(np.arange(10), 12)
KEY = [(f"i{i:02}", f"b{f}", "t1") for i, f in zip(ITEMS, FORMS, strict=True)]


def stages(top, bottom, noise, seed=3):
    rng = np.random.default_rng(seed)
    first = bottom + noise * rng.normal(size=120)
    reduced = top + noise * rng.normal(size=120) + 0.3 * (first - bottom)
    return Pairs.of(reduced, KEY, {}), Pairs.of(first, KEY, {})


def accepted_by_brute_force(reduced, first, grid):
    """Whether each ratio r is kept by the t test of mean(top - r bottom) = 0."""
    table = np.column_stack([reduced.difference, first.difference])
    found = clustered_mean(table, reduced.factors())
    limit = stats.t.ppf(0.975, found.df)
    kept = []
    for r in grid:
        weights = np.array([1.0, -r])
        kept.append(abs(table.mean(axis=0) @ weights) <= limit * math.sqrt(weights @ found.covariance @ weights))
    return np.array(kept)


@pytest.mark.parametrize(
    ("top", "bottom", "noise", "shape"),
    [(0.3, 0.6, 0.5, "interval"), (1.0, 0.02, 0.6, "two rays"), (0.02, 0.01, 1.0, "line")],
)
def test_the_set_equals_a_grid_inversion(top, bottom, noise, shape):
    reduced, first = stages(top, bottom, noise)
    ratio = wald(reduced, first)
    assert ratio.shape == shape
    grid = np.linspace(-60, 60, 24_001)
    inside = (grid >= ratio.low) & (grid <= ratio.high)
    expected = {"interval": inside, "two rays": ~inside, "line": np.ones_like(inside)}[shape]
    ends = [end for end in (ratio.low, ratio.high) if math.isfinite(end)]
    clear = np.all([np.abs(grid - end) > 0.01 for end in ends], axis=0) if ends else np.ones_like(inside)
    assert accepted_by_brute_force(reduced, first, grid)[clear].tolist() == expected[clear].tolist()
    if shape != "line":
        assert -60 < ratio.low < ratio.high < 60
    assert math.isnan(ratio.ratio) == (shape != "interval")


def test_an_interval_holds_its_point_and_says_so():
    ratio = wald(*stages(0.3, 0.6, 0.5))
    assert ratio.ratio == pytest.approx(ratio.reduced_form / ratio.first_stage)
    assert ratio.low < ratio.ratio < ratio.high
    assert ratio.describe() == f"{ratio.ratio:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"


def test_unbounded_sets_print_no_point():
    rays = wald(*stages(1.0, 0.02, 0.6))
    assert rays.describe() == f"(-inf, {rays.low:.3f}] or [{rays.high:.3f}, inf)"
    assert wald(*stages(0.02, 0.01, 1.0)).describe() == "(-inf, inf)"


def test_a_certain_first_stage_leaves_the_interval_of_the_effect():
    reduced, _ = stages(0.3, 0.6, 0.5)
    ratio = wald(reduced, Pairs.of(np.ones(120), KEY, {}))
    found = clustered_mean(reduced.difference, reduced.factors())
    reach = stats.t.ppf(0.975, found.df) * math.sqrt(found.covariance[0, 0])
    mean = reduced.difference.mean()
    assert (ratio.shape, ratio.ratio) == ("interval", pytest.approx(mean))
    assert (ratio.low, ratio.high) == pytest.approx((mean - reach, mean + reach))


def test_only_pairs_complete_in_both_stages_count():
    reduced, first = stages(0.3, 0.6, 0.5)
    half = Pairs.of(first.difference[:60], first.key[:60], {})
    assert wald(reduced, half) == wald(Pairs.of(reduced.difference[:60], reduced.key[:60], {}), half)
    assert wald(reduced, half).n_rows == 60


def test_without_pairs_in_common_nothing_is_estimable():
    reduced, first = stages(0.3, 0.6, 0.5)
    other = Pairs.of(first.difference, [("j" + item, form, template) for item, form, template in first.key], {})
    ratio = wald(reduced, other)
    assert ratio.shape == "none"
    assert math.isnan(ratio.ratio)
    assert ratio.describe() == (
        "not estimable: 0 complete pairs in both stages; two items and two realizations are needed"
    )
