"""Effects by topic: clustered means, topics without variance, topics too small."""

import math

import numpy as np
import pytest

from ip_bench.design import Contrast
from ip_bench.effects.clusters import clustered_mean, codes
from ip_bench.effects.heterogeneity import heterogeneity
from ip_bench.effects.topics import by_topic
from ip_bench.errors import SamplesError

UK_US = Contrast("uk", "us", "correct", "correct: uk minus us")


def test_effects_by_topic_are_clustered_means():
    rng = np.random.default_rng(1)
    item, form = np.repeat(np.arange(90), 2), rng.integers(0, 6, 180)
    topic = np.array(["law", "food", "sport"])[item % 3]
    difference = rng.integers(-1, 2, 180).astype(float)
    found = by_topic(difference, topic, [item, form])
    assert found.names == ("food", "law", "sport")
    own = topic == "law"
    variance = clustered_mean(difference[own], [codes(item[own]), codes(form[own])])
    assert found.estimate[1] == pytest.approx(difference[own].mean())
    assert found.variance[1] == pytest.approx(variance.covariance[0, 0])
    assert found.counts[1] == {"n_items": 30, "n_realizations": 6, "n_rows": 60}
    assert not found.note


def test_a_topic_without_variance_borrows_it_and_a_tiny_one_is_left_out():
    rng = np.random.default_rng(2)
    item = np.arange(61)
    topic = np.append(np.repeat(["a", "b", "c"], 20), "d")
    difference = rng.normal(size=61)
    difference[topic == "b"] = 0.0
    found = by_topic(difference, topic, [item])
    assert found.names == ("a", "b", "c")
    assert found.variance[1] == pytest.approx((found.variance[0] + found.variance[2]) / 2)
    assert found.note == (
        "left out, with one item or realization: d; all outcomes equal, variance of the other topics: b"
    )
    assert heterogeneity(found, UK_US, margin=0.05).mean.note == found.note


def test_differences_have_to_be_complete():
    with pytest.raises(SamplesError, match="1 of 3 differences are NaN"):
        by_topic([1.0, math.nan, 0.0], ["a", "a", "b"], [[0, 1, 2]])
