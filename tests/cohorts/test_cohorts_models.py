from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import planted
from sklearn.base import clone

from ip_bench.cohorts import Answers, Binary, Categorical, Item, Ordinal
from ip_bench.cohorts.compare import METHODS, Mean, mean_over_cells, scores
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.seeds import generator

FACTORIZATIONS = pytest.mark.parametrize("model", [Categorical(dims=4), Ordinal(dims=4), Binary(dims=4)])


@FACTORIZATIONS
def test_places_come_back(model: Any) -> None:
    """Up to a turn of the axes: a regression on the fitted places finds most of the true ones' variance."""
    made = planted(people=400, items=40, cohorts=0, dims=2, observed=0.7, options=4)
    fitted = clone(model).fit(made.answers)
    x = np.c_[np.ones(400), fitted.places_.mean]
    rest = made.place - x @ np.linalg.lstsq(x, made.place, rcond=None)[0]
    assert (1 - rest.var(0) / made.place.var(0) > 0.6).all()
    assert np.linalg.eigvalsh(fitted.places_.covariance).min() > 0


@FACTORIZATIONS
def test_predictions_are_probabilities_and_beat_the_item_mode(model: Any) -> None:
    train, held_out = planted(people=300, options=3, observed=0.5).answers.split(0.1, "test")
    fitted = clone(model).fit(train)
    p = fitted.predict_proba(held_out.person, held_out.item)
    assert p.shape == (len(held_out), 3)
    assert p.sum(1) == pytest.approx(np.ones(len(p)))
    mine, mode = scores(fitted, held_out), scores(METHODS["item_mode"](0).fit(train), held_out)
    assert mine.right.sum() > mode.right.sum()
    assert mine.loss.sum() < mode.loss.sum()


@FACTORIZATIONS
def test_a_fit_depends_on_content_and_seed_alone(model: Any) -> None:
    answers = planted(people=80, items=10).answers
    one, other = (clone(model).fit(answers).places_.mean for _ in range(2))
    assert (one == other).all()
    assert model.get_params()["dims"] == 4


def test_dimensions_without_evidence_shrink() -> None:
    fitted = Ordinal(dims=6).fit(planted(people=500, items=30, cohorts=0, dims=1, observed=0.8).answers)
    size = np.sqrt((fitted.params_.loadings**2).mean((0, 1)))
    assert size[0] > 0.5
    assert (size[1:] < 0.4 * size[0]).all()


def test_new_people_are_placed_where_they_would_be() -> None:
    answers = planted(people=400, items=40, observed=0.7).answers
    known, new = answers.of_people(np.arange(300)), answers.of_people(np.arange(300, 400))
    fitted = Categorical(dims=4).fit(known)
    places = fitted.fold_in(new)
    both = Categorical(dims=4).fit(answers)
    p = fitted.predict_at(places, new.person, new.item)
    within = both.predict_proba(new.person + 300, new.item)
    assert np.abs(p - within).mean() < 0.05
    few = fitted.fold_in(new.where(new.item < 3))
    assert np.trace(few.covariance, axis1=1, axis2=2).mean() > 2 * np.trace(places.covariance, axis1=1, axis2=2).mean()


def test_nobody_known_is_the_prior() -> None:
    answers = planted(people=60, items=10).answers
    fitted = Ordinal(dims=2).fit(answers)
    nothing = fitted.fold_in(replace(answers.where(np.zeros(len(answers), dtype=bool)), people=["p1"], groups=()))
    assert nothing.mean == pytest.approx(np.zeros((1, 2)))
    assert nothing.covariance[0] == pytest.approx(np.eye(2))


def test_posteriors_cover_the_truth() -> None:
    """On one dimension, 95% posterior intervals of true places hold most of them: uncertainty is neither left out."""
    made = planted(people=600, items=20, cohorts=0, dims=1, observed=0.6, options=3)
    fitted = Ordinal(dims=1).fit(made.answers)
    mean, sd = fitted.places_.mean[:, 0], np.sqrt(fitted.places_.covariance[:, 0, 0])
    true = (made.place[:, 0] - made.place.mean()) / made.place.std()
    true = true * np.sign(np.corrcoef(mean, true)[0, 1])
    assert 0.9 < (np.abs(mean - true) < 1.96 * sd).mean() <= 0.99


def test_a_large_table_is_fitted_on_a_sample_and_places_everyone() -> None:
    made = planted(people=900, items=30, cohorts=0, dims=2, observed=0.6)
    whole, sampled = Ordinal(dims=2).fit(made.answers), Ordinal(dims=2, max_cells=5_000).fit(made.answers)
    assert sampled.places_.mean.shape == (900, 2)
    p, q = (model.predict_proba(made.answers.person, made.answers.item) for model in (whole, sampled))
    assert np.abs(p - q).mean() < 0.03


