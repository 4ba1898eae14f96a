"""Distances minus placebo distances: the count matrix, the bootstrap, the null, and what is refused."""

import math

import numpy as np
import pytest

from ip_bench.design import Contrast
from ip_bench.effects.distances import distance
from ip_bench.effects.ordinal import Counts, distance_effect, tabulate
from ip_bench.errors import SamplesError, UnknownNameError

UK_US = Contrast("uk", "us", "advice", "distance of advice, uk and us")
LEVELS = 5


def arms(rng, items=120, *, forms=8, shift=0.0, of_form=0.0, names=("cue", "reference", "placebo")):
    """Ordinal answers of each arm on the same cells; `of_form` is the SD of what a realization does to an arm."""
    item, form = np.repeat(np.arange(items), 2), np.arange(2 * items) % forms
    base = rng.normal(size=items)[item]
    made = {}
    for name in names:
        latent = base + 0.5 * rng.normal(size=2 * items) + (shift if name == "cue" else 0.0)
        latent = latent + (of_form * rng.normal(size=forms)[form] if name != "reference" else 0.0)
        answer = np.searchsorted([-1, -0.3, 0.3, 1], latent)
        made[name] = tabulate(answer, item, form, shape=(items, forms, LEVELS))
    return made


def measured(made, **options):
    return distance_effect(
        made["cue"],
        made["reference"],
        UK_US,
        measure=options.pop("measure", "wasserstein"),
        placebos=options.pop("placebos", [(made["placebo"], made["reference"])]),
        margin=options.pop("margin", 0.05),
        **options,
    )


def test_rows_become_counts():
    made = tabulate([0, 2, 2, -1, 1], [0, 0, 1, 1, 1], [0, 1, 0, 0, 0], shape=(2, 2, 3))
    assert made.missing == 1
    assert made.table.tolist() == [[[1, 0, 0], [0, 0, 1]], [[0, 1, 1], [0, 0, 0]]]
    assert tabulate([0, 1], [0, 1], shape=(2, 1, 2)).table.shape == (2, 1, 2)


def test_the_estimate_is_the_plain_difference_less_its_bootstrap_bias():
    made = arms(np.random.default_rng(1), shift=0.6)
    found = measured(made)
    totals = {name: own.table.sum(axis=(0, 1)) for name, own in made.items()}
    plain = [distance(totals[name], totals["reference"], "wasserstein") for name in ("cue", "placebo")]
    assert f"plain distance {plain[0]:.3f} (bias " in found.note
    assert f"of placebo {plain[1]:.3f} (bias " in found.note
    assert found.estimate == pytest.approx(plain[0] - plain[1], abs=0.02)
    assert (found.arm, found.reference) == ("uk minus placebo", "us")
    assert (found.n_items, found.n_realizations, found.n_rows, found.df) == (120, 8, 4 * 240, 7)


def test_the_bootstrap_is_that_of_whole_items():
    """Against a bootstrap that picks items one by one."""
    made = arms(np.random.default_rng(2), 60, forms=1, shift=0.6)
    found = measured(made, draws=4000)
    rng = np.random.default_rng(3)
    drawn = []
    for _ in range(1500):
        pick = rng.integers(0, 60, 60)
        cue, reference, placebo = (made[name].table[pick].sum(axis=(0, 1)) for name in ("cue", "reference", "placebo"))
        drawn.append(distance(cue, reference, "wasserstein") - distance(placebo, reference, "wasserstein"))
    assert found.se == pytest.approx(np.std(drawn), rel=0.06)
    assert "conditional on these realizations" in found.note
    assert (found.df, found.n_realizations) == (59, 0)


