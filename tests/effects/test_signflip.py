"""Sign flips against scipy's exact permutation test and a direct loop."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ip_bench.effects.signflip import random_flips, sign_flip
from ip_bench.seeds import generator


def scipy_p(values):
    found = stats.permutation_test(
        (np.asarray(values),), lambda x, axis: x.mean(axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=np.inf,
    )  # fmt: skip
    return found.pvalue


@given(st.lists(st.integers(-4, 4).map(lambda k: k / 4), min_size=2, max_size=9))
@settings(max_examples=40, deadline=None)
def test_small_samples_are_exact_as_in_scipy(values):
    found = sign_flip(values, np.arange(len(values)))
    assert found.exact
    assert found.draws == 2 ** len(values)
    assert found.p[0] == pytest.approx(scipy_p(values), abs=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_several_contrasts_of_continuous_scores_are_exact_as_in_scipy(seed):
    table = np.random.default_rng(seed).normal(0.4, 1, (10, 3))
    found = sign_flip(table, np.arange(10))
    assert found.p == pytest.approx([scipy_p(column) for column in table.T], abs=1e-8)
    assert found.mean == pytest.approx(table.mean(axis=0))
    assert (found.p_adjusted >= found.p - 1e-12).all()


def test_rows_of_one_item_flip_together():
    values, item = np.array([1.0, 0.5, -0.25, 1.0, 0.0, 0.75]), np.array([0, 0, 1, 1, 2, 3])
    sums = np.bincount(item, weights=values)
    assert sign_flip(values, item).p[0] == pytest.approx(scipy_p(sums), abs=1e-8)


def test_random_flips_count_as_a_loop_over_the_same_flips_does():
    table = np.random.default_rng(3).normal(0.1, 1, (60, 4))
    table[10] = 0
    found = sign_flip(table, np.arange(60), draws=700, seed=("x",))
    moving = np.delete(table, 10, axis=0)
    minus = np.vstack(list(random_flips(59, 700, generator("x"))))
    flipped = np.array([np.abs(((1 - 2 * row)[:, None] * moving).sum(axis=0)) for row in minus])
    observed = np.abs(table.sum(axis=0))
    assert found.p == pytest.approx((1 + (flipped >= observed - 1e-9).sum(axis=0)) / 701)
    scale = np.sqrt((table**2).sum(axis=0))
    top = (flipped / scale).max(axis=1)
    assert found.p_adjusted == pytest.approx([(1 + (top >= o - 1e-9).sum()) / 701 for o in observed / scale])
    assert not found.exact
    assert found.method == "700 sign flips of items, conditional on these realizations"


def test_random_flips_agree_with_the_exact_p():
    values = np.random.default_rng(1).normal(0.5, 1, 18)
    bits = (np.arange(2**18)[:, None] >> np.arange(18)) & 1
    exact = np.mean(np.abs((1 - 2 * bits) @ values) >= abs(values.sum()) - 1e-12)
    assert sign_flip(values, np.arange(18), draws=20_000).p[0] == pytest.approx(
        exact, abs=4 * math.sqrt(exact / 20_000)
    )


def test_sixteen_items_are_exact_and_seventeen_are_not():
    assert sign_flip(np.ones(16), np.arange(16)).p[0] == pytest.approx(2 / 2**16)
    large = sign_flip(np.ones(17), np.arange(17), draws=99)
    assert (large.exact, large.draws) == (False, 99)
    assert large.p[0] == pytest.approx(1 / 100)


def test_missing_differences_leave_their_contrast_alone():
    table = np.array([[1.0, math.nan], [0.5, 1.0], [-0.2, 0.3], [0.9, math.nan], [0.4, 0.2]])
    found = sign_flip(table, np.arange(5))
    assert found.items.tolist() == [5, 3]
    assert found.mean == pytest.approx([0.52, 0.5])
    assert found.p == pytest.approx([scipy_p(table[:, 0]), scipy_p([1.0, 0.3, 0.2])], abs=1e-8)


def test_edges():
    assert sign_flip(np.zeros(5), np.arange(5)).p[0] == 1
    assert math.isnan(sign_flip([0.5, 0.7], np.zeros(2, dtype=int)).p[0])
    assert math.isnan(sign_flip(np.array([[1.0, math.nan], [2.0, math.nan]]), np.arange(2)).mean[1])
    with pytest.raises(ValueError, match="1 of 2 differences are infinite"):
        sign_flip([math.inf, 1.0], np.arange(2))
    with pytest.raises(ValueError, match="0 rows"):
        sign_flip([], np.arange(0))
    with pytest.raises(ValueError, match="each row needs one code"):
        sign_flip([1.0, 2.0], np.arange(3))


def test_error_is_nominal_over_items_alone():
    rng = np.random.default_rng(9)
    p = sign_flip(rng.normal(size=(40, 1000)), np.arange(40), draws=399).p
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.02)
