"""A comparison of runs in Python: an object with the answer, frames, a page and a notebook's cell."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from ip_bench.frames import Kind, framed

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from ip_bench.results import Results

__all__ = ["Comparison", "compare"]


class Comparison:
    """Several runs on the same rows, held against the first: how their effects differ, with a verdict for each."""

    def __init__(self, record: dict[str, Any]) -> None:
        """Take a record (schema comparison); `ip_bench.compare` makes one."""
        self.record = record

    @cached_property
    def answer(self) -> list[str]:
        """Whether the runs differ, then each finding in a sentence, the strongest first."""
        from ip_bench.report.compared_findings import answer

        return answer(self.record)

    @overload
    def effects(self, frame: Literal["polars"] = ..., *, part: str = ...) -> pl.DataFrame: ...
    @overload
    def effects(self, frame: Literal["pandas"], *, part: str = ...) -> pd.DataFrame: ...
    def effects(self, frame: Kind = "polars", *, part: str = "contrast") -> pl.DataFrame | pd.DataFrame:
        """Return the differences as a frame, one row a run and contrast (`ip_bench.report.compared.COLUMNS`).

        `part` is "contrast" (differences of effects), "level" (differences of means where nothing is said of the asker)
        or "all".

        Raises:
            UnknownNameError: for another frame or part.
        """
        from ip_bench.report.compared import COLUMNS, rows

        return framed(rows(self.record, part), COLUMNS, frame)

    def report(self, format: str = "html", *, out: Path | str = ".") -> Path:  # noqa: A002  (the option's name)
        """Write the comparison as "html", "md", "json", "csv" or "tex" into a folder, or a file, and return its path.

        Raises:
            UnknownNameError: for another format.
        """
        from ip_bench.report.compared import texts
        from ip_bench.report.formats import formats_named, write_formats

        (path,) = write_formats(texts(self.record), formats_named([format]), Path(), "comparison", Path(out))
        return path

    def __repr__(self) -> str:
        """Return the answer as plain text."""
        from ip_bench.report.words import visible

        names = [run["name"] for run in self.record["runs"]]
        lines = [f"Comparison of {', '.join(names[1:])} with {names[0]}", *self.answer]
        return "\n".join(textwrap.fill(visible(line), 110, subsequent_indent="    ") for line in lines)

    def _repr_html_(self) -> str:
        """Return the answer, a forest plot of the findings and a table, for a notebook."""
        from ip_bench.report.compared_findings import finding_rows
        from ip_bench.report.notebook import Line, card

        dataset, names = self.record["dataset"], [run["name"] for run in self.record["runs"]]
        title = f"{', '.join(names[1:])} minus {names[0]}, {dataset['name']} {dataset['version']}"
        lines = [Line(name, effect) for name, effect in finding_rows(self.record)]
        return card(title, self.answer, lines, self.record["margin"])


def compare(
    runs: Sequence[Results | Path | str],
    *,
    margin: float | None = None,
    alpha: float | None = None,
    allow_code: bool = False,
    judge: str = "rules",
) -> Comparison:
    """Compare runs on the same rows with the first of them, from their samples and without the models.

    `margin` and `alpha` are by default those that the runs declared.

    Raises:
        SamplesError: where the samples of a run cannot be analyzed.
        IpBenchError: for fewer than two runs, a run named twice, other data, no task in common, a run that stopped
            early, or declared levels that differ where none is given.
    """
    from ip_bench.comparison import compared

    folders = [one if isinstance(one, Path | str) else one.folder for one in runs]
    return Comparison(compared(folders, margin=margin, alpha=alpha, allow_code=allow_code, judge=judge))
