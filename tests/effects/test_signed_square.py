"""The signed interval of PB^2 without its noise: where it lies, and that wordings widen it."""

import math
from itertools import pairwise

import numpy as np
import pytest

from ip_bench.effects.gaps import personalization_bias
from ip_bench.effects.groups import axis
from ip_bench.effects.signed_square import Null, bias_interval, null_draws, spread, square_interval
from ip_bench.seeds import generator


def wide(rng, items, groups=31, forms=12):
    return axis((rng.random((items, groups)) < 0.6).astype(float), [np.arange(items), np.arange(items) % forms])


def null(draws=4_000, groups=10):
    rng = np.random.default_rng(3)
    means = rng.normal(0, 1, (draws, groups))
    return Null(means - means.mean(axis=1, keepdims=True), np.full(draws, groups - 1.0), np.eye(groups) - 1 / groups)


def test_the_ends_are_quantiles_where_nothing_was_found_and_continuous_from_there():
    draws = null()
    noise = (draws.means**2).sum(axis=1) - 9
    low, high = np.quantile(noise, [0.025, 0.975])
    direction = np.eye(10)[0] - 0.1
    small = direction * math.sqrt(0.01 / (direction @ direction))
    ends = square_interval(small, 9.0, draws, 0.05)
    assert ends == pytest.approx((0.01 - 9 - high, 0.01 - 9 - low))  # all below 0: less than the noise was found
    steps = [square_interval(direction * scale, 9.0, draws, 0.05) for scale in np.linspace(0.1, 8, 120)]
    for one, after in pairwise(steps):
        assert one[0] < after[0] + 1e-6
        assert one[1] < after[1] + 1e-6
        assert one[0] < one[1]
    assert steps[-1][0] > 0


def test_the_interval_of_the_root_is_never_below_zero():
    draws, direction = null(), np.eye(10)[0] - 0.1
    low, high = bias_interval(direction, 9.0, draws, 0.05)
    assert low == 0
    assert high > 0


def test_a_dozen_wordings_without_an_effect_do_not_inflate_the_noise():
    """Directions of a covariance over 12 wordings are luck; raised to that over items it would be half too large."""
    rng = np.random.default_rng(2)
    found = [spread(wide(rng, 240)) for _ in range(60)]
    truth = 30 * 0.24 / 240
    assert np.mean([own.expected for own in found]) == pytest.approx(truth, rel=0.04)
    assert np.mean([np.trace(own.covariance) for own in found]) == pytest.approx(truth, rel=0.1)
    assert {own.df for own in found} == {11}


def test_where_few_items_tell_groups_apart_their_covariance_is_shrunk_and_its_trace_kept():
    """31 groups alike on all items but 20: of 465 covariances 20 items know nothing."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(30):
        scores = np.repeat((rng.random((300, 1)) < 0.6).astype(float), 31, axis=1)
        scores[:20] = rng.random((20, 31)) < 0.6
        found.append(spread(axis(scores)))
    least = np.array([np.trace(own.covariance) ** 2 / 30 for own in found])
    raw, shrunk = (np.array([(table**2).sum() for table in tables]) for tables in zip(*map(shapes, found), strict=True))
    assert [np.trace(own.shrunk) for own in found] == pytest.approx([np.trace(own.covariance) for own in found])
    assert np.mean(raw / least) > 2.2
    assert np.mean(shrunk / least) == pytest.approx(1, abs=0.15)


def test_what_many_items_say_of_the_covariance_is_kept():
    rng = np.random.default_rng(4)
    heard = np.repeat(rng.random((600, 2)), 8, axis=1)  # two blocks of 8 groups that answer alike
    own = spread(axis((heard < rng.random((600, 1))).astype(float)))
    assert (own.shrunk**2).sum() == pytest.approx((own.covariance**2).sum(), rel=0.02)


def shapes(own):
    return own.covariance, own.shrunk


def test_groups_that_differ_keep_the_variance_of_the_direction_in_which_they_do():
    rng = np.random.default_rng(8)
    covariance = np.diag(np.arange(1.0, 11.0))
    means = rng.normal(0, 1, (4_000, 10)) * math.sqrt(5.5)  # drawn with the same trace and no direction
    direction = np.eye(10)[9]
    low, high = square_interval(100 * direction, 55.0, Null(means, np.full(4_000, 55.0), covariance), 0.05)
    assert (high - low) / 2 == pytest.approx(1.96 * 2 * 100 * math.sqrt(10), rel=0.03)


def test_the_noise_taken_off_scatters_with_few_wordings():
    rng = np.random.default_rng(2)
    many, few = (null_draws([spread(wide(rng, 240, forms=forms))], 4_000, generator("n")) for forms in (240, 6))
    assert few.taken.std() / few.taken.mean() > 2 * many.taken.std() / many.taken.mean()
    assert many.taken.mean() == pytest.approx((many.means**2).sum(axis=1).mean(), rel=0.03)


def test_200_runs_without_an_effect_hold_zero_and_pb_as_published_is_well_above_it():
    """The fast twin of benchmarks/personalization_bias.py: items differ, templates shift all identities alike."""
    rng, holding, published = np.random.default_rng(11), 0, []
    items, template = np.arange(285), np.arange(285) % 12
    for run in range(200):
        base = np.clip(rng.beta(1.5, 0.9, (285, 1)) + rng.normal(0, 0.05, 12)[template][:, None], 0, 1)
        own = axis((rng.random((285, 31)) < base).astype(float), [items, template])
        found = personalization_bias([own], permutation="flips", draws=40, seed=(run,))
        holding += found.square_ci[0] <= 0 <= found.square_ci[1]
        published.append(found.published)
    print(f"\nholds 0: {holding / 200:.1%}; published {np.mean(published):.2f}")
    assert 0.91 <= holding / 200 <= 0.99  # 93-98% within the error of 200 runs
    assert np.mean(published) > 2


def test_the_interval_covers_a_square_that_there_is():
    rng, covered = np.random.default_rng(12), 0
    shifts = np.zeros(31)
    shifts[[4, 17]] = -0.12
    truth = 1e4 * shifts.var()
    for run in range(150):
        own = axis((rng.random((400, 31)) < rng.uniform(0.2, 0.8, (400, 1)) + shifts).astype(float))
        low, high = personalization_bias([own], permutation="flips", draws=40, seed=(run,)).square_ci
        covered += low <= truth <= high
    print(f"\n{covered / 150:.1%} covered")
    assert 0.91 <= covered / 150 <= 0.99
