"""What knowing other models' answers saves on published responses, and how few calls any test could do with there.

Items are drawn with unequal chances: the more the two answers to an item are expected to differ, the more often it is
drawn, and the less a draw counts (Hansen and Hurwitz 1943), so that the estimate is still that of the plain mean over
items. What is expected of a model's items is learned from the answers of the other models alone.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from published import RUNS, Judged, each_arm, judged, paired
from ratios import Result, figures
from resampled import BATCH, FOLDER, Population, in_arms, planted, squares, turning
from scipy import stats
from sequential import ALPHA, EFFECT, POWER, Floats
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_predict

from ip_bench.reproduce.jin2024_data import DOMAINS
from ip_bench.reproduce.jin2024_files import read
from ip_bench.seeds import generator

UNIFORM = 0.2  # of the draws are from all items alike, so that no draw counts more than five times
#: Wald (1945): a test of one side's error ALPHA / 2 needs this much information on average to find an effect of 1.
WALD = 2 * (POWER * math.log(POWER / (ALPHA / 2)) + (1 - POWER) * math.log((1 - POWER) / (1 - ALPHA / 2)))


class Known(NamedTuple):
    """A population, its domain, the answers of the other models to its items (items, model, domain, arm), and the sets.

    `sets` are columns of 0 and 1, a question set each but the first.
    """

    population: Population
    domain: int
    others: Floats
    sets: Floats


class Found(NamedTuple):
    """One population's figures; variances are shares of that of items drawn alike, floors those of unpaired calls."""

    known: Known
    unpaired: int
    variance: float
    without: Judged
    planned: Judged
    learned: float
    floor: float
    learned_floor: float
    explained: float


def populations(folder: Path = FOLDER) -> list[Known]:
    """Return the populations, a model and domain each, of the items that all models answered in all arms."""
    models = read(folder).answers
    right = np.stack([[in_arms(one, domain) for domain in DOMAINS] for one in models]).transpose(2, 0, 1, 3)
    sizes = [len(models[0].correct[f"CF_{next(iter(DOMAINS))}", one]) for one in models[0].datasets]
    sets = np.eye(len(sizes))[np.repeat(np.arange(len(sizes)), sizes)][:, 1:]
    whole = ~np.isnan(right).any(axis=(1, 2, 3))
    return [
        Known(
            Population(f"{model.model}, {said} domain", right[whole, place, at]),
            at,
            np.delete(right[whole], place, axis=1),
            sets[whole],
        )
        for place, model in enumerate(models)
        for at, said in enumerate(DOMAINS.values())
    ]


def kinds(right: Floats) -> NDArray[np.intp]:
    """Return how many of the two answers to each item are right."""
    return right.sum(axis=-1).astype(int)


def expected(known: Known) -> Floats:
    """Return the square that is expected of each item's difference, learned from the other models alone.

    Each of these in turn is predicted from those that remain; what is learned so is told of the model left out by all.
    """
    models = range(known.others.shape[1])
    told = [_traits(np.delete(known.others, one, axis=1), known.sets) for one in models]
    shown = [kinds(known.others[:, one, known.domain]) for one in models]
    learner = LogisticRegression(max_iter=2_000).fit(np.concatenate(told), np.concatenate(shown))
    turned = EFFECT / (1 - float(known.others.mean()))
    chance = learner.predict_proba(_traits(known.others, known.sets))
    return np.asarray(chance @ [turned, 1 - turned / 2, 0.0])


def _traits(others: Floats, sets: Floats) -> Floats:
    """Return what is told of each item: how many answers are right, how many pairs differ, and its question set."""
    right = others.mean(axis=(1, 2, 3))
    apart = (others[..., 0] != others[..., 1]).mean(axis=(1, 2))
    return np.column_stack([right, right**2, apart, sets])


def hindsight(known: Known) -> Floats:
    """Return the same as a learner predicts it that is told the model's own answers to nine tenths of the items."""
    told = np.column_stack([known.others.reshape(len(known.others), -1), known.sets])
    learner = GradientBoostingClassifier(
        n_estimators=80, learning_rate=0.05, max_depth=3, subsample=0.7, random_state=0
    )
    folds = KFold(10, shuffle=True, random_state=0)
    chance = cross_val_predict(learner, told, kinds(known.population.right), cv=folds, method="predict_proba")
    turned = turning(known.population, EFFECT)
    return np.asarray(chance @ [turned, 1 - turned / 2, 0.0])


def chances(square: Floats, uniform: float = UNIFORM) -> Floats:
    """Return the chance of each item to be drawn: by the root of its expected square, and in part alike."""
    spread = np.sqrt(square)
    return np.asarray(uniform / len(spread) + (1 - uniform) * spread / spread.sum())


def variance(population: Population, chance: Floats) -> float:
    """Return the variance of a drawn item's weighted difference, with the effect planted."""
    return float((squares(population, EFFECT) / chance).mean() / len(chance)) - EFFECT**2


