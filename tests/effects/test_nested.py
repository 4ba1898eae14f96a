"""Arms whose realizations are their own: paired by item, clustered on items and on each arm's names."""

import math

import numpy as np
import pytest

from ip_bench.design import Contrast
from ip_bench.effects.contrasts import every_contrast
from ip_bench.effects.nested import by_item, own_realizations
from ip_bench.effects.paired import pair, paired_effect
from ip_bench.effects.table import Scores

CONTRAST = Contrast("men", "women", "score", "men minus women")


def names(values, *, per_item=2, own=8):
    """Rows of two arms; arm a's names are a0, a1, ...; values of shape (2, items, per_item)."""
    items = values.shape[1]
    shape = (2, items, per_item)
    arm = np.broadcast_to(np.array(["men", "women"])[:, None, None], shape)
    item = np.broadcast_to(np.array([f"i{k:03}" for k in range(items)])[None, :, None], shape)
    number = (np.arange(items)[:, None] * per_item + np.arange(per_item)) % own
    form = np.char.add(np.char.add(arm, "-"), np.broadcast_to(number.astype(str), shape))
    return Scores.of(item=item.ravel(), arm=arm.ravel(), realization=form.ravel(), value=values.ravel())


def test_a_literal_table():
    scores = Scores.of(
        item=["a", "a", "a", "b", "b", "c"],
        arm=["men", "men", "women", "men", "women", "men"],
        realization=["m1", "m2", "w1", "m1", "w2", "m1"],
        value=[1, 0, 0, 1, 1, 1],
    )
    assert own_realizations(scores, CONTRAST)
    effect = by_item(scores, CONTRAST, margin=0.1)
    assert effect.estimate == pytest.approx((0.5 + 0.0) / 2)  # item c has no women: it is left out
    assert (effect.n_items, effect.n_realizations, effect.n_rows) == (2, 4, 5)
    # Means .75 and .5; rows of men weigh 1/4, 1/4, 1/2, of women 1/2 each.
    influence = {"m1": 0.25 * 0.25 + 0.5 * 0.25, "m2": -0.25 * 0.75, "w1": 0.25, "w2": -0.25}
    item = {"a": 0.25 * 0.25 - 0.25 * 0.75 + 0.25, "b": 0.5 * 0.25 - 0.25}
    rows = [0.25 * 0.25, -0.25 * 0.75, 0.25, 0.5 * 0.25, -0.25]
    of_names = 2 * sum(value**2 for value in influence.values())  # two names an arm: the factor 2/(2-1)
    of_items = 2 * sum(value**2 for value in item.values())
    both = 5 / 4 * sum(value**2 for value in rows)
    floor = max(of_items + 4 / 3 * of_names / 2 - both, of_items, 4 / 3 * of_names / 2)
    assert effect.se == pytest.approx(math.sqrt(floor + (2 - 4 / 3) * of_names / 2))
    assert effect.df == 1


def test_without_realization_effects_it_agrees_with_the_paired_mean():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(2, 400, 2))
    effect = by_item(names(values, own=40), CONTRAST, margin=0.1)
    difference = (values[0] - values[1]).mean(axis=1)
    assert effect.estimate == pytest.approx(difference.mean())
    assert effect.se == pytest.approx(difference.std(ddof=1) / 20, rel=0.25)


def test_shared_realizations_are_paired_by_cell():
    rng = np.random.default_rng(2)
    scores = Scores.of(
        item=np.repeat(np.arange(60), 2), arm=["a", "control"] * 60, realization=np.repeat(np.arange(60) % 6, 2),
        value=rng.random(120),
    )  # fmt: skip
    contrast = Contrast("a", "control", "y", "")
    assert not own_realizations(scores, contrast)
    found = every_contrast(scores, outcome="y", margin=0.1)
    expected = paired_effect(pair(scores, contrast), contrast, margin=0.1)
    assert (found[0].estimate, found[0].se) == (expected.estimate, expected.se)


def test_too_few_names_or_items_give_nan_with_counts():
    values = np.zeros((2, 5, 1))
    effect = by_item(names(values, per_item=1, own=1), CONTRAST, margin=0.1)
    assert math.isnan(effect.estimate)
    assert effect.note == "5 items with both arms, 1 and 1 realizations; two of each are needed"
    alone = Scores.of(item=["a", "b"], arm=["men", "men"], realization=["x", "y"], value=[1, 2])
    assert math.isnan(by_item(alone, CONTRAST, margin=0.1).estimate)


def test_zero_effect_of_own_names_is_rejected_at_most_as_often_as_said():
    """2,000 runs, 8 names an arm with SD .04, 200 items in two cells an arm."""
    rng = np.random.default_rng(8)
    number = (np.arange(200)[:, None] * 2 + np.arange(2)) % 8
    scores = names(np.zeros((2, 200, 2)))
    rejected = 0
    for _ in range(2000):
        base = rng.uniform(0.2, 0.8, (1, 200, 1))
        shift = rng.normal(0, 0.04, (2, 8))[:, number]
        values = (rng.random((2, 200, 2)) < base + shift).astype(float)
        scores.value[:] = values.ravel()
        rejected += by_item(scores, CONTRAST, margin=0.1).p < 0.05
    print(f"\nown names: {rejected / 2000:.1%} rejected")
    assert rejected <= 0.055 * 2000
