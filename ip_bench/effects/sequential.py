"""Group-sequential looks at one contrast: stop as soon as "different" or "equivalent" is licensed.

Every look sees a prefix in which all realizations occur. Its clustered variance is v / n + s^2 / R: the items' part
falls, the realizations' part stays and is common to all looks, so Cov(estimate_j, estimate_k) = Var(estimate_k) for
j < k, and the looks follow the canonical process of `spending` with information 1 / Var.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import scipy

from ip_bench.effects.effect import Verdict
from ip_bench.effects.spending import boundaries, spent

Call = Literal["continue"] | Verdict
SMALLEST = 1e-300  # a p-value below it is not told apart from it


class Interim(NamedTuple):
    """What a look saw: the estimate, its (two-way clustered) standard error and degrees of freedom."""

    estimate: float
    se: float
    df: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What is declared before the run.

    `looks`: fractions of the largest sample at which to look, increasing to 1. `information`: the information fractions
    there, where the variance components are known (`designs.information_at`); default: the looks themselves, which is
    conservative when realizations vary. `target_se`: the standard error planned for the last look; when given, the
    fractions are estimated from the looks' own standard errors instead. `alpha`: two-sided error of "different", shared
    by `family` contrasts, and one-sided error of "equivalent" (as TOST), each spent by itself by the same function.
    `margin`: the equivalence margin, or None for no such verdict. `rho`: the power of Kim and DeMets. `futility`:
    without a margin, stop as undecided where the chance of "different" at the last look falls below it, given what was
    seen and an effect from there on whose t has the mean `drift` at the last look (conditional power); the errors hold
    whether one stops there or not.
    """

    looks: tuple[float, ...]
    alpha: float = 0.05
    margin: float | None = None
    spending: str = "kim-demets"
    rho: float = 2.0
    family: int = 1
    information: tuple[float, ...] | None = None
    target_se: float | None = None
    futility: float | None = None
    drift: float | None = None

    def __post_init__(self) -> None:
        """Raise ValueError (or UnknownNameError for the spending function) where the design is none."""
        if not self.looks or abs(self.looks[-1] - 1) > 1e-9:
            raise ValueError(f"looks are {self.looks}; they must increase to 1, the largest sample")
        if self.information is not None and len(self.information) != len(self.looks):
            raise ValueError(f"{len(self.information)} information fractions for {len(self.looks)} looks")
        if self.information is not None and self.target_se is not None:
            raise ValueError("information is given and target_se too; fractions are either planned or estimated")
        for name, value in (("alpha", self.alpha), ("margin", self.margin), ("target_se", self.target_se)):
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} is {value}; it must be a positive number")
        if not self.alpha < 0.5 or self.family < 1 or not self.rho > 0:
            raise ValueError(
                f"alpha is {self.alpha}, family {self.family} and rho {self.rho}; they must be below 0.5, 1 or more, "
                "and above 0"
            )
        if (self.futility is None) != (self.drift is None):
            raise ValueError(f"futility is {self.futility} and drift {self.drift}; both are given, or none")
        if self.futility is not None and not (0 < self.futility < 0.5 and math.isfinite(self.drift or 0)):
            raise ValueError(f"futility is {self.futility} at drift {self.drift}; it must be in (0, 0.5), at a number")
        if self.futility is not None and self.margin is not None:
            raise ValueError(
                f"futility is {self.futility} and margin {self.margin}; a design with a margin stops where there is no "
                "effect with a verdict"
            )
        levels_of(self, self.fractions())

    def fractions(self, history: Sequence[Interim] = ()) -> tuple[float, ...]:
        """Return the information fractions of all looks: planned ones, or (with `target_se`) those of the history.

        An estimated fraction is (target_se / se)^2, at least the last one and at most 1; looks to come, and looks
        without a standard error, keep their planned one where that is larger. The last look is always 1.
        """
        planned = self.information or self.looks
        if self.target_se is None:
            return planned
        found: list[float] = []
        for place, share in enumerate(planned):
            own = share
            if place < len(history) and history[place].se > 0:
                own = (self.target_se / history[place].se) ** 2
            floor = found[-1] * (1 + 1e-6) + 1e-9 if found else 1e-6
            found.append(1.0 if place == len(planned) - 1 else min(max(own, floor), 1 - 1e-6 * (len(planned) - place)))
        return tuple(found)


