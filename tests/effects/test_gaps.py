"""Personalization bias: the published figure by hand, its noise, and what is left of it where there is none."""

import math

import numpy as np
import pytest

from ip_bench.effects.gaps import personalization_bias
from ip_bench.effects.groups import axis

GROUPS = 12


def scores(rng, items, spread=0.0, *, level=0.65, own=0.3, shifts=None):
    """Shares of items x groups: items differ, a share of the answers is drawn for each group alone."""
    base = np.clip(rng.normal(level, 0.1, items), 0.25, 0.75)[:, None]
    heard = np.where(rng.random((items, GROUPS)) < own, rng.random((items, GROUPS)), rng.random((items, 1)))
    if shifts is None:
        shifts = rng.normal(0, spread, GROUPS) if spread else np.zeros(GROUPS)
    return (heard < base + shifts).astype(float)


def test_the_published_figure_by_hand():
    safety = np.array([[1, 1], [1, 0], [1, 1], [1, 0.0]])  # 100% and 50%
    utility = np.array([[1, 1], [0, 0], [0, 1], [0, 0], [0, 0.0]])  # 20% and 40%
    found = personalization_bias([axis(safety), axis(utility)], draws=99)
    assert found.published == pytest.approx(math.sqrt(25**2 + 10**2))
    assert (found.groups, found.items) == (2, (4, 5))
    # Var(f_i - mean f) = Var(d)/4 for both groups, Var(d) the variance of the mean of the paired difference
    noise = sum(np.var(table[:, 0] - table[:, 1], ddof=1) / len(table) / 4 for table in (safety, utility))
    assert found.square == pytest.approx(25**2 + 10**2 - 100**2 * noise)
    assert found.debiased == pytest.approx(math.copysign(math.sqrt(abs(found.square)), found.square))


def test_the_square_is_signed_and_unbiased_where_no_group_differs():
    """Mean over 300 runs: PB is well above 0, its square less the noise is 0, plain variances would over-correct."""
    rng, squares, published, plain, rejected, covered = np.random.default_rng(4), [], [], [], 0, 0
    for run in range(300):
        axes = [axis(scores(rng, 150)), axis(scores(rng, 90, level=0.5))]
        found = personalization_bias(axes, permutation="flips", draws=199, seed=(run,))
        squares.append(found.square)
        published.append(found.published)
        plain.append(found.published**2 - 1e4 * sum((own.scores.var(axis=0) / len(own.scores)).mean() for own in axes))
        rejected += found.p <= 0.05
        covered += found.ci[0] == 0
    error = np.std(squares) / math.sqrt(300)
    print(f"\npublished {np.mean(published):.2f}; square {np.mean(squares):.2f} +- {error:.2f}")
    print(f"less plain variances: {np.mean(plain):.1f}")
    print(f"rejected {rejected / 300:.1%}, 0 in the interval {covered / 300:.1%}")
    assert np.mean(published) > 3
    assert abs(np.mean(squares)) < 3 * error
    assert min(squares) < 0
    assert np.mean(plain) < -5
    assert rejected / 300 <= 0.09
    assert covered / 300 >= 0.945


@pytest.mark.parametrize("true", [3.0, 8.0])
def test_the_interval_covers_a_bias_that_there_is(true):
    rng = np.random.default_rng(5)
    shifts = np.linspace(-1, 1, GROUPS)
    shifts = shifts / shifts.std() * true / 100
    covered, squares = 0, []
    for run in range(200):
        found = personalization_bias(
            [axis(scores(rng, 150, level=0.5, shifts=shifts))], permutation="flips", draws=199, seed=(run,)
        )
        covered += found.ci[0] <= true <= found.ci[1]
        squares.append(found.square)
    print(f"\nPB {true}: {covered / 200:.1%} covered, mean square {np.mean(squares):.1f}")
    assert covered / 200 >= 0.92
    assert np.mean(squares) == pytest.approx(true**2, rel=0.1)


