"""One self-contained HTML file of what `ip-bench cohorts fit` found: no network, texts of the data escaped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ip_bench.files import nan_to_none, write_text
from ip_bench.report.cohort_pictures import FEW, ITEMS, PEOPLE, heat_map, people_map
from ip_bench.report.templates import environment

if TYPE_CHECKING:
    from ip_bench.cohorts.survey import Survey


def write_cohorts(path: Path, found: Survey, name: str) -> None:
    """Write the page of a survey atomically; `name` is what the data are called in its heading."""
    write_text(path, render_cohorts(found, name))


def render_cohorts(found: Survey, name: str) -> str:
    """Return the page as text: a map of people, a heat map where there are cohorts, and the tables."""
    cohorts = found.cohorts
    return environment().get_template("cohorts.html.j2").render(
        name=name, found=nan_to_none(found.to_dict()), people=PEOPLE, rows=ITEMS, few=FEW,
        map=people_map(cohorts.model_.places_, cohorts.membership_),
        heat=heat_map(found.answers, cohorts.membership_) if cohorts.count_ else "",
    )  # fmt: skip
