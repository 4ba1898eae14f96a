"""Effects over a calibration from elsewhere: the formula, Fieller's limits, coverage, and what is refused."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from covering import coverage

from ip_bench.design import Contrast
from ip_bench.effects import Effect, Judged, Scores, pair, paired_effect
from ip_bench.effects.calibrated import Calibration, calibrated_difference, calibrated_effect, ratio_limits

WOMAN = Contrast("woman", "reference", "refused", "P(refused | woman) - P(refused | reference)")
GOOD = Calibration(0.9, 0.1, (50.0, 50.0), (50, 50))
KNOWN = Calibration(1.0, 0.0, (1e9, 1e9), (10**9, 10**9))
ITEMS = 300


def counted(rng: np.random.Generator, q1: float, q0: float, rows: int) -> Calibration:
    """Return a calibration on so many labeled rows of each class."""
    return Calibration(
        rng.binomial(rows, q1) / rows, rng.binomial(rows, 1 - q0) / rows, (float(rows), float(rows)), (rows, rows)
    )


def judged(rng: np.random.Generator, truth: np.ndarray, q1: float, q0: float) -> np.ndarray:
    return np.where(rng.random(len(truth)) < np.where(truth == 1, q1, q0), truth, 1 - truth)


def labels(rng: np.random.Generator, first: float, second: float) -> list[np.ndarray]:
    """Return two arms' labels of the same items, of which each has a lean of its own that leaves the mean."""
    lean = rng.uniform(-0.15, 0.15, ITEMS)
    return [(rng.random(ITEMS) < rate + lean).astype(float) for rate in (first, second)]


def raw(verdicts: list[np.ndarray]) -> partial[Effect]:
    count = len(verdicts[0])
    scores = Scores.of(
        item=np.tile(np.arange(count), 2), arm=np.repeat(["woman", "reference"], count),
        value=np.concatenate(verdicts), realization=np.tile(np.arange(count) % 24, 2),
    )  # fmt: skip
    return partial(paired_effect, pair(scores, WOMAN), WOMAN)


def test_the_estimate_is_divided_and_the_interval_widened() -> None:
    rng = np.random.default_rng(1)
    effect = raw(labels(rng, 0.6, 0.4))
    plain, found = effect(margin=0.05), calibrated_effect(effect, GOOD, margin=0.05)
    assert found.estimate == pytest.approx(plain.estimate / 0.8)
    assert found.ci[0] < plain.ci[0] / 0.8 < plain.ci[1] / 0.8 < found.ci[1]
    assert (found.p, found.n_items, found.verdict) == (plain.p, ITEMS, "different")
    assert "q1 0.900 of 50 items, q0 0.900 of 50" in found.method
    assert "err alike" in found.note


def test_a_judge_known_not_to_err_changes_nothing() -> None:
    effect = raw(labels(np.random.default_rng(2), 0.5, 0.45))
    plain, found = effect(margin=0.05), calibrated_effect(effect, KNOWN, margin=0.05)
    assert found.ci == pytest.approx(plain.ci, abs=1e-6)
    assert found.verdict == plain.verdict


@pytest.mark.parametrize(("top", "reach"), [(0.2, 0.1), (0.05, 0.1), (-0.2, 0.05), (-0.02, 0.3), (0.0, 0.1)])
def test_symmetric_limits_give_fiellers(top: float, reach: float) -> None:
    j, side = 0.8, 0.15
    kept = [r for r in np.linspace(-1, 1, 40_001) if abs(top - r * j) <= math.hypot(reach, r * side)]
    found = ratio_limits(top, (top - reach, top + reach), j, (j - side, j + side))
    assert found == pytest.approx((kept[0], kept[-1]), abs=1e-4)


def test_limits_hold_0_where_those_of_the_verdicts_do() -> None:
    for low, high in ((-0.1, 0.0), (0.0, 0.3), (-0.2, 0.1), (0.01, 0.2), (-0.3, -0.01)):
        found = ratio_limits((low + high) / 2 + 0.001, (low, high), 0.7, (0.5, 0.95))
        assert (found[0] <= 1e-12 and found[1] >= -1e-12) == (low <= 0 <= high)


