"""The prediction interval against a Monte-Carlo draw of its own mixture, and where nothing differs."""

import numpy as np
import pytest
from scipy import optimize, stats

from ip_bench.effects.prediction import prediction_interval

Y = np.array([0.28, 0.08, -0.03, 0.07, 0.01, 0.16, 0.18, -0.12])
V = np.array([0.0049, 0.01, 0.0064, 0.0121, 0.0036, 0.0025, 0.0081, 0.0016])


def drawn(y, v, rng, runs=4000):
    """Draw tau^2 from its confidence distribution and a new effect around the mean, one by one."""
    spare = len(y) - 1

    def q(tau2):
        weight = 1 / (v + tau2)
        middle = (weight * y).sum() / weight.sum()
        return (weight * (y - middle) ** 2).sum()

    found = []
    for target in rng.chisquare(spare, runs):
        tau2 = 0.0 if q(0.0) <= target else optimize.brentq(lambda value, t=target: q(value) - t, 0, 1e6)
        weight = 1 / (v + tau2)
        middle = (weight * y).sum() / weight.sum()
        scale = max(1.0, (weight * (y - middle) ** 2).sum() / spare) / weight.sum()
        found.append(middle + np.sqrt(tau2 + scale) * rng.standard_t(spare))
    return found


def test_the_interval_is_that_of_the_mixture():
    low, high = prediction_interval(Y, V)
    values = drawn(Y, V, np.random.default_rng(1))
    assert np.mean(np.array(values) < low) == pytest.approx(0.025, abs=0.008)
    assert np.mean(np.array(values) > high) == pytest.approx(0.025, abs=0.008)


def test_equal_effects_predict_the_mean_and_its_error():
    low, high = prediction_interval(np.full(6, 0.1), np.full(6, 0.01))
    reach = stats.t.isf(0.025, 5) * np.sqrt(0.01 / 6)
    assert (low, high) == pytest.approx((0.1 - reach, 0.1 + reach), abs=1e-9)


def test_two_topics_predict_nothing():
    with pytest.raises(ValueError, match="2 topics; a prediction interval needs three or more"):
        prediction_interval([0.1, 0.2], [0.01, 0.01])