@pytest.mark.parametrize("measure", ["wasserstein", "total variation", "jensen-shannon"])
def test_the_null_is_covered_and_a_distance_alone_is_biased(measure):
    rng, hits, alone, runs = np.random.default_rng(4), 0, [], 60
    for _ in range(runs):
        made = arms(rng, 60, of_form=0.3)
        found = measured(made, measure=measure, draws=200)
        hits += found.ci[0] <= 0 <= found.ci[1]
        totals = [made[name].table.sum(axis=(0, 1)) for name in ("cue", "reference")]
        alone.append(distance(*totals, measure))
    print(f"\n{measure}: {hits / runs:.1%} covered, mean plain distance {np.mean(alone):.3f}")
    assert hits / runs >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)
    assert np.mean(alone) > 0.02


def test_an_effect_is_found():
    found = measured(arms(np.random.default_rng(5), 300, shift=1.0))
    assert found.verdict == "different"
    assert found.p < 0.01


def test_the_same_names_give_the_same_draws():
    made = arms(np.random.default_rng(6), 40)
    assert measured(made, draws=300) == measured(made, draws=300)
    assert measured(made, draws=300).se != measured(made, draws=300, measure="total variation").se


def test_several_placebos_are_averaged():
    made = arms(np.random.default_rng(7), 60, names=("cue", "reference", "placebo", "other"))
    two = measured(made, placebos=[(made["placebo"], made["reference"]), (made["other"], made["reference"])])
    singles = [measured(made, placebos=[(made[name], made["reference"])]) for name in ("placebo", "other")]
    assert two.estimate == pytest.approx(np.mean([one.estimate for one in singles]), abs=0.01)


def test_cells_that_an_arm_did_not_answer_leave_every_arm():
    made = arms(np.random.default_rng(8), 40)
    table = made["cue"].table.copy()
    table[:3] = 0
    found = measured(made | {"cue": Counts(table, 6)})
    assert (found.n_items, found.n_rows) == (37, 4 * 74)
    assert "6 cells not answered in all arms left out" in found.note
    assert found.n_missing_by_arm == {"uk": 6, "us": 0}


def test_a_distance_alone_has_no_test_against_zero():
    made = arms(np.random.default_rng(9), 300, shift=1.0)
    far = measured(made, placebos=[])
    assert (far.verdict, far.arm) == ("undecided", "uk")
    assert math.isnan(far.p)
    assert far.ci[0] >= 0
    assert far.note.endswith("read it beside a placebo's")
    near = measured(arms(np.random.default_rng(9), 400), placebos=[], margin=0.2)
    assert near.verdict == "equivalent"


def test_degenerate_input_gives_nan_with_counts():
    table = np.zeros((30, 1, 3))
    table[:, 0, 1] = 1
    same = Counts(table, 0)
    found = distance_effect(same, same, UK_US, measure="wasserstein", placebos=[(same, same)], margin=0.05)
    assert found.note == "the same answers in every arm (120 rows); nothing varies"
    assert math.isnan(found.p)
    one = Counts(table[:1], 0)
    found = distance_effect(one, one, UK_US, measure="wasserstein", margin=0.05)
    assert found.note == "1 items and 1 realizations answered in all arms; two are needed"
    empty = Counts(np.zeros((30, 1, 3)), 30)
    assert math.isnan(distance_effect(empty, same, UK_US, measure="wasserstein", margin=0.05).estimate)


def test_bad_input_is_named():
    made = arms(np.random.default_rng(10), 20)
    with pytest.raises(SamplesError, match="shapes"):
        distance_effect(made["cue"], Counts(np.ones((3, 1, 2)), 0), UK_US, measure="wasserstein", margin=0.05)
    with pytest.raises(UnknownNameError, match="unknown measure 'kl'"):
        measured(made, measure="kl")
    with pytest.raises(ValueError, match="margin is 0"):
        measured(made, margin=0)
    with pytest.raises(ValueError, match="draws is 10"):
        measured(made, draws=10)
    with pytest.raises(SamplesError, match=r"answer codes run from 0 to 7, not in -1..2"):
        tabulate([0, 7], [0, 1], shape=(2, 1, 3))
    with pytest.raises(SamplesError, match="one whole number a row"):
        tabulate([0, 1], [0.0, 1.0], shape=(2, 1, 3))