def test_items_of_different_lengths() -> None:
    answers = planted(people=200, items=12, options=4).answers
    item, few = answers.item, 6
    items = [
        *(replace(each, options=("no", "yes"), scale="binary") for each in answers.items[:few]),
        *answers.items[few:],
    ]
    answer = np.where(item < few, answers.answer > 1, answers.answer)
    mixed = Answers.of(answers.person, item, answer, items, 200)
    for model in (Categorical(dims=2), Ordinal(dims=2), Binary(dims=2)):
        p = model.fit(mixed).predict_proba(mixed.person, mixed.item)
        assert p.sum(1) == pytest.approx(np.ones(len(p)))
        assert (p[mixed.item < few, 2:] < 1e-9).all()


@pytest.mark.parametrize("name", METHODS)
def test_every_method_fits_and_scores(name: str) -> None:
    train, held_out = planted(people=60, items=12, options=3).answers.split(0.2, "test")
    here = scores(METHODS[name](0).fit(train), held_out)
    assert here.cells.sum() == len(held_out)
    assert 0 < here.right.sum() < len(held_out)
    assert np.isnan(here.loss).all() == (name == "squared_error")


def test_chance_is_chance() -> None:
    train, held_out = planted(people=60, items=12, options=5).answers.split(0.2, "test")
    here = scores(METHODS["chance"](0).fit(train), held_out)
    assert mean_over_cells(here.right, here.cells).estimate == pytest.approx(0.2)
    assert mean_over_cells(here.loss, here.cells).estimate == pytest.approx(np.log(5))


def test_intervals_take_people_as_units() -> None:
    """Ten copies of every answer of a person are no more evidence than one."""
    right, cells = np.array([1.0, 0, 1, 1, 0, 1]), np.ones(6)
    assert mean_over_cells(10 * right, 10 * cells) == pytest.approx(mean_over_cells(right, cells))
    assert np.isnan(mean_over_cells(np.array([1.0]), np.ones(1)).low)


def test_shown_intervals_of_shares_end_where_shares_do() -> None:
    assert Mean(0.9, 0.7, 1.1).within(0, 1) == (0.9, 0.7, 1)
    assert Mean(0.1, -0.1, 0.3).within(0, 1) == (0.1, 0, 0.3)
    assert np.isnan(Mean(0.5, np.nan, np.nan).within(0, 1)[1:]).all()


def test_answers_refuse_what_is_no_answer() -> None:
    items = [Item("one", "", ("no", "yes"), "binary"), Item("two", "", ("a", "b", "c"), "categorical")]
    codes = [np.array(each) for each in ([0, 0, 1], [0, 1, 0], [1, 2, 0])]
    assert len(Answers.of(*codes, items, 2)) == 3
    with pytest.raises(IpBenchError, match=r"unknown answer code 2 of item one \(1 such"):
        Answers.of(codes[0], codes[1], np.array([2, 2, 0]), items, 2)
    with pytest.raises(IpBenchError, match=r"1 cells \(person, item\) occur twice"):
        Answers.of(codes[0], np.array([0, 0, 0]), np.array([1, 0, 1]), items, 2)
    with pytest.raises(IpBenchError, match="item codes are 0 to 7"):
        Answers.of(codes[0], np.array([0, 7, 0]), codes[2], items, 2)
    with pytest.raises(UnknownNameError, match="unknown scale 'likert'"):
        Item("x", "", ("a", "b"), "likert")
    with pytest.raises(IpBenchError, match="three people"):
        Ordinal().fit(Answers.of(*codes, items, 2))


@given(seed=st.integers(0, 1000))
def test_the_order_of_cells_says_nothing(seed: int) -> None:
    answers = planted(people=20, items=6).answers
    order = generator("order", seed).permutation(len(answers))
    again = Answers.of(answers.person[order], answers.item[order], answers.answer[order], answers.items, 20)
    for name in ("person", "item", "answer"):
        assert (getattr(again, name) == getattr(answers, name)).all()


@given(share=st.floats(0.05, 0.45), seed=st.integers(0, 50))
def test_a_split_is_a_partition(share: float, seed: int) -> None:
    answers = planted(people=30, items=8).answers
    kept, out = answers.split(share, seed)
    assert len(kept) + len(out) == len(answers)
    assert (kept.counts() + out.counts() == answers.counts()).all()
