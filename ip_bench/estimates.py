"""Effects of anyone's table in Python: every contrast, adjusted, as a list that shows itself."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from ip_bench.effects.effect import Effect
from ip_bench.errors import IpBenchError
from ip_bench.frames import Kind, framed

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Effects", "estimate"]


class Effects(tuple[Effect, ...]):
    """Effects in a tuple that is a frame on request, a table in a terminal, and a forest plot in a notebook."""

    __slots__ = ()

    @overload
    def frame(self, frame: Literal["polars"] = ...) -> pl.DataFrame: ...
    @overload
    def frame(self, frame: Literal["pandas"]) -> pd.DataFrame: ...
    def frame(self, frame: Kind = "polars") -> pl.DataFrame | pd.DataFrame:
        """Return the effects as a frame, one row an effect, with the columns of `Results.effects`."""
        from ip_bench.report.rows import EFFECT_COLUMNS, effect_row

        return framed((effect_row(one.to_dict()) for one in self), EFFECT_COLUMNS, frame)

    def __repr__(self) -> str:
        """Return a line an effect."""
        from ip_bench.report.words import visible

        lines = [f"{len(self)} effects"]
        lines += [
            f"{one.arm} against {one.reference} on {one.outcome}: {one.estimate:+.3g} "
            f"[{one.ci_simultaneous[0]:+.3g}, {one.ci_simultaneous[1]:+.3g}], {one.verdict}, {one.n_items} items"
            for one in self
        ]
        return "\n".join(textwrap.shorten(visible(line), 160, placeholder="...") for line in lines)

    def _repr_html_(self) -> str:
        """Return a forest plot and a table, for a notebook."""
        from ip_bench.files import nan_to_none
        from ip_bench.report.notebook import Line, card

        lines = [Line(f"{one.arm} against {one.reference}", nan_to_none(one.to_dict())) for one in self]
        return card("", [], lines, max((one.margin for one in self), default=0.05), scale=1)


def estimate(
    table: Path | str | pl.DataFrame | pd.DataFrame,
    *,
    item: str,
    arm: str,
    outcome: str,
    realization: str | None = None,
    template: str | None = None,
    reference: str | None = None,
    placebos: Sequence[str] = (),
    margin: float = 0.05,
    alpha: float = 0.05,
    family: str = "holm",
) -> Effects:
    """Return every contrast of a table of scores, one row a response; as `ip-bench effects` does.

    `table` is a frame of polars or pandas, or a .csv, .parquet or .jsonl file; the other names are its columns, except
    `reference` and `placebos`, which are arms. `margin` is in units of the outcome. Without `realization` the intervals
    hold for these very wordings.

    Raises:
        UnknownNameError: for a column, arm or `family` that is not there.
        IpBenchError: for a table that cannot be read, or levels out of range.
    """
    from ip_bench.effects.contrasts import every_contrast
    from ip_bench.effects.read import Columns, read_scores, scores_of

    columns = Columns(item, arm, outcome, realization, template)
    scores = read_scores(Path(table), columns) if isinstance(table, Path | str) else scores_of(_polars(table), columns)
    try:
        found = every_contrast(
            scores, outcome=outcome, reference=reference, placebos=placebos, margin=margin, alpha=alpha, family=family
        )
    except ValueError as error:
        raise IpBenchError(str(error)) from error
    return Effects(found)


def _polars(table: Any) -> pl.DataFrame:
    import polars as pl

    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    try:
        return pl.from_pandas(table)
    except TypeError as error:
        raise IpBenchError(f"table is a {type(table).__name__}; give a frame of polars or pandas, or a file") from error
