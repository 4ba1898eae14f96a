"""Effects by topic: statsmodels as oracle, shrinkage by hand, coverage over topics."""

import math

import numpy as np
import pytest

from ip_bench.design import Contrast
from ip_bench.effects.heterogeneity import between_topics, heterogeneity
from ip_bench.effects.topics import TopicEffects, by_topic
from ip_bench.errors import SamplesError, UnknownNameError

UK_US = Contrast("uk", "us", "correct", "correct: uk minus us")
# Eight effects and variances that differ more than chance makes them.
Y = np.array([0.28, 0.08, -0.03, 0.07, 0.01, 0.16, 0.18, -0.12])
V = np.array([0.0049, 0.01, 0.0064, 0.0121, 0.0036, 0.0025, 0.0081, 0.0016])


def topics(y=Y, v=V, items=40):
    entered = tuple({"n_items": items, "n_realizations": 0, "n_rows": 2 * items} for _ in y)
    return TopicEffects(tuple(f"t{k}" for k in range(len(y))), np.asarray(y), np.asarray(v), entered)


@pytest.mark.parametrize(("between", "name"), [("dersimonian-laird", "dl"), ("paule-mandel", "pm")])
def test_the_mean_agrees_with_statsmodels(between, name):
    from statsmodels.stats.meta_analysis import combine_effects

    options = {} if name == "dl" else {"atol": 1e-13, "maxiter": 500}
    oracle = combine_effects(Y, V, method_re=name, **options)
    found = heterogeneity(topics(), UK_US, margin=0.05, between=between)
    assert found.tau2 == pytest.approx(oracle.tau2, abs=1e-8)
    assert found.q == pytest.approx(oracle.q, abs=1e-8)
    assert found.i2 == pytest.approx(oracle.i2, abs=1e-8)
    assert found.q_p == pytest.approx(oracle.test_homogeneity().pvalue, abs=1e-8)
    assert found.mean.estimate == pytest.approx(oracle.mean_effect_re, abs=1e-8)
    largest = max(oracle.sd_eff_w_re_hksj, oracle.sd_eff_w_re)
    assert found.mean.se == pytest.approx(largest, abs=1e-8)
    assert found.mean.df == 7


def test_without_differences_the_mean_is_the_fixed_one():
    from statsmodels.stats.meta_analysis import combine_effects

    y = 0.1 + 0.02 * np.sin(np.arange(8))
    oracle = combine_effects(y, V, method_re="pm")
    found = heterogeneity(topics(y), UK_US, margin=0.05)
    assert (found.tau2, found.i2) == (0.0, 0.0)
    assert found.mean.estimate == pytest.approx(oracle.mean_effect_fe, abs=1e-10)
    assert found.mean.se == pytest.approx(oracle.sd_eff_w_fe, abs=1e-10)


def test_topics_are_shrunken_by_their_own_variance():
    found = heterogeneity(topics(), UK_US, margin=0.05)
    for effect, kept, y, v in zip(found.topics, found.weight, Y, V, strict=True):
        pull = 5 / 7 * v / (v + found.tau2)
        assert kept == pytest.approx(1 - pull)
        assert effect.estimate == pytest.approx((1 - pull) * y + pull * found.mean.estimate)
        assert f"{kept:.2f} of its own estimate {y:+.3f}" in effect.method
    assert found.topics[3].estimand == "correct: uk minus us (topic t3)"
    assert found.weight[7] > found.weight[3]


def test_three_topics_are_not_shrunken_and_two_predict_nothing():
    three = heterogeneity(topics(Y[:3], V[:3]), UK_US, margin=0.05)
    assert three.weight == (1.0, 1.0, 1.0)
    assert [effect.estimate for effect in three.topics] == pytest.approx(Y[:3].tolist())
    assert three.prediction[0] < three.mean.ci[0]
    two = heterogeneity(topics(Y[:2], V[:2]), UK_US, margin=0.05)
    assert math.isnan(two.prediction[0])
    assert not math.isnan(two.mean.estimate)


def test_one_topic_gives_nan_with_the_count():
    one = heterogeneity(topics(Y[:1], V[:1]), UK_US, margin=0.05)
    assert one.mean.note == "1 topics with an effect; two are needed"
    assert math.isnan(one.tau2)
    assert one.topics == ()


def test_intervals_cover_over_topics_and_for_the_mean():
    rng = np.random.default_rng(3)
    means = shares = new = 0.0
    runs = 150
    for _ in range(runs):
        truth = 0.03 + 0.08 * rng.normal(size=12)
        items = rng.integers(20, 60, 12)
        y = truth + 0.4 / np.sqrt(items) * rng.normal(size=12)
        found = heterogeneity(topics(y, 0.16 / items * rng.chisquare(items - 1) / (items - 1)), UK_US, margin=0.05)
        means += found.mean.ci[0] <= 0.03 <= found.mean.ci[1]
        shares += np.mean([own.ci[0] <= true <= own.ci[1] for own, true in zip(found.topics, truth, strict=True)])
        low, high = found.prediction
        new += low <= 0.03 + 0.08 * rng.normal() <= high
    print(f"\nmean {means / runs:.1%}, topics {shares / runs:.1%}, a new topic {new / runs:.1%} covered")
    assert means / runs >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)
    assert shares / runs >= 0.93
    assert new / runs >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)


def test_bad_input_is_named():
    with pytest.raises(SamplesError, match="1 of 8 topics without a finite estimate and a variance above 0: t2"):
        heterogeneity(topics(v=np.where(np.arange(8) == 2, 0.0, V)), UK_US, margin=0.05)
    with pytest.raises(UnknownNameError, match="unknown method 'reml'; methods are: paule-mandel, dersimonian-laird"):
        heterogeneity(topics(), UK_US, margin=0.05, between="reml")
    with pytest.raises(ValueError, match="margin is 0"):
        heterogeneity(topics(), UK_US, margin=0)
    flat = by_topic(np.zeros(40), np.repeat(["a", "b"], 20), [np.arange(40)])
    with pytest.raises(SamplesError, match="2 of 2 topics"):
        heterogeneity(flat, UK_US, margin=0.05)
    assert between_topics(np.zeros(3), np.ones(3), "paule-mandel") == 0.0
