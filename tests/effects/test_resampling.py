"""The bootstrap on sums against a bootstrap of rows, closed forms, and its coverage of a ratio."""

import math

import numpy as np
import pytest
from scipy import stats

from ip_bench.effects.clusters import clustered, clustered_mean
from ip_bench.effects.resampling import bootstrap, cluster_sums, linearize, resamples
from ip_bench.seeds import generator


def ratio(totals):
    return totals[:, 0] / totals[:, 1]


def rows(clusters=30, seed=2):
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(clusters), rng.integers(1, 5, clusters))
    size = rng.gamma(4, 1, len(item))
    return np.column_stack([size * rng.uniform(0.2, 0.8, clusters)[item], size]), item


def test_sums_give_what_concatenated_rows_give():
    values, item = rows()
    found = bootstrap(cluster_sums(values, item), ratio, draws=200, seed=("same",))
    members = [np.flatnonzero(item == own) for own in range(30)]
    expected = []
    for taken in np.vstack(list(resamples(30, 200, generator("same")))).astype(int):
        drawn = values[np.concatenate([members[own] for own in np.repeat(np.arange(30), taken)])]
        expected.append(drawn[:, 0].sum() / drawn[:, 1].sum())
    assert found.values == pytest.approx(expected, abs=1e-12)
    assert found.estimate == pytest.approx(values[:, 0].sum() / values[:, 1].sum())
    assert found.se == pytest.approx(np.std(expected, ddof=1))


def test_counts_are_multinomial_and_independent_of_chunks(monkeypatch):
    counts = np.vstack(list(resamples(40, 5_000, np.random.default_rng(1))))
    assert (counts.sum(axis=1) == 40).all()
    assert counts.var(axis=0).mean() == pytest.approx(1 - 1 / 40, rel=0.02)
    assert np.cov(counts.T)[0, 1:].mean() == pytest.approx(-1 / 40, abs=0.01)
    monkeypatch.setattr("ip_bench.effects.resampling.CHUNK_CELLS", 4_000)
    assert np.array_equal(counts, np.vstack(list(resamples(40, 5_000, np.random.default_rng(1)))))


def test_the_standard_error_of_a_mean_is_the_closed_form():
    values = np.random.default_rng(4).normal(size=80)
    sums = np.column_stack([values, np.ones(80)])
    closed = math.sqrt(clustered_mean(values, [np.arange(80)]).covariance[0, 0] * 79 / 80)
    assert bootstrap(sums, ratio, draws=40_000).se == pytest.approx(closed, rel=0.02)
    t = bootstrap(sums, ratio, interval="t", draws=20_000)
    assert t.ci == pytest.approx(
        stats.t.interval(0.95, 79, values.mean(), values.std(ddof=1) / math.sqrt(80)), abs=0.02
    )


@pytest.mark.parametrize("interval", ["percentile", "bca"])
def test_intervals_agree_with_scipy_on_one_sample(interval):
    values = np.random.default_rng(5).gamma(2, 1, 60)
    sums = np.column_stack([values, np.ones(60)])
    found = bootstrap(sums, ratio, interval=interval, draws=20_000)
    method = {"percentile": "percentile", "bca": "BCa"}[interval]
    oracle = stats.bootstrap((values,), np.mean, n_resamples=20_000, method=method, rng=np.random.default_rng(1))
    assert found.ci == pytest.approx(tuple(oracle.confidence_interval), abs=0.02)


def test_bca_equals_scipys_formula_on_the_same_draws():
    values = np.random.default_rng(6).gamma(1, 1, 25)
    found = bootstrap(np.column_stack([values, np.ones(25)]), ratio, draws=999, seed=("b",))
    left_out = (values.sum() - values) / 24
    pull = left_out.mean() - left_out
    a = (pull**3).sum() / (6 * (pull**2).sum() ** 1.5)
    b = stats.norm.ppf(np.mean(found.values < values.mean()))
    z = b + stats.norm.ppf([0.025, 0.975])
    expected = np.quantile(found.values, stats.norm.cdf(b + z / (1 - a * z)))
    assert found.ci == pytest.approx(tuple(expected), abs=1e-8)


def test_linearized_influence_of_a_ratio_is_the_textbook_one():
    values, item = rows()
    r, total = values[:, 0].sum() / values[:, 1].sum(), values[:, 1].sum()
    expected = (values[:, 0] - r * values[:, 1]) / total
    influence = linearize(values, ratio)
    assert influence == pytest.approx(expected, abs=1e-9)
    se = math.sqrt(clustered(influence, [item]).covariance[0, 0])
    assert bootstrap(cluster_sums(values, item), ratio, draws=4_000).se == pytest.approx(se, rel=0.1)


@pytest.mark.parametrize(("interval", "least"), [("percentile", 0.90), ("bca", 0.905), ("t", 0.925)])
def test_coverage_of_a_ratio(interval, least):
    """40 clusters with skewed sizes; the true ratio is 1/2. Studentized intervals cover best (400 runs, SE 1.1)."""
    rng, inside = np.random.default_rng(7), 0
    for run in range(400):
        size = rng.gamma(2, 1, 40)
        sums = np.column_stack([size * rng.beta(2, 2, 40), size])
        low, high = bootstrap(sums, ratio, interval=interval, draws=400, seed=(run,)).ci
        inside += low <= 0.5 <= high
    print(f"\n{interval}: {inside / 400:.1%} covered")
    assert inside / 400 >= least


def test_a_denominator_of_zero_is_counted_and_never_a_number():
    sums = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    found = bootstrap(sums, ratio, draws=200)
    assert found.undefined > 20
    assert math.isnan(found.ci[0])
    assert f"not defined in {found.undefined} of 200 draws" in found.note


def test_bad_input_is_refused_by_name():
    assert bootstrap([[1.0, 2.0]], ratio).note == "1 clusters; two are needed"
    assert math.isnan(bootstrap([[1.0, 2.0]], ratio).estimate)
    with pytest.raises(ValueError, match="1 of 4 values are not finite"):
        cluster_sums([[1.0, 2.0], [math.nan, 1.0]], np.array([0, 1]))
    with pytest.raises(ValueError, match="2 rows and 3 cluster codes"):
        cluster_sums([[1.0], [2.0]], np.array([0, 1, 1]))
    with pytest.raises(ValueError, match="unknown interval 'wald'"):
        bootstrap(np.ones((3, 2)), ratio, interval="wald")
    with pytest.raises(ValueError, match="10 draws"):
        bootstrap(np.ones((3, 2)), ratio, draws=10)
    with pytest.raises(ValueError, match="returned shape"):
        bootstrap(np.ones((3, 2)), lambda totals: totals)
    with pytest.raises(ValueError, match="no finite gradient"):
        linearize([[1.0, 0.0], [1.0, 0.0]], ratio)
    for interval in ("percentile", "bca", "t"):
        same = bootstrap(np.ones((5, 2)), ratio, interval=interval, draws=200)
        assert np.isnan([same.se, *same.ci]).all()
        assert "all equal" in same.note