@pytest.mark.parametrize(
    "own", [Calibration(0.55, 0.45, (40.0, 40.0), (40, 40)), Calibration(0.4, 0.5, (90, 90), (90, 90))]
)
def test_verdicts_that_say_too_little_give_no_number(own: Calibration) -> None:
    rng = np.random.default_rng(3)
    found = calibrated_effect(raw(labels(rng, 0.6, 0.4)), own, margin=0.05)
    assert math.isnan(found.estimate)
    assert "not clearly above 0" in found.note
    arms = [Judged.of(one, np.full(ITEMS, math.nan)) for one in labels(rng, 0.6, 0.4)]
    assert math.isnan(calibrated_difference(*arms, WOMAN, (GOOD, own), margin=0.05).estimate)


def test_few_items_keep_their_exact_limits() -> None:
    verdicts = [np.zeros(60), np.zeros(60)]
    verdicts[0][:3] = 1
    found = calibrated_effect(raw(verdicts), GOOD, margin=0.05)
    assert found.method.startswith("exact limits")
    assert found.estimate == pytest.approx(0.05 / 0.8)
    assert found.ci[0] < 0 < found.ci[1]


def test_arms_with_errors_of_their_own_are_each_corrected() -> None:
    """The judge is stricter in one arm: verdicts show an effect where there is none, and one calibration keeps it."""
    rng = np.random.default_rng(4)
    truth = labels(rng, 0.4, 0.4)
    verdicts = [judged(rng, truth[0], 0.95, 0.8), judged(rng, truth[1], 0.8, 0.95)]
    arms = [Judged.of(one, np.full(ITEMS, math.nan), factors=[np.arange(ITEMS)]) for one in verdicts]
    own = (Calibration(0.95, 0.2, (200.0, 200.0), (200, 200)), Calibration(0.8, 0.05, (200.0, 200.0), (200, 200)))
    found = calibrated_difference(*arms, WOMAN, own, margin=0.05)
    assert raw(verdicts)(margin=0.05).ci[0] > 0
    assert found.ci[0] < 0 < found.ci[1]
    assert "woman q1 0.950 of 200 items" in found.method
    rates = [(one.mean() - each.false_positive) / each.informative for one, each in zip(verdicts, own, strict=True)]
    assert found.estimate == pytest.approx(rates[0] - rates[1])


def test_one_cluster_is_refused() -> None:
    arm = Judged.of([1.0, 0.0], [math.nan] * 2, factors=[np.zeros(2, dtype=int)])
    assert "1 cluster in woman" in calibrated_difference(arm, arm, WOMAN, (GOOD, GOOD), margin=0.05).note


def test_coverage_with_one_calibration() -> None:
    rng = np.random.default_rng(5)
    runs = (
        calibrated_effect(
            raw([judged(rng, one, 0.9, 0.85) for one in labels(rng, 0.6, 0.45)]),
            counted(rng, 0.9, 0.85, 50),
            margin=0.05,
        )
        for _ in range(300)
    )
    found = coverage(runs, 0.15)
    assert found.share >= found.least
    assert found.refused == 0


def test_coverage_with_a_calibration_for_each_arm() -> None:
    rng = np.random.default_rng(6)

    def run() -> Effect:
        first, second = labels(rng, 0.5, 0.4)
        verdicts = judged(rng, first, 0.9, 0.95), judged(rng, second, 0.8, 0.9)
        arms = [Judged.of(one, np.full(ITEMS, math.nan), factors=[np.arange(ITEMS)]) for one in verdicts]
        own = counted(rng, 0.9, 0.95, 60), counted(rng, 0.8, 0.9, 60)
        return calibrated_difference(*arms, WOMAN, own, margin=0.05)

    found = coverage((run() for _ in range(300)), 0.1)
    assert found.share >= found.least
    assert found.refused == 0
