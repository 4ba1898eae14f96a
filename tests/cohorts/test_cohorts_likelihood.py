from __future__ import annotations

import numpy as np
import pytest
from populations import planted
from scipy.special import expit

from ip_bench.cohorts.answers import Floats
from ip_bench.cohorts.cells import Columns, chunks, symmetric
from ip_bench.cohorts.likelihood import Cumulative, Likelihood, Params, Softmax
from ip_bench.cohorts.shares import item_shares, pseudo_answers
from ip_bench.seeds import generator

BOTH = pytest.mark.parametrize("likelihood", [Softmax(), Cumulative()])


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> np.random.Generator:
    return generator("likelihood", request.node.name)


def params(likelihood: Likelihood, shares: Floats, dims: int) -> Params:
    started = likelihood.start(shares, dims)
    return Params(
        generator("loadings", dims).normal(size=started.loadings.shape), started.offsets, started.variance, started.free
    )


@BOTH
def test_probabilities_sum_to_one_and_skip_options_that_are_not_there(
    likelihood: Likelihood, draw: np.random.Generator
) -> None:
    shares = np.array([[0.2, 0.3, 0.5], [0.6, 0.4, 0.0]])
    item = np.array([0, 1, 1])
    p = likelihood.probabilities(params(likelihood, shares, 2), item, draw.normal(size=(2, 3)))
    assert p.shape == (3, 3)
    assert p.sum(0) == pytest.approx(np.ones(3))
    assert p[2, 1:] == pytest.approx(0)
    at_origin = likelihood.probabilities(params(likelihood, shares, 2), np.arange(2), np.zeros((2, 2)))
    assert pytest.approx(shares) == at_origin.T


def test_cumulative_is_the_formula() -> None:
    model = Params(np.array([[[1.5]]]), np.array([[-1.0, 0.5]]), np.zeros(1), 1)
    p = Cumulative().probabilities(model, np.array([0]), np.array([[0.8]]))[:, 0]
    assert np.cumsum(p)[:2] == pytest.approx(expit(np.array([-1.0, 0.5]) - 1.5 * 0.8))


@BOTH
def test_gradient_and_curvature_are_those_of_the_log_likelihood(
    likelihood: Likelihood, draw: np.random.Generator
) -> None:
    answers = planted(people=4, items=6).answers
    model = params(likelihood, item_shares(answers), 3)
    u = draw.normal(size=(4, 3))
    _, _, rows = next(chunks(answers, 10**6))

    def value(at: Floats) -> Floats:
        p = likelihood.probabilities(model, answers.item, np.ascontiguousarray(at.T)[:, answers.person])
        return np.bincount(answers.person, np.log(p[answers.answer, np.arange(len(answers))]), minlength=4)

    step = 1e-4
    pushed = likelihood.push(model, rows, u)
    for dim in range(3):
        move = np.zeros((4, 3))
        move[:, dim] = step
        slope = (value(u + move) - value(u - move)) / (2 * step)
        bend = -(value(u + move) - 2 * value(u) + value(u - move)) / step**2
        assert pushed.gradient[:, dim] == pytest.approx(slope, abs=1e-5)
        assert pushed.curvature[:, dim, dim] == pytest.approx(bend, abs=1e-4)
    assert pushed.curvature == pytest.approx(pushed.curvature.transpose(0, 2, 1))


@BOTH
def test_items_converge_to_the_penalized_optimum(likelihood: Likelihood, draw: np.random.Generator) -> None:
    """At the optimum every small change of the parameters lowers likelihood plus priors."""
    made = planted(people=60, items=5, cohorts=0, options=3)
    answers, u = made.answers, made.place
    prior, ridge = pseudo_answers(answers), np.ones(3)
    cells = Columns.of(answers)
    model = likelihood.start(item_shares(answers), 3)
    for _ in range(60):
        model = likelihood.improve(model, cells, [u], prior, ridge)

    def objective(loadings: Floats, offsets: Floats) -> float:
        here = Params(loadings, offsets, model.variance, model.free)
        p = likelihood.probabilities(here, answers.item, np.ascontiguousarray(u.T)[:, answers.person])
        origin = likelihood.probabilities(here, np.arange(5), np.zeros((3, 5)))
        fit = np.log(p[answers.answer, np.arange(len(answers))]).sum() + (prior.T * np.log(origin)).sum()
        return float(fit - 0.5 * (loadings**2).sum())

    top = objective(model.loadings, model.offsets)
    for _ in range(20):
        assert objective(model.loadings + 0.01 * draw.normal(size=model.loadings.shape), model.offsets) < top
        assert objective(model.loadings, model.offsets + 0.01 * draw.normal(size=model.offsets.shape)) < top


@BOTH
def test_turned_axes_say_the_same(likelihood: Likelihood, draw: np.random.Generator) -> None:
    shares = np.array([[0.2, 0.3, 0.5], [0.6, 0.1, 0.3]])
    model = params(likelihood, shares, 2)
    mean, axes, v = draw.normal(size=2), draw.normal(size=(2, 2)), draw.normal(size=(2, 2))
    moved = likelihood.moved(model, mean, axes)
    here = likelihood.probabilities(model, np.arange(2), mean[:, None] + axes @ v)
    assert likelihood.probabilities(moved, np.arange(2), v) == pytest.approx(here)


def test_symmetric_unpacks() -> None:
    assert symmetric(np.array([1.0, 2.0, 3.0]), 2).tolist() == [[1, 2], [2, 3]]
