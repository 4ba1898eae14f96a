"""One calibration for both arms: the formula, coverage, and the refusal when the arms' errors differ."""

import math

import numpy as np
import pytest

from ip_bench.design import Contrast
from ip_bench.effects.judges import Judged, error_differences
from ip_bench.effects.pooled import pooled_difference
from ip_bench.effects.rogan_gladen import corrected_difference, moments

UK_US = Contrast("uk", "us", "harmful", "harmful: uk minus us")
NAN = math.nan


def draw(rng, rows, labeled, rate, q1, q0):
    """Return judged rows with a known rate."""
    truth = (rng.random(rows) < rate).astype(float)
    verdict = np.where(rng.random(rows) < np.where(truth == 1, q1, q0), truth, 1 - truth)
    label = np.full(rows, math.nan)
    seen = rng.permutation(rows)[:labeled]
    label[seen] = truth[seen]
    return Judged.of(verdict, label)


def judged(true_positive, missed, false_alarm, true_negative, *, unlabeled=(60, 140)):
    """Rows from counts: labeled ones by (verdict, label), then verdicts alone (yes, no)."""
    labeled = (true_positive, missed, false_alarm, true_negative)
    verdict = np.repeat([1.0, 0.0, 1.0, 0.0, 1.0, 0.0], [*labeled, *unlabeled])
    label = np.repeat([1.0, 1.0, 0.0, 0.0, NAN, NAN], [*labeled, *unlabeled])
    return Judged.of(verdict, label)


def test_arms_whose_errors_differ_get_no_common_calibration():
    good, lenient = judged(40, 2, 3, 55), judged(24, 18, 3, 55)
    p, largest = error_differences({"uk": good, "us": lenient}, 0.05)
    assert p < 0.01
    assert largest > 0.3
    found = pooled_difference(good, lenient, UK_US, margin=0.05)
    assert math.isnan(found.estimate)
    assert found.note.startswith("the arms' error rates differ (p = ")
    assert not math.isnan(corrected_difference(good, lenient, UK_US, margin=0.05).estimate)


def test_arms_whose_errors_look_alike_say_what_may_be_hidden():
    found = pooled_difference(judged(20, 4, 3, 33), judged(19, 5, 4, 32), UK_US, margin=0.05)
    assert not math.isnan(found.estimate)
    assert "show no difference (p = 1), but may differ by up to 0." in found.note


def test_coverage_with_one_calibration():
    rng, hits, refused, runs = np.random.default_rng(9), 0, 0, 400
    for _ in range(runs):
        uk, us = draw(rng, 300, 60, 0.5, 0.9, 0.9), draw(rng, 300, 60, 0.4, 0.9, 0.9)
        found = pooled_difference(uk, us, UK_US, margin=0.05)
        refused += math.isnan(found.estimate)
        hits += found.ci[0] <= 0.1 <= found.ci[1]
    print(f"\none calibration: {hits / (runs - refused):.1%} covered, {refused} of {runs} refused")
    assert hits / (runs - refused) >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / (runs - refused))
    assert refused / runs <= 0.06


def test_one_calibration_gives_the_attenuated_difference():
    rng = np.random.default_rng(10)
    uk, us = draw(rng, 900, 200, 0.5, 0.9, 0.9), draw(rng, 900, 200, 0.4, 0.9, 0.9)
    both = Judged.of(np.concatenate([uk.verdict, us.verdict]), np.concatenate([uk.label, us.label]))
    expected = (uk.verdict.mean() - us.verdict.mean()) / moments(both).informative
    found = pooled_difference(uk, us, UK_US, margin=0.05)
    assert found.estimate == pytest.approx(expected)
    assert found.ci[0] < found.estimate < found.ci[1]
