"""Boundaries against published tables and an independent multivariate normal integral."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from ip_bench.effects.spending import SPENDINGS, boundaries, crossing, spent
from ip_bench.errors import UnknownNameError

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)


def two_sided(name, alpha, fractions, rho=2.0):
    return boundaries(fractions, [spent(name, alpha / 2, t, rho) for t in fractions], two_sided=True)


def error(fractions, limits):
    leaves = crossing(fractions, limits)
    return float((leaves.upper + leaves.lower).sum())


@pytest.mark.parametrize(
    ("name", "published"),
    [  # Lan and DeMets (1983) functions at five equal looks, two-sided 5%, as the tables and programs have them
        ("obrien-fleming", [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        ("pocock", [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
    ],
)
def test_lan_demets_boundaries_are_the_published_ones(name, published):
    assert two_sided(name, 0.05, FIVE) == pytest.approx(published, abs=2e-4)


@pytest.mark.parametrize(("looks", "constant"), [(2, 1.977), (5, 2.040), (10, 2.087)])
def test_classical_obrien_fleming_constants(looks, constant):
    times = np.arange(1, looks + 1) / looks
    found = brentq(lambda c: error(times, c / np.sqrt(times)) - 0.05, 1.5, 3)
    assert found == pytest.approx(constant, abs=5e-4)
    if looks == 5:
        assert found / np.sqrt(times) == pytest.approx([4.56, 3.23, 2.63, 2.28, 2.04], abs=5e-3)


@pytest.mark.parametrize(("looks", "constant"), [(2, 2.178), (5, 2.413), (10, 2.555)])
def test_classical_pocock_constants(looks, constant):
    times = np.arange(1, looks + 1) / looks
    assert brentq(lambda c: error(times, [c] * looks) - 0.05, 1.5, 3) == pytest.approx(constant, abs=5e-4)


@pytest.mark.parametrize("name", SPENDINGS)
def test_an_independent_integral_agrees(name):
    times = np.array([0.25, 0.4, 0.7, 1.0])
    limits = np.array(two_sided(name, 0.05, tuple(times)))
    covariance = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
    for k in (2, 3):
        stays = multivariate_normal(np.zeros(k), covariance[:k, :k], abseps=1e-6, releps=1e-6, seed=1)
        left = 1 - stays.cdf(limits[:k], lower_limit=-limits[:k])
        assert left == pytest.approx(2 * spent(name, 0.025, times[k - 1]), abs=5e-6)


def test_one_look_is_the_fixed_test():
    assert boundaries([1.0], [0.025], two_sided=True) == pytest.approx([norm.isf(0.025)], abs=1e-9)
    assert boundaries([1.0], [0.05], two_sided=False) == pytest.approx([norm.isf(0.05)], abs=1e-9)


def test_power_at_a_drift_is_the_normal_one_for_one_look_and_simulated_for_more():
    drift = norm.isf(0.025) + norm.ppf(0.8)
    assert float(crossing([1.0], [norm.isf(0.025)], drift=drift).upper[0]) == pytest.approx(0.8, abs=1e-9)
    limits = two_sided("kim-demets", 0.05, FIVE)
    steps = np.random.default_rng(2).normal(size=(200_000, 5)) * math.sqrt(0.2) + drift * 0.2
    z = steps.cumsum(axis=1) / np.sqrt(FIVE)
    hit = z > np.array(limits)
    first = np.where(hit.any(1), hit.argmax(1), 5)
    shares = np.bincount(first, minlength=6)[:5] / len(z)
    assert crossing(FIVE, limits, drift=drift).upper == pytest.approx(shares, abs=4e-3)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.02, 1.0), min_size=1, max_size=8, unique=True),
    st.sampled_from(SPENDINGS),
    st.floats(0.001, 0.2),
    st.booleans(),
)
def test_the_error_spent_is_the_error_asked_for(times, name, alpha, both):
    gaps = np.diff([0.0, *sorted(times)])
    if gaps.min() < 1e-3:
        return
    fractions = [t / max(times) for t in sorted(times)]
    used = [spent(name, alpha / 2, t) for t in fractions]
    limits = boundaries(fractions, used, two_sided=both)
    lower = None if both else [-math.inf] * len(limits)
    leaves = crossing(fractions, limits, lower)
    assert float(leaves.upper.sum()) == pytest.approx(alpha / 2, rel=1e-6)
    assert float(leaves.lower.sum()) == pytest.approx(alpha / 2 if both else 0, abs=1e-7)


def test_a_hundred_looks_and_looks_close_together():
    many = tuple(np.arange(1, 101) / 100)
    assert error(many, two_sided("kim-demets", 0.05, many)) == pytest.approx(0.05, abs=1e-8)
    close = (0.9, 0.900001, 0.95, 1.0)
    limits = two_sided("kim-demets", 0.05, close)
    assert all(1.9 < limit < 2.4 for limit in limits)


def test_nothing_to_spend_means_no_way_out():
    limits = boundaries((0.5, 0.7, 1.0), (0.0, 0.02, 0.02), two_sided=True)
    assert limits[0] == limits[2] == math.inf
    assert limits[1] == pytest.approx(norm.isf(0.02), abs=1e-9)


@pytest.mark.parametrize(
    ("information", "cumulative", "said"),
    [
        ((), (), "0 information fractions and 0 errors"),
        ((0.5, 1.0), (0.01,), "2 information fractions and 1 errors"),
        ((0.5, 0.5), (0.01, 0.02), "must increase"),
        ((0.0, 1.0), (0.01, 0.02), "must increase"),
        ((0.5, 1.2), (0.01, 0.02), "must increase"),
        ((0.5, 1.0), (0.02, 0.01), "must not fall"),
        ((0.5, 1.0), (0.5, 1.0), "must not fall"),
    ],
)
def test_bad_input(information, cumulative, said):
    with pytest.raises(ValueError, match=said):
        boundaries(information, cumulative, two_sided=True)


def test_an_unknown_spending_function_is_named():
    with pytest.raises(UnknownNameError, match=r"spending function 'haybittle'.*kim-demets"):
        spent("haybittle", 0.05, 0.5)
