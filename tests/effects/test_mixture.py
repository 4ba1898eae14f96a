"""The confidence sequence covers at all looks at once, with varying realizations."""

import math

import numpy as np
import pytest
from scipy import stats

from ip_bench.effects.mixture import confidence_sequence, limit, tuned
from ip_bench.effects.sequential import Interim


def test_the_formula_in_sums_and_in_standard_errors_is_one():
    t, rho, alpha = 50.0, 7.0, 0.05  # unit-variance increments: t of them, information t
    reach = math.sqrt((t + rho) * math.log((t + rho) / (rho * alpha**2)))  # of the sum
    low, high = confidence_sequence(Interim(0.3, 1 / math.sqrt(t), 1e9), rho=rho, alpha=alpha)
    assert high - 0.3 == pytest.approx(reach / t, rel=1e-6)
    assert 0.3 - low == pytest.approx(reach / t, rel=1e-6)


def test_tuned_is_narrowest_at_its_standard_error():
    best = tuned(0.02)
    widths = [float(limit(0.02, rho=best * factor)) for factor in (0.5, 0.9, 1.0, 1.1, 2.0)]
    assert min(widths) == widths[2]


def test_covers_at_all_of_200_looks_with_varying_realizations():
    rng = np.random.default_rng(3)
    runs, forms, sd, item = 2000, 8, 0.04, 0.5
    counts = np.arange(1, 201) * 20
    estimate = rng.normal(0, sd / math.sqrt(forms), runs) + (
        rng.normal(0, item * math.sqrt(20), (200, runs)).cumsum(0) / counts[:, None]
    )
    se = np.sqrt(item**2 / counts + sd**2 / forms)[:, None]
    away = np.abs(estimate) / se > limit(se, rho=tuned(0.02))
    assert away.any(0).mean() <= 0.05
    naive = np.sqrt(item**2 / counts)[:, None]  # realizations ignored
    assert (np.abs(estimate) / naive > limit(naive, rho=tuned(0.02))).any(0).mean() > 0.05
    assert (np.abs(estimate) / se > stats.norm.isf(0.025)).any(0).mean() > 0.2


def test_few_degrees_of_freedom_widen_it():
    wide, narrow = (confidence_sequence(Interim(0, 0.02, df), rho=100.0)[1] for df in (15, 1000))
    assert wide > 1.1 * narrow


@pytest.mark.parametrize(
    ("seen", "rho", "alpha", "said"),
    [
        (Interim(0, 0.0, 9), 1.0, 0.05, "standard error is 0"),
        (Interim(0, math.nan, 9), 1.0, 0.05, "standard error is nan"),
        (Interim(0, 0.1, 9), 0.0, 0.05, "rho is 0"),
        (Interim(0, 0.1, 0), 1.0, 0.05, "degrees of freedom are 0"),
        (Interim(0, 0.1, 9), 1.0, 1.0, "alpha is 1"),
    ],
)
def test_bad_input(seen, rho, alpha, said):
    with pytest.raises(ValueError, match=said):
        confidence_sequence(seen, rho=rho, alpha=alpha)
