"""The sign-flip p against all patterns written out, and against draws."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.reproduce.signflip import likeliest_p, redrawn_p, sign_flip_p


def written_out(difference):
    sums = [abs(sum(s * d for s, d in zip(signs, difference, strict=True)))
            for signs in itertools.product((-1, 1), repeat=len(difference))]  # fmt: skip
    return np.mean(np.array(sums) >= abs(sum(difference)) - 1e-9)


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=7), st.sampled_from([1, 2, 4, 5, 10, 100]))
def test_exact_p_equals_all_patterns_written_out(steps, grid):
    difference = np.array(steps) / grid
    assert sign_flip_p(difference) == pytest.approx(written_out(difference.tolist()), abs=1e-12)


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=30))
def test_p_does_not_depend_on_order_or_direction(steps):
    difference = np.array(steps, dtype=float)
    assert sign_flip_p(-difference[::-1]) == pytest.approx(sign_flip_p(difference), abs=1e-12)


def test_off_the_grid_the_draws_agree_with_the_exact_p_and_are_the_same_every_time():
    whole = np.random.default_rng(1).integers(-4, 6, size=60).astype(float)
    scaled = whole * math.pi
    exact = sign_flip_p(whole)
    assert 0.001 < exact < 0.5
    assert sign_flip_p(scaled) == pytest.approx(exact, abs=4 * math.sqrt(exact / 100_000))
    assert sign_flip_p(scaled) == sign_flip_p(scaled.copy())


def test_redrawn_p_is_the_authors_count_of_1000_draws():
    difference = np.random.default_rng(2).integers(-4, 5, size=50).astype(float)
    exact, drawn = sign_flip_p(difference), redrawn_p(difference)
    assert drawn == redrawn_p(difference)
    assert drawn * 1000 == pytest.approx(round(drawn * 1000))
    assert abs(drawn - exact) <= 4 * math.sqrt(exact * (1 - exact) / 1000)


def test_likeliest_p_is_the_mode_of_the_binomial():
    from scipy import stats

    for p in (0.0, 1e-9, 0.0008, 0.0025, 0.0312, 0.5, 0.9996, 1.0):
        chances = stats.binom.pmf(np.arange(1001), 1000, p)
        assert chances[round(1000 * likeliest_p(p))] == pytest.approx(chances.max())


def test_nothing_and_only_zeros():
    assert math.isnan(sign_flip_p(np.empty(0)))
    assert math.isnan(redrawn_p(np.empty(0)))
    assert math.isnan(likeliest_p(math.nan))
    assert sign_flip_p(np.zeros(5)) == 1.0
    assert redrawn_p(np.zeros(5)) == 1.0
