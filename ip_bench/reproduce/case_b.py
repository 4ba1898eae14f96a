"""Case B, education disparity: paired differences of essay scores between dialects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ip_bench.effects.family import holm
from ip_bench.reproduce.authors import PAIRS, differences
from ip_bench.reproduce.interval import Estimate, family, mean_limits
from ip_bench.reproduce.jin2024_data import Essays, Floats, Printed
from ip_bench.reproduce.signflip import PUBLISHED_DRAWS, likeliest_p, redrawn_p, sign_flip_p


class Difference(NamedTuple):
    """One model's pair of dialects: the mean difference, the sign-flip test and ours beside what was printed."""

    model: str
    pair: str
    estimate: Estimate
    blank: int
    sign_flip_exact: float
    sign_flip_likeliest: float
    sign_flip_redrawn: float
    sign_flip_holm: float
    printed: Printed | None

    @property
    def errors_off(self) -> float:
        """How many standard errors of 1,000 draws lie between the printed p and the exact one."""
        p = self.sign_flip_exact
        if self.printed is None or math.isnan(p):
            return math.nan
        return (self.printed.p - p) / math.sqrt(max(p * (1 - p), 1e-12) / PUBLISHED_DRAWS)

    @property
    def reproduced(self) -> bool | None:
        """Whether the printed difference comes out to 6 digits and the printed p within 3 standard errors."""
        if self.printed is None:
            return None
        return abs(self.printed.difference - self.estimate.value) < 5e-7 and abs(self.errors_off) <= 3


def lines(essays: Sequence[Essays], printed: Mapping[tuple[str, str], Printed]) -> list[Difference]:
    """Return a line for each model and pair of dialects that has both files; Holm over all of them."""
    found = [
        _line(one, pair, difference, printed.get((one.model, pair)))
        for one in essays
        for pair in PAIRS
        if (difference := differences(one, pair)) is not None
    ]
    estimates = family([line.estimate for line in found])
    adjusted = holm([line.sign_flip_exact for line in found])
    return [
        line._replace(estimate=estimate, sign_flip_holm=p)
        for line, estimate, p in zip(found, estimates, adjusted, strict=True)
    ]


def _line(essays: Essays, pair: str, difference: Floats, printed: Printed | None) -> Difference:
    prompts = set().union(*(essays.scores[dialect.lower()] for dialect in pair.split("-")))
    p = sign_flip_p(difference)
    return Difference(
        model=essays.model,
        pair=pair,
        estimate=mean_limits(difference).estimate(),
        blank=len(prompts) - len(difference),
        sign_flip_exact=p,
        sign_flip_likeliest=likeliest_p(p),
        sign_flip_redrawn=redrawn_p(difference),
        sign_flip_holm=math.nan,
        printed=printed,
    )
