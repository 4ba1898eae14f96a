"""What `ip-bench steer` prints: methods, differences, ways of stating cohorts, and whom a model is like."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from ip_bench.cohorts.compare import Mean
    from ip_bench.steering.aligned import Alignment, Consistency
    from ip_bench.steering.evaluate import Evaluation
    from ip_bench.steering.paired import Difference, Row
    from ip_bench.steering.reached import Reached
    from ip_bench.steering.tax import Cost


def evaluation(found: Evaluation, cohorts: Sequence[Reached]) -> None:
    """Print the table of methods, the paired differences, and how near each cohort is brought."""
    _methods(found.rows)
    _apart(found.differences)
    _ways(cohorts)


def _methods(rows: Sequence[Row]) -> None:
    for items in dict.fromkeys(each.items for each in rows):
        some = [each for each in rows if each.items == items]
        title = f"{some[0].people:,} unseen people, {items} items, {some[0].cells:,} answers"
        table(title, ("method", "accuracy, %", "interval", "log-loss", "interval"), [
            (each.method, f"{100 * each.accuracy.estimate:.1f}", _ends(each.accuracy.within(0, 1), 100, 1),
             f"{each.log_loss.estimate:.3f}", _ends(each.log_loss, 1, 3))
            for each in some
        ])  # fmt: skip


def _apart(rows: Sequence[Difference]) -> None:
    for items in dict.fromkeys(each.items for each in rows):
        some = [each for each in rows if each.items == items]
        title = f"{some[0].method}, minus others on the same {some[0].people:,} people, {items} items"
        table(title, ("minus", "accuracy, points", "interval", "log-loss", "interval"), [
            (each.against if each.against in each.other else f"{each.against} ({each.other})",
             f"{100 * each.accuracy.estimate:+.1f}", _ends(each.accuracy.within(-1, 1), 100, 1),
             f"{each.log_loss.estimate:+.3f}", _ends(each.log_loss, 1, 3))
            for each in some
        ])  # fmt: skip


def _ways(found: Sequence[Reached]) -> None:
    for items in dict.fromkeys(each.items for each in found):
        some = [each for each in found if each.items == items]
        table(f"How near the model is brought to each cohort, {items} items",
               ("cohort", "stated by", "representativeness", "interval", "nearer by", "interval", "items"), [
            (f"{each.cohort}{' *' * (way.way == each.way and each.answered > 0)}", way.way,
             *_nearly(way.representativeness),
             *(("", "") if way.gain is None else (f"{way.gain.estimate:+.3f}", _ends(way.gain.within(-1, 1), 1, 3))),
             str(each.answered))
            for each in some
            for way in each.ways
        ])  # fmt: skip
    if found:
        _say("* the best way; its representativeness is the model's steerability to that cohort")


def _nearly(found: Mean) -> tuple[str, str]:
    """Return a representativeness and its interval, no wider than it can be."""
    if found.estimate != found.estimate:
        return "-", "-"
    return f"{found.estimate:.3f}", _ends(found.within(0, 1), 1, 3)


def nearness(rows: Sequence[Alignment], unparsed: Mapping[str, int], agree: Consistency | None) -> None:
    """Print how near a model is to each group, on how many topics to the same, and what stated no distribution."""
    table("Whom the model answers like", ("group", "representativeness", "interval", "items", "behind", "interval"), [
        (each.group, *_nearly(each.representativeness), str(each.items),
         *(("", "") if each.behind is None else (f"{each.behind.estimate:.3f}", _ends(each.behind, 1, 3))))
        for each in rows
    ])  # fmt: skip
    if agree is not None and agree.topics:
        share = f"{100 * agree.share.estimate:.0f}% of {len(agree.topics)} topics ({_ends(agree.share, 100, 0)})"
        _say(f"consistency: {agree.nearest} is the nearest cohort of all, and on {share}")
    for why, count in unparsed.items():
        _say(f"no distribution: {count} ({why})")


def taxes(found: Sequence[Cost]) -> None:
    """Print what steering costs on each task, by axis and number of answers used, in points."""
    for task in dict.fromkeys(each.task for each in found):
        some = [each for each in found if each.task == task]
        heads = (each for name in ("nothing told", "identities", "identity gap") for each in (name, "interval"))
        table(f"{task}: steered minus plain, in points; more is better", ("axis", "persona", "answers", *heads), [
            (each.axis, each.persona, each.answers,
             *(text for one in (each.untold, each.told, each.gap)
               for text in ("-" if one.estimate != one.estimate else f"{100 * one.estimate:+.1f}", _ends(one, 100, 1))))
            for each in some
        ])  # fmt: skip


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the first column is of names, the others are of figures."""
    drawn = Table(title=title, title_justify="left")
    for at, column in enumerate(columns):
        drawn.add_column(column, justify="right" if at else "left")
    for each in rows:
        drawn.add_row(*each)
    _console().print(drawn)


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 120)


def _ends(mean: Mean, scale: float, digits: int) -> str:
    if mean.low != mean.low:
        return "-"
    return f"{scale * mean.low:.{digits}f} to {scale * mean.high:.{digits}f}"


def _say(text: str) -> None:
    _console().print(text, markup=False, highlight=False)
