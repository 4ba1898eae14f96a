"""Distances of answers to opinion questions: by hand, against plain formulas, and what noise does to them."""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from ip_bench.design import Contrast, rotate
from ip_bench.effects import opinion
from ip_bench.effects.distances import distance
from ip_bench.effects.effect import Effect
from ip_bench.effects.opinion import DISTANCE, SHIFT, compared, opinion_effects, opinion_members, variance
from ip_bench.effects.opinion_table import Answer, tabled
from ip_bench.effects.table import crossed
from ip_bench.errors import SamplesError, UnknownNameError
from ip_bench.outcomes.measures import members_of

PLACEBOS = ("p1", "p2")
UK = {outcome: Contrast("uk", "us", outcome, "", True, PLACEBOS) for outcome in (SHIFT, DISTANCE)}
OPTIONS = 4


def point(place: int, options: int = OPTIONS) -> tuple[float, ...]:
    return tuple(float(k == place) for k in range(options))


def answers_of(places: dict[str, Sequence[int]], item: str, scale: Any = "ordinal") -> list[Answer]:
    """Return one answer a cell and arm; a place of -1 is a response without an outcome."""
    return [
        Answer(item, f"b{cell}", f"t{cell}", arm, scale, () if place < 0 else point(place))
        for arm, given in places.items()
        for cell, place in enumerate(given)
    ]


def drawn(
    rng: np.random.Generator,
    *,
    items: int = 120,
    shift: float = 0.0,
    noise: float = 0.6,
    apart: bool = False,
    block: float = 0.3,
    soft: bool = False,
) -> list[Answer]:
    """Return answers that cut a latent opinion: noise of each wording, of each arm's block, and a shift up or down.

    With `apart`, the noise of a cell is the same in all arms but uk, whose answers have the same distribution.
    """
    blocks, templates = [f"b{k:02d}" for k in range(16)], [f"t{k:02d}" for k in range(12)]
    own, sign = rng.normal(size=items), rng.choice([-1, 1], items)
    common, found = rng.normal(0, noise, (items, 3)), []
    for arm in ("us", "uk", "reference", *PLACEBOS):
        of_block = dict(zip(blocks, rng.normal(0, block, len(blocks)), strict=True))
        wording = common if apart and arm != "uk" else rng.normal(0, noise, (items, 3))
        for item in range(items):
            for place, cell in enumerate(rotate(item, blocks, templates, 3)):
                latent = own[item] + of_block[cell.realization_id] + wording[item, place]
                latent += shift * sign[item] if arm == "uk" else 0.0
                if soft:
                    below = [1 / (1 + math.exp((latent - cut) / 0.4)) for cut in (-0.7, 0.0, 0.7)]
                    weights = tuple(np.diff([0.0, *below, 1.0]).tolist())
                else:
                    weights = point(sum(latent > cut for cut in (-0.7, 0.0, 0.7)))
                found.append(Answer(f"i{item:03d}", *cell, arm, "nominal" if item % 8 == 0 else "ordinal", weights))
    return found


# --- by hand

HAND = [
    *answers_of({"us": [0, 0, 1], "uk": [2, 2, 1], "reference": [0, 0, 0], "p1": [0, 0, 1], "p2": [0, 0, 0]}, "one"),
    *answers_of(
        {"us": [0, 0, 0], "uk": [3, 0, 0], "reference": [1, 1, 1], "p1": [1, 1, 1], "p2": [1, 1, 2]}, "two", "nominal"
    ),
]


def test_two_items_by_hand() -> None:
    effects = {(one.outcome, one.arm): one for one in opinion_effects(HAND, list(UK.values()), margin=0.05)}
    # one: two of three answers move by two of three steps; two: one of three answers turns.
    assert effects[DISTANCE, "uk"].estimate == pytest.approx((4 / 9 + 1 / 3) / 2)
    # one: of its three pairs of cells, one agrees on two steps (1 + 1 squared, over 3); two: no pair agrees.
    assert effects[SHIFT, "uk"].estimate == pytest.approx((2 / 3 / 3 + 0) / 2)
    # placebos: p1 moves a third of one by a step, p2 turns a third of two.
    assert effects[DISTANCE, "placebo"].estimate == pytest.approx(((1 / 9 + 0) / 2 + (0 + 1 / 3) / 2) / 2)
    assert effects[DISTANCE, "uk minus placebo"].estimate == pytest.approx(
        effects[DISTANCE, "uk"].estimate - effects[DISTANCE, "placebo"].estimate
    )
    assert effects[SHIFT, "placebo"].estimate == 0


