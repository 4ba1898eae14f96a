"""A mixture of normals over people's true places, each of which is known only with its own uncertainty.

The Laplace posterior of a person, divided by the standard normal prior under which it was found, is what the answers
alone say of the place: exp(h'u - u'Lu/2). A mixture fitted to these likelihoods (Bovy, Hogg and Roweis, 2011) does not
take the scatter of people with few answers for spread, or their pull to the middle for a cohort. Components share one
covariance.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from ip_bench.cohorts.answers import Floats, Ints
from ip_bench.cohorts.factor import Places
from ip_bench.seeds import rng

ITERATIONS = 60
TOLERANCE = 1e-4  # nats a person
PRIOR = 5.0  # pseudo-people of the shared covariance, at a tenth of the population's
VALLEY_POINTS = 61
ALIKE = 1e-3  # places that differ by less are one
KNOWN = 0.75  # a dimension counts where answers leave at most this share of its variance, on average


class Evidence(NamedTuple):
    """What answers say of places: `pull` h (people, dims) and `precision` L (people, dims, dims)."""

    pull: Floats
    precision: Floats

    def of(self, chosen: Ints) -> Evidence:
        """Return the evidence of some people."""
        return Evidence(self.pull[chosen], self.precision[chosen])


class Mixture(NamedTuple):
    """Components: `weights` (groups,), `means` (groups, dims), the shared `covariance` (dims, dims)."""

    weights: Floats
    means: Floats
    covariance: Floats


class Expected(NamedTuple):
    """Under a mixture: log evidence (people,), membership (people, groups), place by group, shared spread."""

    log_evidence: Floats
    membership: Floats
    place: Floats
    spread: Floats


def known_dims(places: Places) -> Ints:
    """Return the dimensions of which answers tell something; at least the one they tell most of."""
    left = np.diagonal(places.covariance, axis1=1, axis2=2).mean(0)
    known = np.flatnonzero(left <= KNOWN)
    return known if len(known) else np.array([int(left.argmin())])


def evidence(places: Places, dims: Ints) -> Evidence:
    """Return what the answers alone say of the places in some dimensions."""
    covariance = places.covariance[:, dims[:, None], dims]
    inverse = np.linalg.inv(covariance)
    pull = (inverse @ places.mean[:, dims, None])[:, :, 0]
    values, vectors = np.linalg.eigh(inverse - np.eye(len(dims)))
    precision = (vectors * np.maximum(values, 0.0)[:, None, :]) @ vectors.transpose(0, 2, 1)
    return Evidence(pull, precision)


def expected(mixture: Mixture, given: Evidence) -> Expected:
    """Return memberships and places of people under a mixture."""
    inverse = np.linalg.inv(mixture.covariance)
    spread = np.linalg.inv(given.precision + inverse)
    pushed = mixture.means @ inverse
    total = given.pull[:, None, :] + pushed
    place = np.einsum("nij,ngj->ngi", spread, total)
    base = 0.5 * (np.linalg.slogdet(inverse)[1] + np.linalg.slogdet(spread)[1])
    log = np.log(mixture.weights) - 0.5 * (pushed * mixture.means).sum(1) + 0.5 * (total * place).sum(2) + base[:, None]
    top = log.max(1, keepdims=True)
    summed = top[:, 0] + np.log(np.exp(log - top).sum(1))
    return Expected(summed, np.exp(log - summed[:, None]), place, spread)


def parted(places: Floats, groups: int, *seed: object) -> Ints:
    """Return the k-means group of each place (people,); all are in one where no places differ."""
    from sklearn.cluster import KMeans

    if np.ptp(places, axis=0).max() < ALIKE:
        return np.zeros(len(places), dtype=np.int64)
    state = rng(*seed).randrange(2**31)
    return np.asarray(KMeans(groups, n_init=5, random_state=state).fit(places).labels_, dtype=np.int64)


def fit_mixture(given: Evidence, groups: int, *seed: object) -> Mixture:
    """Return a mixture of so many groups by EM, from k-means on the places under one group; one where none differ."""
    dims = given.pull.shape[1]
    one = _ascend(given, Mixture(np.ones(1), np.zeros((1, dims)), np.eye(dims)))
    if groups == 1:
        return one
    place = expected(one, given).place[:, 0]
    whitened = place @ np.linalg.inv(np.linalg.cholesky(np.cov(place.T).reshape(dims, dims) + 1e-9 * np.eye(dims))).T
    best, top = one, -np.inf
    for scaled in (place, whitened):
        labels = parted(scaled, groups, "mixture", len(place), groups, *seed)
        if labels.max() + 1 < groups:
            continue
        means = np.stack([place[labels == group].mean(0) for group in range(groups)])
        start = Mixture(np.full(groups, 1 / groups), means, one.covariance / 4)
        found = _ascend(given, start, one.covariance)
        value = float(expected(found, given).log_evidence.mean())
        if value > top:
            best, top = found, value
    return best


def valley(mixture: Mixture) -> float:
    """Return how shallow the shallowest valley between two groups is: 1 where a pair of them shares one peak.

    Along the line through two means, the lowest density between the peaks over the lower of the two peaks; the largest
    over all pairs. A mixture that only fits the shape of a continuum has no deep valleys (Ray and Lindsay, 2005).
    """
    inverse = np.linalg.inv(mixture.covariance)
    deepest = [0.0]
    middle = VALLEY_POINTS // 2
    for one, other in combinations(mixture.means, 2):
        line = one + np.linspace(-0.25, 1.25, VALLEY_POINTS)[:, None] * (other - one)
        off = line[:, None] - mixture.means
        density = np.exp(-0.5 * np.einsum("pgi,ij,pgj->pg", off, inverse, off)) @ mixture.weights
        left, right = int(density[: middle + 1].argmax()), middle + int(density[middle:].argmax())
        deepest.append(float(density[left : right + 1].min() / min(density[left], density[right])))
    return max(deepest)


def _ascend(given: Evidence, mixture: Mixture, whole: Floats | None = None) -> Mixture:
    last = -np.inf
    for _ in range(ITERATIONS):
        log, share, place, spread = expected(mixture, given)
        sizes = share.sum(0) + 1e-9
        means = np.einsum("ng,ngd->gd", share, place) / sizes[:, None]
        off = place - means
        scatter = np.einsum("ng,ngi,ngj->ij", share, off, off) + spread.sum(0)
        prior = 0.1 * PRIOR * (whole if whole is not None else np.eye(len(scatter)))
        mixture = Mixture(sizes / sizes.sum(), means, (scatter + prior) / (len(log) + PRIOR))
        value = float(log.mean())
        if value < last + TOLERANCE:
            break
        last = value
    return mixture