def measure(known: Known) -> Found:
    """Simulate the designs whose items are drawn by what other models answered, and compute the floors."""
    people = known.population
    alike = variance(people, chances(np.ones(len(people.right))))
    chance = chances(expected(known))
    own = variance(people, chance)
    design = paired(math.sqrt(own))
    seen = []
    for effect in (0.0, EFFECT):
        rng = generator("informed", people.name, effect)
        batches = (weighted(people, chance, effect, design.items[-1], rng) for _ in range(RUNS // BATCH))
        seen.append(judged(design, batches))
    unpaired = 2 * each_arm(people)
    learned = variance(people, chances(hindsight(known), uniform=0.0))
    floor, learned_floor = (2 * WALD * one / EFFECT**2 / unpaired for one in (alike, learned))
    ours = people.right[:, 0] - people.right[:, 1]
    theirs = (known.others[:, :, known.domain, 0] - known.others[:, :, known.domain, 1]).mean(axis=1)
    explained = float(np.corrcoef(ours, theirs)[0, 1] ** 2)
    return Found(known, unpaired, own / alike, *seen, learned / alike, floor, learned_floor, explained)


def weighted(people: Population, chance: Floats, effect: float, items: int, rng: np.random.Generator) -> Floats:
    """Return the weighted differences of a batch of runs (runs, items)."""
    chosen = rng.choice(len(chance), size=(BATCH, items), p=chance)
    answers = planted(people, chosen, effect, rng)
    return np.asarray((answers[..., 0] - answers[..., 1]) / (len(chance) * chance[chosen]))


def table(found: list[Found]) -> str:
    """Return the figures by population."""
    heads = (
        "answers of", "variance", "calls", "error", "power", "of unpaired", "variance in hindsight",
        "floor, drawn alike", "floor in hindsight", "explained",
    )  # fmt: skip
    rows = (
        (
            one.known.population.name, f"{one.variance:.2f}", f"{one.planned.calls:,.0f}", f"{one.without.staged:.3f}",
            f"{one.planned.staged:.3f}", f"{one.planned.calls / one.unpaired:.2f}", f"{one.learned:.2f}",
            f"{one.floor:.2f}", f"{one.learned_floor:.2f}", f"{one.explained:.2f}",
        )
        for one in found
    )  # fmt: skip
    return figures(heads, rows)


def result(folder: Path = FOLDER) -> Result:
    """Return the table and what follows from it; it has no row of the one table, where nothing is gained."""
    if not folder.is_dir():
        return Result("Not measured: the published responses are not at hand (IP_BENCH_SHARED).", [])
    found = [measure(one) for one in populations(folder)]
    unpaired = np.array([one.unpaired for one in found])
    calls = sum(one.planned.calls for one in found)
    alike, learned = (
        float(unpaired @ floors / unpaired.sum())
        for floors in ([one.floor for one in found], [one.learned_floor for one in found])
    )
    explained = [one.explained for one in found]
    fixed = (stats.norm.isf(ALPHA / 2) + stats.norm.ppf(POWER)) ** 2
    text = f"""What else a run could know or do, on the same populations with the same tests. Nothing comes to a quarter
of the unpaired design's calls over all of them.

Items drawn by what other models answered: the more the two answers to an item are expected to differ, the more often
it is drawn and the less a draw counts (Hansen and Hurwitz, 1943), so that the effect is still that on the plain mean
over items. What is expected is learned from the other three models alone, each predicted from the rest;
{UNIFORM:.0%} of the draws are from all items alike. Error and power hold ({RUNS:,} runs a figure), but which items one
model answers in two ways says little of another: {calls:,.0f} calls, {calls / unpaired.sum():.2f} of the unpaired
design's, more than without. "Variance" is that of a drawn item's difference as a share of what it is when all items
are drawn alike.

The floor: by Wald (1945) a test of errors a = {ALPHA / 2:g} a side and b = {1 - POWER:.1g} needs, however it looks,
2 [(1 - b) log((1 - b) / a) + b log(b / (1 - a))] = {WALD:.2f} times variance / effect^2 items on average, and the
fixed test {fixed:.2f} times that many. So stopping saves {1 - WALD / fixed:.0%} at most, with a look after each item
and no largest sample; the last column above is what it leaves here. With items drawn alike the floor is {alike:.2f} of
the unpaired design's calls. "In hindsight" the chances are learned from the model's own answers to nine tenths of the
items, which no run has: {learned:.2f}. A quarter takes two answers to an item that go together more than these do.

Adjusting an item's difference by those of other models, or by strata, changes nothing here, where an item's answers
change places at random. As published, the mean difference of the others explains {min(explained):.0%} to
{max(explained):.0%} of its variance ("explained").

{table(found)}"""
    return Result(text, [])


if __name__ == "__main__":
    print(result().text)
