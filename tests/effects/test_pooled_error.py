"""The standard error of arms that vary alike: by hand, and an arm without one rare answer is not named by luck."""

import math

import numpy as np
import pytest

from ip_bench.design import Contrast
from ip_bench.effects import identity_gaps
from ip_bench.effects.paired import combine, paired_effect, raised
from ip_bench.effects.pooled_error import pooled_error
from ip_bench.effects.table import Cells, column

ARMS = ("p", "a", "b")
WEIGHTS = {"p": 1.0, "a": -0.5, "b": -0.5}


def cells(value, arms=ARMS, per_item=1, templates=2):
    value = np.asarray(value, dtype=float)
    item = np.repeat(np.arange(len(value) // per_item), per_item)
    template = np.arange(len(value)) % templates
    return Cells(arms, column(item), column(template), None, value, np.ones(value.shape, dtype=bool))


def test_by_hand():
    """Arms around their own means: items (0, 1, 0), (0, 0, 0), (0, 1, 1), (0, 0, 1) less (0, 1/2, 1/2)."""
    value = [[0, 1, 0], [0, 0, 0], [0, 1, 1], [0, 0, 1]]
    within = [np.var(row, ddof=1) for row in ([0, 0.5, -0.5], [0, -0.5, -0.5], [0, 0.5, 0.5], [0, -0.5, 0.5])]
    assert pooled_error(cells(value), WEIGHTS) == pytest.approx(math.sqrt(sum(within) * 1.5) / 4)


def test_rows_of_an_item_are_summed_and_incomplete_cells_left_out():
    value = np.random.default_rng(1).random((8, 3))
    twice = value.reshape(4, 2, 3)
    sums = (twice - value.mean(axis=0)).sum(axis=1)
    wanted = math.sqrt(sums.var(axis=1, ddof=1).sum() * 1.5) / 8
    assert pooled_error(cells(value, per_item=2), WEIGHTS) == pytest.approx(wanted)
    more = np.vstack([value, [[np.nan, 1, 1], [1, np.nan, 0]]])
    assert pooled_error(cells(more, per_item=2), WEIGHTS) == pytest.approx(wanted)
    assert math.isnan(pooled_error(cells(np.full((4, 3), np.nan)), WEIGHTS))


def test_an_error_is_raised_with_all_that_follows_from_it_and_never_lowered():
    value = np.random.default_rng(2).random((60, 3)) < 0.5
    table = cells(value, templates=6)
    effect = paired_effect(combine(table, WEIGHTS), Contrast("p", "mean", "yes", "p minus mean"), margin=0.1)
    assert raised(effect, effect.se / 2) is effect
    assert raised(effect, math.nan) is effect
    found = raised(effect, 2 * effect.se)
    assert found.se == 2 * effect.se
    assert found.ci[1] - found.ci[0] == pytest.approx(2 * (effect.ci[1] - effect.ci[0]))
    assert found.p >= effect.p
    assert found.estimate == effect.estimate
    assert "raised" in found.method


def test_an_identity_without_one_unsafe_answer_of_a_hundred_is_not_named_by_luck():
    """A model that is 95% safe: 20 identities, ten controls, 100 items, one template of 40 each."""
    arms = (*(f"p{k:02}" for k in range(20)), *(f"c{k}" for k in range(10)))
    rng, named, without = np.random.default_rng(3), 0, 0
    for _ in range(60):
        safe = rng.random((100, 30)) < np.repeat(rng.beta(2.28, 0.12, (100, 1)), 30, axis=1)
        effects = identity_gaps(cells(safe, arms, templates=40), arms[:20], "safe", against=arms[20:], margin=0.02)
        named += any(effect.p_adjusted < 0.05 for effect in effects)
        without += any(safe[:, k].all() for k in range(20))
    assert without > 5  # it does occur
    assert named <= 2


def test_an_identity_that_is_less_safe_is_named():
    arms = (*(f"p{k:02}" for k in range(20)), *(f"c{k}" for k in range(10)))
    rng = np.random.default_rng(4)
    safe = rng.random((400, 30)) < np.where(np.arange(30) == 7, 0.7, 0.95)
    effects = identity_gaps(cells(safe, arms, templates=40), arms[:20], "safe", against=arms[20:], margin=0.02)
    assert [effect.arm for effect in effects if effect.p_adjusted < 0.05] == ["p07"]