class Levels(NamedTuple):
    """The nominal levels of every look: two-sided for "different", one-sided for "equivalent"; and what is spent.

    Without a margin the second are NaN.
    """

    difference: tuple[float, ...]
    equivalence: tuple[float, ...]
    spent: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a look licenses.

    `verdict`: "continue", a verdict, or "undecided" at the last look. `boundary`: the z that |z| must exceed for
    "different", `level` the same as a two-sided p, `z` the estimate's own (its p under t with `df`, as a z).
    `interval`: the repeated confidence interval, which covers at every look at once (Jennison and Turnbull 1989);
    `inner`: the one that must lie within the margin (NaN without one). `spent`: the error of "different" spent up to
    this look.
    """

    look: int
    verdict: Call
    estimate: float
    se: float
    df: float
    z: float
    boundary: float
    level: float
    interval: tuple[float, float]
    inner: tuple[float, float]
    spent: float
    note: str = ""


def look(design: Design, history: Sequence[Interim]) -> Decision:
    """Return what the last look of the history licenses; nothing is drawn, stored or changed.

    Small degrees of freedom: the t statistic's p is compared with the boundary's nominal level (the significance-level
    approach of Jennison and Turnbull 2000). A standard error that is 0 or NaN licenses nothing, and the note says so.

    Raises:
        ValueError: for an empty history, or one longer than the design has looks.
    """
    place = len(history) - 1
    if not 0 <= place < len(design.looks):
        raise ValueError(f"{len(history)} looks in the history; the design has {len(design.looks)}, and one is needed")
    fractions = design.fractions(history)
    levels = levels_of(design, fractions if design.target_se is None else fractions[: place + 1])
    level, inner_level = levels.difference[place], levels.equivalence[place]
    last = place + 1 == len(design.looks)
    estimate, se, df = history[place]
    nan = math.nan
    boundary = float(scipy.stats.norm.isf(level / 2))
    known = math.isfinite(estimate) and math.isfinite(se) and se > 0 and df >= 1
    if not known:
        return Decision(
            look=place + 1, verdict="undecided" if last else "continue", estimate=estimate, se=se, df=df, z=nan,
            boundary=boundary, level=level, interval=(nan, nan), inner=(nan, nan), spent=levels.spent[place],
            note=f"standard error {se} with {df} degrees of freedom licenses no verdict",
        )  # fmt: skip
    p = float(2 * scipy.stats.t.sf(abs(estimate) / se, df))
    z = math.copysign(float(scipy.stats.norm.isf(max(p, SMALLEST) / 2)), estimate)
    interval = _around(estimate, se, df, level / 2)
    inner = _around(estimate, se, df, inner_level)
    equivalent = design.margin is not None and -design.margin < inner[0] and inner[1] < design.margin
    verdict: Call = "undecided" if last else "continue"
    note = ""
    if p < level:
        verdict = "different but negligible" if equivalent else "different"
    elif equivalent:
        verdict = "equivalent"
    elif abs(estimate) / se < futile_below(design, fractions, df)[place]:
        verdict = "undecided"
        note = f"stopped for futility: the chance of a difference at the last look is below {design.futility}"
    return Decision(
        look=place + 1, verdict=verdict, estimate=estimate, se=se, df=df, z=z, boundary=boundary, level=level,
        interval=interval, inner=inner, spent=levels.spent[place], note=note,
    )  # fmt: skip


def futile_below(design: Design, fractions: Sequence[float], df: float = math.inf) -> tuple[float, ...]:
    """Return the |t| of every look below which going on is futile; 0 where the design or the look stops for none.

    Conditional power (Lan, Simon and Halperin 1982): with B = t sqrt(f) at information f, the last look is reached
    with mean B + drift (1 - f) and variance 1 - f.
    """
    if design.futility is None or design.drift is None:
        return (0.0,) * len(fractions)
    last = float(scipy.stats.t.isf(levels_of(design, design.fractions()).difference[-1] / 2, df))
    chance = float(scipy.stats.norm.ppf(design.futility))
    found = (
        (last - design.drift * (1 - share) + chance * math.sqrt(1 - share)) / math.sqrt(share) for share in fractions
    )
    return (*(max(0.0, limit) for limit in list(found)[:-1]), 0.0)


def levels_of(design: Design, fractions: tuple[float, ...]) -> Levels:
    """Return the nominal levels of a design at these information fractions."""
    side = nominal(design.spending, design.rho, design.alpha / design.family / 2, fractions, two_sided=True)
    equivalence: tuple[float, ...] = (math.nan,) * len(fractions)
    if design.margin is not None:
        equivalence = nominal(design.spending, design.rho, design.alpha, fractions, two_sided=False)
    used = (2 * spent(design.spending, design.alpha / design.family / 2, each, design.rho) for each in fractions)
    return Levels(tuple(2 * level for level in side), equivalence, tuple(used))


@lru_cache(maxsize=4096)
def nominal(
    spending: str, rho: float, level: float, fractions: tuple[float, ...], *, two_sided: bool
) -> tuple[float, ...]:
    """Return the one-sided nominal level of each look, where `level` is the error of one side."""
    used = [spent(spending, level, fraction, rho) for fraction in fractions]
    return tuple(float(scipy.stats.norm.sf(limit)) for limit in boundaries(fractions, used, two_sided=two_sided))


def _around(estimate: float, se: float, df: float, tail: float) -> tuple[float, float]:
    reach = math.inf if tail == 0 else float(scipy.stats.t.isf(tail, df)) * se  # a NaN tail: an interval of no margin
    return estimate - reach, estimate + reach