def test_labels_within_items_reject_at_the_nominal_level_and_see_a_bias():
    rng = np.random.default_rng(6)
    p = [personalization_bias([axis(scores(rng, 60))], draws=79, seed=(run,)).p for run in range(150)]
    assert np.mean(np.array(p) <= 0.05) <= 0.10
    assert np.mean(p) == pytest.approx(0.5, abs=0.09)
    seen = personalization_bias([axis(scores(rng, 400, shifts=np.eye(GROUPS)[2] * -0.15))], draws=199)
    assert seen.p == pytest.approx(1 / 200)
    assert seen.published > seen.floor_high > seen.floor


def test_flips_and_labels_agree():
    own = axis(scores(np.random.default_rng(7), 300, 0.02))
    by_labels, by_flips = (personalization_bias([own], permutation=how).p for how in ("labels", "flips"))
    assert by_labels == pytest.approx(by_flips, abs=0.06)


def test_the_floor_from_this_run_and_from_controls_is_the_pb_of_noise():
    rng = np.random.default_rng(8)
    noise = [axis(scores(rng, 400)) for _ in range(40)]
    found = [personalization_bias([own], controls=[axis(own.scores[:, :4])], draws=99) for own in noise]
    mean = np.sqrt(np.mean([each.published**2 for each in found]))
    assert found[0].floor == pytest.approx(mean, rel=0.15)
    assert np.sqrt(np.mean([each.controls**2 for each in found])) == pytest.approx(mean, rel=0.15)
    assert math.isnan(personalization_bias(noise[:1], draws=99).controls)


def test_wordings_are_a_factor_of_the_noise():
    """Each wording of an identity shifts its answers by its own draw; clustered on items alone that looks like bias."""
    rng, by_items, by_both = np.random.default_rng(9), [], []
    item, wording = np.repeat(np.arange(120), 2), (np.repeat(np.arange(120), 2) + 4 * np.tile([0, 1], 120)) % 8
    for _ in range(60):
        shift = rng.normal(0, 0.08, (8, GROUPS))[wording]
        table = (rng.random((240, GROUPS)) < 0.5 + shift).astype(float)
        by_items.append(personalization_bias([axis(table, [item])], permutation="flips", draws=40).square)
        by_both.append(personalization_bias([axis(table, [item, wording])], permutation="flips", draws=40).square)
    assert np.mean(by_items) > 4
    assert abs(np.mean(by_both)) < 3 * np.std(by_both) / math.sqrt(60)


def test_missing_scores_are_left_out_on_either_path():
    rng = np.random.default_rng(10)
    table = scores(rng, 200, 0.05)
    table[rng.random(table.shape) < 0.1] = math.nan
    labels, flips = (personalization_bias([axis(table)], permutation=how, draws=199) for how in ("labels", "flips"))
    means = np.nanmean(table, axis=0)
    assert labels.published == pytest.approx(100 * means.std())
    assert labels.p == pytest.approx(flips.p, abs=0.1)


def test_groups_that_answer_alike_have_no_interval():
    found = personalization_bias([axis(np.tile([[1.0], [0.0], [1.0]], GROUPS))], draws=99)
    assert (found.published, found.p) == (0, 1)
    assert math.isnan(found.ci[0])
    assert found.note == "all 12 groups have the same mean on every axis: no interval"


def test_the_same_seed_gives_the_same_figures():
    own = axis(scores(np.random.default_rng(1), 50))
    assert repr(personalization_bias([own], draws=99)) == repr(personalization_bias([own], draws=99))


def test_bad_input_is_refused_by_name():
    rng = np.random.default_rng(1)
    own, other = axis(scores(rng, 20)), axis(scores(rng, 20)[:, :5])
    with pytest.raises(ValueError, match=r"2 axes with \[5, 12\] groups"):
        personalization_bias([own, other])
    with pytest.raises(ValueError, match=r"0 axes with \[\] groups"):
        personalization_bias([])
    with pytest.raises(ValueError, match="controls all axes"):
        personalization_bias([own, own], controls=[other])
    with pytest.raises(ValueError, match="unknown permutation 'rows'"):
        personalization_bias([own], permutation="rows")
    with pytest.raises(ValueError, match="5 draws"):
        personalization_bias([own], draws=5)
