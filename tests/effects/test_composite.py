"""The composite: rows without an outcome count as failures, and the arms' answers are counted."""

import math

import numpy as np
import pytest

from ip_bench.design import Contrast
from ip_bench.effects.clusters import clustered_mean, codes
from ip_bench.effects.composite import composite, composite_effect
from ip_bench.errors import SamplesError

UK_US = Contrast("uk", "us", "correct", "correct: uk minus us")
NAN = math.nan


def rows(rng, items=60, forms=8, refused=0.2):
    item, form = np.repeat(np.arange(items), 2), np.arange(2 * items) % forms
    treated, control = ((rng.random(2 * items) < 0.6).astype(float) for _ in range(2))
    treated[rng.random(2 * items) < refused] = NAN
    return treated, control, item, form


def test_a_missing_outcome_is_a_failure():
    assert composite([1.0, NAN, 0.0]).tolist() == [1, 0, 0]
    assert composite([1.0, NAN], otherwise=-1).tolist() == [1, -1]


def test_the_effect_is_the_clustered_paired_difference_of_composites():
    treated, control, item, form = rows(np.random.default_rng(1))
    found = composite_effect(treated, control, UK_US, [item, form], margin=0.05)
    difference = np.nan_to_num(treated) - np.nan_to_num(control)
    variance = clustered_mean(difference, [codes(item), codes(form)])
    assert found.estimate == pytest.approx(difference.mean())
    assert found.se == pytest.approx(math.sqrt(variance.covariance[0, 0]))
    assert (found.df, found.n_items, found.n_realizations, found.n_rows) == (7, 60, 8, 120)
    lost = int(np.isnan(treated).sum())
    assert found.n_missing_by_arm == {"uk": lost, "us": 0}
    assert found.note.startswith(f"answered: uk {120 - lost} of 120, us 120 of 120; other rows count as 0")


def test_refusing_is_an_effect_even_where_answers_agree():
    rng = np.random.default_rng(2)
    control = np.ones(200)
    treated = np.where(rng.random(200) < 0.3, NAN, 1.0)
    found = composite_effect(treated, control, UK_US, [np.arange(200)], margin=0.05)
    assert found.verdict == "different"
    assert found.estimate == pytest.approx(-np.isnan(treated).mean())


def test_one_item_or_bad_input():
    one = composite_effect([1.0, 0.0], [0.0, 0.0], UK_US, [[3, 3]], margin=0.05)
    assert math.isnan(one.estimate)
    assert "1 items" in one.note
    with pytest.raises(SamplesError, match="us has 1 rows, the others have 2"):
        composite_effect([1.0, 0.0], [0.0], UK_US, [[0, 1]], margin=0.05)
    with pytest.raises(SamplesError, match="infinite"):
        composite_effect([math.inf, 0.0], [0.0, 1.0], UK_US, [[0, 1]], margin=0.05)
    with pytest.raises(ValueError, match="margin is 0"):
        composite_effect([1.0, 0.0], [0.0, 1.0], UK_US, [[0, 1]], margin=0)