@pytest.mark.parametrize(("scale", "measure"), [("ordinal", "wasserstein"), ("nominal", "total variation")])
def test_a_distance_is_that_of_the_pooled_answers(scale: Any, measure: Any) -> None:
    rng = np.random.default_rng(3)
    for options in (2, 3, 5):
        shares = rng.dirichlet(np.ones(options), size=(2, 3))
        found = [
            Answer("i", f"b{cell}", "t", arm, scale, tuple(shares[side, cell].tolist()))
            for side, arm in enumerate(("uk", "us"))
            for cell in range(3)
        ]
        pairs, _ = compared(tabled([*found, *HAND]), {("uk", "us"): 1.0}, DISTANCE)
        own = pairs.difference[pairs.item.codes == pairs.item.names.index("i")]
        assert own.mean() == pytest.approx(float(distance(shares[0].mean(axis=0), shares[1].mean(axis=0), measure)))


def test_a_shift_is_the_mean_product_over_pairs_of_cells_and_its_square_root_a_distance() -> None:
    rng = np.random.default_rng(4)
    places = {arm: rng.integers(0, OPTIONS, 3).tolist() for arm in ("uk", "us")}
    table = tabled(answers_of(places, "i"))
    apart = [
        np.cumsum(np.subtract(point(one), point(other)))[:-1]
        for one, other in zip(places["uk"], places["us"], strict=True)
    ]
    wanted = np.mean([one @ other for one, other in combinations(apart, 2)]) / (OPTIONS - 1)
    assert compared(table, {("uk", "us"): 1.0}, SHIFT)[0].difference.mean() == pytest.approx(wanted)
    ends = tabled(answers_of({"uk": [3, 3, 3], "us": [0, 0, 0]}, "i"))
    assert compared(ends, {("uk", "us"): 1.0}, SHIFT)[0].difference.tolist() == pytest.approx([1, 1, 1])


# --- what enters


def test_a_cell_that_lacks_one_answer_is_left_out_of_every_arm() -> None:
    lost = [
        one._replace(weights=()) if (one.item, one.realization, one.arm) == ("one", "b2", "p1") else one for one in HAND
    ]
    without = [one for one in HAND if (one.item, one.realization) != ("one", "b2")]
    for outcome in (SHIFT, DISTANCE):
        own, reference = (
            next(e for e in opinion_effects(rows, [UK[outcome]], margin=0.05) if e.arm == "uk minus placebo")
            for rows in (lost, without)
        )
        assert (own.estimate, own.n_rows) == (reference.estimate, 5)
        assert own.n_missing_by_arm["p1"] == 1


def test_items_with_one_complete_cell_are_left_out_and_counted() -> None:
    single = answers_of({"us": [0, -1, -1], "uk": [1, 1, 1]}, "three")
    effect = opinion_effects([*HAND, *single], [UK[DISTANCE]], margin=0.05)[0]
    assert (effect.n_items, effect.n_rows) == (2, 6)
    assert "1 cells of items without a second complete one left out" in effect.note


def test_rows_may_come_in_any_order() -> None:
    rows = drawn(np.random.default_rng(1), items=30)
    mixed = random.Random(2).sample(rows, len(rows))
    contrasts = list(UK.values())
    for one, other in zip(
        opinion_effects(rows, contrasts, margin=0.05), opinion_effects(mixed, contrasts, margin=0.05), strict=True
    ):
        assert one.estimate == pytest.approx(other.estimate)
        assert one.se == pytest.approx(other.se)


def test_members_are_those_that_a_family_counts() -> None:
    contrasts = [*UK.values(), Contrast("p1", "reference", DISTANCE, ""), dataclasses.replace(UK[SHIFT], primary=False)]
    members = opinion_members(HAND, contrasts)
    assert len(members) == members_of(contrasts, {one.arm for one in HAND}) == 3 + 3 + 1 + 2
    bare = [one for one in HAND if one.arm not in PLACEBOS]
    assert len(opinion_members(bare, [UK[SHIFT]])) == members_of([UK[SHIFT]], {one.arm for one in bare}) == 1


def test_a_raw_distance_has_no_test_and_takes_no_part_in_the_family() -> None:
    effects = opinion_effects(drawn(np.random.default_rng(5), shift=1.5), list(UK.values()), margin=0.05)
    raw = {one.outcome: one for one in effects if one.arm == "uk"}
    assert math.isnan(raw[DISTANCE].p)
    assert raw[DISTANCE].verdict == "undecided"
    assert "above 0 by noise alone" in raw[DISTANCE].note
    minus = next(one for one in effects if one.outcome == DISTANCE and one.arm == "uk minus placebo")
    assert minus.p_adjusted == minus.p
    assert {one.margin for one in effects if one.outcome == SHIFT} == {0.05**2}
    assert raw[SHIFT].p_adjusted > raw[SHIFT].p


def test_answers_that_never_differ_are_equivalent_by_exact_limits() -> None:
    same = dict.fromkeys(("us", "uk", "reference", "p1"), (1, 1, 1))
    rows = [one for k in range(300) for one in answers_of(same, f"{k}")]
    effects = opinion_effects(rows, list(UK.values()), margin=0.05)
    raw = next(one for one in effects if one.outcome == DISTANCE and one.arm == "uk")
    assert (raw.estimate, raw.verdict) == (0.0, "equivalent")
    assert raw.ci[1] < 0.05
    assert all(one.estimate == 0 for one in effects)


