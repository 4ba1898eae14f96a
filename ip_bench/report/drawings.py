"""The pictures of a tradeoff task, drawn from its record in analysis.json."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ip_bench.effects.effect import Effect
from ip_bench.effects.gaps import Bias
from ip_bench.effects.identity_bias import IdentityBias
from ip_bench.effects.pareto import Front
from ip_bench.report.identities import differs
from ip_bench.report.pareto import pareto, pareto_figure
from ip_bench.report.tradeoff import tradeoff
from ip_bench.report.words import asker

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def gaps_picture(record: Mapping[str, Any], titles: Mapping[str, str], *, narrow: bool = False) -> str:
    """Return the SVG of every identity's and control's gap, a panel an axis; "" where no axis has data.

    `narrow` gives one SVG an axis, for a page of a phone's width.
    """
    axes = record["axes"]
    if not axes:
        return ""
    biases = {titles[name]: _bias(own["bias"]) for name, own in axes.items()}
    found = IdentityBias(
        identities=tuple(asker(one["arm"]) for one in record["identities"]),
        controls=tuple(map(asker, record["controls"])),
        by_axis=biases,
        farthest={},
        gaps={titles[name]: tuple(map(_effect, own["gaps"])) for name, own in axes.items()},
        control_gaps={titles[name]: tuple(map(_effect, own["control_gaps"])) for name, own in axes.items()},
        left_out={titles[name]: own["of"] - own["cells"] for name, own in axes.items()},
        of={titles[name]: own["of"] for name, own in axes.items()},
        missing={titles[name]: own["missing"] for name, own in axes.items()},
    )
    attributes = {asker(one["arm"]): one["attribute"] for one in record["identities"]}
    return "".join(tradeoff(found, attributes, only=axis) for axis in (biases if narrow else ("",)))


def front_picture(record: Mapping[str, Any]) -> str:
    """Return the SVG of the Pareto front of all groups, with the names of those that differ; "" without an axis."""
    drawn = _front(record)
    return pareto(*drawn) if drawn else ""


def front_figure(record: Mapping[str, Any]) -> Figure | None:
    """Return the picture of `front_picture` as a figure of matplotlib; None without an axis."""
    drawn = _front(record)
    return pareto_figure(*drawn) if drawn else None


def _front(record: Mapping[str, Any]) -> tuple[Front, set[str], set[str]] | None:
    """Return the front of a record, its controls, and the groups that differ."""
    own = record.get("front")
    if own is None:
        return None
    points, low, high = (np.array(_floats(own[name])) for name in ("points", "low", "high"))
    front = Front(
        tuple(map(asker, own["arms"])), points, low, high, np.array(own["on_front"]), np.array(own["probability"]),
        own["draws"], own["method"], own["note"],
    )  # fmt: skip
    told = {
        asker(effect["arm"])
        for axis in record["axes"].values()
        for effect in (*axis["gaps"], *axis["control_gaps"])
        if differs(effect)
    }
    return front, {asker(arm) for arm in (*record["controls"], *record["others"])}, told


def _bias(record: Mapping[str, Any]) -> Bias:
    return Bias(**{name: _floats(value) for name, value in record.items()})


def _effect(record: Mapping[str, Any]) -> Effect:
    pairs = {name: tuple(_floats(record[name])) for name in ("ci", "ci_simultaneous")}
    return Effect(**{name: _floats(value) for name, value in record.items()} | pairs)


def _floats(value: Any) -> Any:
    """Return a value of a JSON record with NaN where it has null."""
    if isinstance(value, list | tuple):
        return [_floats(one) for one in value]
    return math.nan if value is None else value
