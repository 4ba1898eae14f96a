"""Linear heads over the features: p from weights, weights from labeled rows, both without anything but numbers."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ip_bench.outcomes.refusal.text import Completion, words

_BUCKETS = 4096
_HASHED = "#"  # the first character of a bucket's name; no feature has it
_SENTENCES = 3  # whose words are hashed: the opening
_DIGITS = 4  # of a weight in a file


@dataclass(frozen=True, slots=True)
class Head:
    """A bias and a weight for each feature that has one."""

    bias: float
    weights: Mapping[str, float]

    def score(self, features: Mapping[str, float]) -> float:
        """Return the log odds of some features; one without a weight counts nothing."""
        return self.bias + sum(self.weights.get(name, 0.0) * value for name, value in features.items())

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability of some features."""
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, self.score(features)))))

    @property
    def hashes(self) -> bool:
        """Whether words have weights, too."""
        return any(name.startswith(_HASHED) for name in self.weights)


def hashed(completion: Completion) -> dict[str, float]:
    """Return the words and pairs of words of an opening in 4,096 buckets, of length 1 as a vector.

    The bucket is a CRC-32: the same on any machine.
    """
    counts: dict[str, float] = {}
    for sentence in completion.sentences[:_SENTENCES]:
        said = [re.sub(r"\d", "0", word) for word in words(sentence.text)]
        for gram in [*said, *(f"{one} {other}" for one, other in pairwise(said))]:
            bucket = f"{_HASHED}{zlib.crc32(gram.encode()) % _BUCKETS}"
            counts[bucket] = counts.get(bucket, 0.0) + 1.0
    norm = math.sqrt(sum(count * count for count in counts.values()))
    return {bucket: count / norm for bucket, count in counts.items()}


def fitted(
    rows: Sequence[Mapping[str, float]], yes: Sequence[bool], strength: float, start: Head | None = None
) -> Head:
    """Return the head of a logistic regression with an L2 penalty; larger `strength` trusts the rows more.

    Its minimum is that of scikit-learn's `LogisticRegression(C=strength)`. With `start`, the penalty is on what is
    added to that head (its log odds are an offset, which scikit-learn does not have): a few dozen rows correct it, and
    what they do not speak of stays as it was.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    names = sorted({name for row in rows for name in row})
    table = np.array([[1.0, *(row.get(name, 0.0) for name in names)] for row in rows])
    offset = np.array([start.score(row) if start else 0.0 for row in rows])
    sign = np.where(np.asarray(yes), 1.0, -1.0)
    penalized = np.array([0.0, *(1.0 for _ in names)]) / strength

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (table @ weights + offset)
        slope = -(sign * expit(-margin)) @ table + penalized * weights
        return float(np.logaddexp(0, -margin).sum() + (penalized * weights**2).sum() / 2), slope

    options = {"maxiter": 10_000, "ftol": 1e-14, "gtol": 1e-7}
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", options=options).x
    bias, added = float(found[0]), dict(zip(names, map(float, found[1:]), strict=True))
    before = dict(start.weights) if start else {}
    weights = {name: round(added.get(name, 0.0) + before.get(name, 0.0), _DIGITS) for name in sorted({*added, *before})}
    return Head(round(bias + (start.bias if start else 0.0), _DIGITS), {name: w for name, w in weights.items() if w})