def test_one_item_gives_no_number_and_says_why() -> None:
    effects = opinion_effects([one for one in HAND if one.item == "one"], [UK[SHIFT]], margin=0.05)
    assert all(math.isnan(one.estimate) and one.note.startswith("1 items and 3 realizations") for one in effects)


def test_realizations_that_move_together_add_to_the_variance() -> None:
    rng = np.random.default_rng(6)
    rows = drawn(rng, items=96, block=0.0)
    pairs, _ = compared(tabled(rows), {("uk", "us"): 1.0}, DISTANCE)
    factors = pairs.factors()
    assert len(factors) == 3
    alone = variance(pairs.difference, factors[:1])
    assert variance(pairs.difference, factors) >= alone
    together = pairs.difference + rng.normal(0, 0.3, 16)[factors[1]]
    assert variance(together, factors) > 4 * alone
    assert crossed(pairs.item, pairs.realization, pairs.template)[0] is pairs.item.codes


# --- what noise does (docs/cues_opinion.md has the figures of longer runs)

RUNS = 40
MOST = 5  # rejections by chance: 2 are expected of a test of 5%, 5 or fewer are seen in 98.6% of such runs


@lru_cache
def runs(shift: float = 0.0, *, apart: bool = False, soft: bool = False) -> dict[str, list[Effect]]:
    """Return the effects minus placebo of seeded worlds, by outcome."""
    found: dict[str, list[Effect]] = {SHIFT: [], DISTANCE: []}
    for seed in range(RUNS):
        rows = drawn(np.random.default_rng([seed, 11]), shift=shift, apart=apart, soft=soft)
        for effect in opinion_effects(rows, list(UK.values()), margin=0.05):
            if effect.arm == "uk minus placebo":
                found[effect.outcome].append(effect)
    return found


def rejected(effects: list[Effect]) -> int:
    return sum(one.p < 0.05 for one in effects)


@pytest.mark.parametrize("outcome", [SHIFT, DISTANCE])
def test_under_no_shift_the_estimate_is_unbiased_and_seldom_rejected(outcome: str) -> None:
    effects = runs()[outcome]
    estimates = np.array([one.estimate for one in effects])
    assert abs(estimates.mean()) < 3 * estimates.std() / math.sqrt(RUNS)
    assert rejected(effects) <= MOST
    assert np.mean([one.se for one in effects]) > 0.9 * estimates.std()


@pytest.mark.parametrize("outcome", [SHIFT, DISTANCE])
def test_a_planted_shift_is_found(outcome: str) -> None:
    effects = runs(1.0)[outcome]
    assert rejected(effects) >= 0.8 * RUNS
    assert all(one.estimate > 0 for one in effects)


def test_a_cue_that_only_changes_more_of_the_wording_has_a_distance_but_no_shift() -> None:
    effects = runs(apart=True)
    assert rejected(effects[DISTANCE]) >= 0.8 * RUNS
    assert rejected(effects[SHIFT]) <= MOST


def test_distributions_instead_of_points_are_calibrated_alike() -> None:
    assert rejected(runs(soft=True)[SHIFT]) <= MOST
    assert rejected(runs(1.0, soft=True)[SHIFT]) >= 0.8 * RUNS


# --- bad input


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([], "no answers"),
        ([HAND[0], HAND[0]], "two answers of arm 'us' in one cell"),
        ([HAND[0]._replace(weights=(0.5, 0.2))], "are not shares of two or more options"),
        ([HAND[0]._replace(weights=(math.nan, 1.0))], "are not shares"),
        ([HAND[0]._replace(weights=(1.0,))], "are not shares"),
        ([HAND[0], HAND[1]._replace(weights=(1.0, 0.0))], "two scales or two numbers of options"),
    ],
)
def test_answers_that_make_no_table_are_refused(rows: list[Answer], error: str) -> None:
    with pytest.raises(SamplesError, match=error):
        tabled(rows)


def test_unknown_names_are_refused() -> None:
    wrong: Any = "interval"
    with pytest.raises(UnknownNameError, match=r"unknown scale 'interval'.*ordinal, nominal"):
        tabled([HAND[0]._replace(scale=wrong)])
    with pytest.raises(UnknownNameError, match=r"unknown outcome 'answer'.*shift, distance"):
        opinion_effects(HAND, [Contrast("uk", "us", "answer", "")], margin=0.05)
    with pytest.raises(SamplesError, match="'uk' is arm and reference"):
        opinion_effects(HAND, [Contrast("uk", "uk", SHIFT, "")], margin=0.05)
    with pytest.raises(ValueError, match="margin is 0"):
        opinion_effects(HAND, [UK[SHIFT]], margin=0)


def test_an_arm_without_answers_gives_no_number() -> None:
    effect = opinion_effects(HAND, [Contrast("au", "us", SHIFT, "")], margin=0.05)[0]
    assert math.isnan(effect.estimate)
    assert effect.note.startswith("0 items")
    assert opinion.OUTCOMES == (SHIFT, DISTANCE)
