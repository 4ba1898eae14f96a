"""Variance components: balanced analysis of variance, statsmodels, and unbiasedness without balance."""

import math

import numpy as np
import pandas as pd
import pytest

from ip_bench.effects.components import variance_components
from ip_bench.errors import SamplesError

ITEMS, FORMS, REPEATS = 12, 8, 3


def crossed(rng, items=ITEMS, forms=FORMS, repeats=REPEATS, item=0.5, form=0.3, cell=0.2, row=0.4):
    """Return difference, item, realization and replicate of a complete crossed pilot."""
    i, r, k = (axis.ravel() for axis in np.meshgrid(range(items), range(forms), range(repeats), indexing="ij"))
    a, b, c = (rng.normal(0, sd, n) for sd, n in ((item, items), (form, forms), (cell, items * forms)))
    return a[i] + b[r] + c[i * forms + r] + rng.normal(0, row, len(i)), i, r, k


def anova(y, i, r):
    """Return the textbook two-way analysis of variance with interaction, both factors random."""
    table = y.reshape(ITEMS, FORMS, REPEATS)
    grand, rows, columns, cells = table.mean(), table.mean((1, 2)), table.mean((0, 2)), table.mean(2)
    ms_item = FORMS * REPEATS * ((rows - grand) ** 2).sum() / (ITEMS - 1)
    ms_form = ITEMS * REPEATS * ((columns - grand) ** 2).sum() / (FORMS - 1)
    deviation = cells - rows[:, None] - columns + grand
    ms_cell = REPEATS * (deviation**2).sum() / ((ITEMS - 1) * (FORMS - 1))
    ms_row = ((table - cells[..., None]) ** 2).sum() / (ITEMS * FORMS * (REPEATS - 1))
    return {
        "item": (ms_item - ms_cell) / (FORMS * REPEATS),
        "realization": (ms_form - ms_cell) / (ITEMS * REPEATS),
        "cell": (ms_cell - ms_row) / REPEATS,
        "sampling": ms_row,
    }


def test_balanced_it_is_the_analysis_of_variance():
    y, i, r, k = crossed(np.random.default_rng(1))
    found = variance_components(y, i, r, k)
    for name, value in anova(y, i, r).items():
        assert getattr(found, name) == pytest.approx(value, abs=1e-8), name
    assert (found.items, found.realizations, found.cells, found.rows) == (12, 8, 96, 288)


def test_statsmodels_agrees_where_all_are_positive():
    """Balanced restricted maximum likelihood is the analysis of variance, where no component is at 0."""
    import statsmodels.api as sm

    y, i, r, _ = crossed(np.random.default_rng(5), items=10, forms=6, repeats=2, form=0.5, cell=0.4)
    frame = pd.DataFrame({"y": y, "i": i, "r": r, "c": i * 100 + r, "g": 1})
    parts = {"i": "0 + C(i)", "r": "0 + C(r)", "c": "0 + C(c)"}
    fit = sm.MixedLM.from_formula("y ~ 1", groups="g", vc_formula=parts, data=frame).fit(reml=True, method="lbfgs")
    fitted = dict(zip(fit.model.exog_vc.names, fit.vcomp, strict=True))
    found = variance_components(y, i, r)
    assert found.sampling == pytest.approx(fit.scale, rel=1e-3)
    for name, letter in (("item", "i"), ("realization", "r"), ("cell", "c")):
        assert getattr(found, name) == pytest.approx(fitted[letter], rel=5e-3), name


def test_labels_order_and_shifts_do_not_matter():
    y, i, r, k = crossed(np.random.default_rng(2))
    order = np.random.default_rng(3).permutation(len(y))
    plain = variance_components(y, i, r, k)
    other = variance_components(y[order] + 7, [f"item {n}" for n in i[order]], r[order] * 3 + 1, k[order])
    for name in ("item", "realization", "cell", "sampling"):
        assert getattr(other, name) == pytest.approx(getattr(plain, name), abs=1e-10)


def test_unbiased_without_balance():
    rng = np.random.default_rng(6)
    sums = np.zeros(4)
    runs = 400
    for _ in range(runs):
        y, i, r, _ = crossed(rng)
        keep = rng.random(len(y)) < 0.5
        found = variance_components(y[keep], i[keep], r[keep])
        sums += [found.item, found.realization, found.cell, found.sampling]
    assert sums / runs == pytest.approx([0.25, 0.09, 0.04, 0.16], abs=0.012)


def test_without_repeats_the_interaction_is_in_the_sampling():
    rng = np.random.default_rng(7)
    runs, total = 300, np.zeros(3)
    for _ in range(runs):
        y, i, r, _ = crossed(rng, repeats=1)
        found = variance_components(y, i, r)
        total += [found.item, found.realization, found.sampling]
    assert math.isnan(found.cell)
    assert "no cell is repeated" in found.note
    assert total / runs == pytest.approx([0.25, 0.09, 0.04 + 0.16], abs=0.015)
    parts = found.parts()
    assert 2 * parts.row**2 == pytest.approx(found.sampling)
    assert parts.cell == 0


def test_one_realization_an_item_leaves_all_to_the_item():
    rng = np.random.default_rng(8)
    r = np.arange(400) % 8
    y = rng.normal(0, 0.5, 400) + rng.normal(0, 0.3, 8)[r]
    found = variance_components(y, np.arange(400), r)
    assert math.isnan(found.sampling)
    assert "no item meets two realizations" in found.note
    assert found.parts().item == pytest.approx(0.5, abs=0.06)
    assert found.parts().row == 0


def test_negative_estimates_are_reported_and_planned_as_0():
    y, i, r, k = crossed(np.random.default_rng(9), item=0, form=0, cell=0)
    found = variance_components(y, i, r, k)
    negative = [name for name in ("item", "realization", "cell") if getattr(found, name) < 0]
    assert negative
    assert all(name in found.note for name in negative)
    assert all(getattr(found.parts(), name) == 0 for name in negative)


def test_missing_differences_are_left_out():
    y, i, r, k = crossed(np.random.default_rng(10))
    holed = y.copy()
    holed[::5] = np.nan
    keep = ~np.isnan(holed)
    assert variance_components(holed, i, r, k) == variance_components(y[keep], i[keep], r[keep], k[keep])


@pytest.mark.parametrize(
    ("y", "i", "r", "k", "said"),
    [
        ([1.0, 2.0], [0, 0], [0, 1], None, "1 items and 2 realizations in 2 complete pairs"),
        ([1.0, 2.0, 3.0], [0, 1, 2], [0, 0, 0], None, "3 items and 1 realizations"),
        ([1.0, np.inf], [0, 1], [0, 1], None, "1 of 2 values of difference are infinite"),
        ([1.0, 2.0, 3.0], [0, 1], [0, 1, 1], None, "cluster factor 0 has shape"),
        ([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0], "1 of 4 rows repeat a replicate"),
        ([np.nan, np.nan], [0, 1], [0, 1], None, "0 items and 0 realizations in 0 complete pairs"),
    ],
)
def test_bad_input(y, i, r, k, said):
    with pytest.raises(SamplesError, match=said):
        variance_components(y, i, r, k)
