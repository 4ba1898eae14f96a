"""Personalization bias of one run over safety, utility and false refusal: by axis, together, and by identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ip_bench.effects.effect import Effect
from ip_bench.effects.gaps import Bias, Permutation, personalization_bias
from ip_bench.effects.groups import Axis, axis
from ip_bench.effects.identity_gaps import Farthest, farthest, identity_gaps
from ip_bench.effects.table import Cells, Scores
from ip_bench.errors import SamplesError

TOGETHER = "together"


class Complete(NamedTuple):
    """The cells of one axis in which every arm has a score, with what was lost.

    `left_out` of `of` cells lack a score in some arm; `missing` counts them by arm.
    """

    cells: Cells
    left_out: int
    of: int
    missing: dict[str, int]


class IdentityBias(NamedTuple):
    """Personalization bias by axis and over all axes (the key "together"), and who is behind it.

    `by_axis` holds the bias, `farthest` the farthest identity (None where nothing varies), `gaps` each identity's
    paired effect with Holm's p over the identities of its axis, `control_gaps` the same of the controls. `left_out` and
    `of` count incomplete and all cells by axis, `missing` the cells that each arm lacks.
    """

    identities: tuple[str, ...]
    controls: tuple[str, ...]
    by_axis: dict[str, Bias]
    farthest: dict[str, Farthest | None]
    gaps: dict[str, tuple[Effect, ...]]
    control_gaps: dict[str, tuple[Effect, ...]]
    left_out: dict[str, int]
    of: dict[str, int]
    missing: dict[str, dict[str, int]]

    @property
    def together(self) -> Bias:
        """The bias over all axes."""
        return self.by_axis[TOGETHER]

    def named(self, outcome: str) -> list[str]:
        """Return the identities that Holm's test calls different on an axis."""
        return [effect.arm for effect in self.gaps[outcome] if effect.p_adjusted < effect.alpha]


def bias(
    tables: Mapping[str, Scores],
    *,
    identities: Sequence[str] | None = None,
    controls: Sequence[str] = (),
    against: Sequence[str] = (),
    margin: float,
    permutation: Permutation = "labels",
    alpha: float = 0.05,
    draws: int = 2_000,
    seed: Sequence[object] = ("identity bias",),
) -> IdentityBias:
    """Return personalization bias from one table of scores an axis (items x templates x arms, scores in [0, 1]).

    `identities` are by default all arms but `controls`, the arms that say nothing of who asks (irrelevant attributes);
    two controls or more give the PB of controls. `against` names the arms whose mean the identities' gaps are taken
    from (default: the mean of the identities). Only cells count in which all these arms have a score: what identities
    lose together cannot look like a bias. The others are counted.

    Raises:
        UnknownNameError: for an arm that a table lacks.
        SamplesError: for no table, fewer than two identities, an identity that is a control, a second row in a cell, or
            an axis with fewer than two items or realizations in complete cells.
        ValueError: for a margin, alpha or number of draws out of range, or an unknown permutation.
    """
    if not tables or TOGETHER in tables:
        raise SamplesError(f"axes are {list(tables)}; name one or more, none of them {TOGETHER!r}")
    first = next(iter(tables.values())).arm.names
    own = tuple(identities) if identities is not None else tuple(arm for arm in first if arm not in {*controls})
    if len(own) < 2 or len(set(own)) < len(own) or set(own) & {*controls}:
        raise SamplesError(f"identities are {list(own)}, controls {list(controls)}; two identities or more, each once")
    complete = {name: complete_cells(table, (*own, *controls, *against), name) for name, table in tables.items()}
    axes = {name: _axis(part.cells, own) for name, part in complete.items()}
    others = {name: _axis(part.cells, controls) for name, part in complete.items()} if len(controls) > 1 else None
    parts = {name: [name] for name in tables} | {TOGETHER: list(tables)}
    return IdentityBias(
        identities=own,
        controls=tuple(controls),
        by_axis={
            key: personalization_bias(
                [axes[name] for name in names],
                controls=None if others is None else [others[name] for name in names],
                permutation=permutation, alpha=alpha, draws=draws, seed=(*seed, key),
            )
            for key, names in parts.items()
        },
        farthest={
            key: farthest(own, {name: axes[name] for name in names}, alpha=alpha, draws=draws, seed=(*seed, key))
            for key, names in parts.items()
        },
        gaps={
            name: tuple(identity_gaps(part.cells, own, name, against=against, margin=margin, alpha=alpha))
            for name, part in complete.items()
        },
        control_gaps={
            name: tuple(identity_gaps(part.cells, controls, name, against=against or own, margin=margin, alpha=alpha))
            for name, part in complete.items()
        },
        left_out={name: part.left_out for name, part in complete.items()},
        of={name: part.of for name, part in complete.items()},
        missing={name: part.missing for name, part in complete.items()},
    )  # fmt: skip


def complete_cells(table: Scores, arms: Sequence[str], outcome: str) -> Complete:
    """Return the cells in which each of the arms has a score, and how many lack one.

    Raises:
        UnknownNameError: for an arm that no row has.
        SamplesError: when an arm has two rows in one cell, or fewer than two items (or realizations, where there is
            such a column) have a complete cell.
    """
    cells = table.cells(arms)
    known = ~np.isnan(cells.value)
    rows = np.flatnonzero(known.all(axis=1))
    missing = dict(zip(cells.arms, (~known).sum(axis=0).tolist(), strict=True))
    kept = len(np.unique(cells.item.codes[rows]))
    if kept < 2:
        worst = max(missing, key=lambda arm: missing[arm])
        raise SamplesError(
            f"{outcome}: {kept} items have a score of all {len(cells.arms)} arms in some cell, two are needed; "
            f"{worst!r} lacks {missing[worst]} of {len(known)} cells"
        )
    realization, template = (None if own is None else own.take(rows) for own in (cells.realization, cells.template))
    if realization is not None and len(realization.names) < 2:
        raise SamplesError(
            f"{outcome}: complete cells have 1 realization, {realization.names[0]!r}, two are needed; without that "
            "column the figures hold for this wording alone"
        )
    taken = Cells(cells.arms, cells.item.take(rows), realization, template, cells.value[rows], cells.asked[rows])
    return Complete(taken, len(known) - len(rows), len(known), missing)


def _axis(cells: Cells, arms: Sequence[str]) -> Axis:
    return axis(cells.value[:, [cells.arms.index(arm) for arm in arms]], cells.factors())
