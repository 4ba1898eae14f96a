"""Effects at a look: repeated p-values and intervals, the family adjusted over them."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.interim import alpha_at, repeated
from ip_bench.effects.paired import Pairs, paired_effect, summarize
from ip_bench.effects.sequential import Design, Interim, levels_of, look

DESIGN = Design(looks=(0.25, 0.5, 0.75, 1.0), margin=0.05, family=3)


def effect(estimate: float, se: float, df: float = 39, arm: str = "uk") -> Effect:
    labels = {"outcome": "uk", "arm": arm, "reference": "us", "n_items": 100, "n_realizations": 40, "n_rows": 200}
    return summarize(estimate, se, df, margin=0.05, alpha=0.05, method="t", **labels)


def test_the_table_and_the_look_agree():
    for estimate in (0.0, 0.02, 0.04, 0.07):
        for place in range(4):
            effects = [effect(estimate, 0.012), effect(0.0, 0.02, arm="au"), effect(0.0, 0.02, arm="ca")]
            mine = repeated(effects, DESIGN, place)[0]
            decision = look(DESIGN, [Interim(estimate, 0.012, 39)] * (place + 1))
            assert mine.ci_simultaneous == pytest.approx(decision.interval)
            if decision.verdict not in {"continue", "undecided"}:
                assert mine.verdict == decision.verdict


def test_the_repeated_p_is_the_alpha_whose_boundary_is_met():
    found = repeated([effect(0.03, 0.012)], dataclasses.replace(DESIGN, family=1), 2)[0]
    p = 2 * stats.t.sf(0.03 / 0.012, 39)

    def excess(alpha):
        design = Design(looks=DESIGN.looks, alpha=alpha)
        return levels_of(design, design.fractions()).difference[2] - p

    assert found.p == pytest.approx(brentq(excess, 1e-6, 0.49), rel=1e-4)
    assert found.p > p
    assert (found.p < 0.05) == (found.ci[0] > 0)


def test_p_is_never_0_and_at_most_1():
    small, large = repeated([effect(0.9, 0.001), effect(0.0001, 0.5)], DESIGN, 0)
    assert 0 < small.p <= 1e-10
    assert large.p == 1
    assert all(math.isnan(one.p) for one in repeated([dataclasses.replace(effect(0, 1), p=math.nan)], DESIGN, 1))


def test_exact_limits_are_those_of_the_look():
    key = [(f"i{k}", f"r{k % 8}", "t") for k in range(80)]
    pairs = Pairs.of(np.eye(1, 80, 3).ravel(), key, {"uk": 0, "us": 0})
    contrast = Contrast("uk", "us", "uk", "")
    alpha = alpha_at(DESIGN, 1)
    assert alpha < 0.05
    raw = paired_effect(pairs, contrast, margin=0.2, alpha=alpha, family=3)
    found = repeated([raw], DESIGN, 1)[0]
    assert found.ci_simultaneous == raw.ci_simultaneous
    plain = paired_effect(pairs, contrast, margin=0.2, alpha=0.05, family=3)
    assert found.ci_simultaneous[1] > plain.ci_simultaneous[1]
    assert found.verdict == "equivalent"
    assert found.alpha == 0.05
    assert "look 2 of 4" in found.method


def test_family_wise_error_over_looks_and_contrasts():
    """Three contrasts without an effect, four looks, stopped at will: Holm over repeated p-values holds."""
    rng = np.random.default_rng(8)
    steps = rng.normal(size=(4, 3, 1500)) * 0.5
    z = steps.cumsum(0) / np.sqrt(DESIGN.looks)[:, None, None]
    wrong = 0
    for run in range(1500):
        for place in range(4):
            worst = np.abs(z[place, :, run]).max()
            if worst < 2.2:  # cannot be significant in a family of three
                continue
            effects = [effect(float(one), 1.0, 1e6) for one in z[place, :, run]]
            if any(one.p_adjusted < 0.05 for one in repeated(effects, DESIGN, place)):
                wrong += 1
                break
    assert wrong / 1500 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 1500)


def test_a_family_larger_than_declared_is_refused():
    with pytest.raises(ValueError, match="4 effects have a p-value; the design was declared for a family of 3"):
        repeated([effect(0.1, 0.1)] * 4, DESIGN, 0)
