"""The page of a comparison: one self-contained file without a script, in the style of the report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from markupsafe import Markup

from ip_bench.report.compared import BIAS_HEADS, about, bias_cells, is_single, remarks
from ip_bench.report.compared_findings import findings, headline, level_sentences
from ip_bench.report.findings import MARKS
from ip_bench.report.forest import forest
from ip_bench.report.outcomes import several
from ip_bench.report.words import brief, contrast_name, interval, number, points, visible


def page(record: Mapping[str, Any]) -> str:
    """Return the page of a comparison as text; every name and note goes through `visible` and is escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: visible(brief(value)) if type(value) is str else value,
    )  # fmt: skip
    environment.filters |= {"points": points, "interval": interval, "contrast": contrast_name, "number": number}
    found = findings(record)
    baseline, *others = (run["name"] for run in record["runs"])
    made = {key: record[key] for key in ("ip_bench", "dataset", "margin", "alpha", "judge", "runs")}
    return environment.from_string(_text("compared.html.j2")).render(
        record=record, baseline=baseline, others=others, found=found, answered=headline(found, record["margin"]),
        about=about(record), remarks=[*level_sentences(record), *remarks(record)], marks=MARKS,
        bias_heads=BIAS_HEADS,
        sections=[_section(record, task, others) for task in record["tasks"]],
        made=Markup("{}").format(visible(json.dumps(made, indent=2, ensure_ascii=False, sort_keys=True))),
        style=Markup(_text("page.css")),  # noqa: S704  (our own file)
    )  # fmt: skip


def _section(record: Mapping[str, Any], task: str, others: list[str]) -> dict[str, Any]:
    """Return a task's lines by run, each with its forest plot for a wide and for a narrow page."""
    entry = record["tasks"][task]
    lines, single = (
        {
            run: [line for line in entry["contrasts"] if line["run"] == run and is_single(line, entry) is alone]
            for run in others
        }
        for alone in (False, True)
    )
    plots = {
        run: {
            outcome: [
                Markup(forest(effects, {}, record["margin"], entry["config"], narrow=narrow))  # noqa: S704  (escaped)
                for narrow in (False, True)
            ]
            for outcome, effects in _by_outcome(own, entry["config"]).items()
        }
        for run, own in lines.items()
        if own
    }
    apart = len({line["difference"]["outcome"] for line in entry["contrasts"]}) > 1
    return {
        "task": task, "entry": entry, "lines": lines, "single": single, "plots": plots, "apart": apart,
        "bias": bias_cells(entry),
    }  # fmt: skip


def _by_outcome(lines: list[dict[str, Any]], config: str) -> dict[str, list[Any]]:
    """Return the differences by outcome where a config has several measures of a response, else all under ""."""
    found: dict[str, list[Any]] = {}
    for line in lines:
        found.setdefault(line["difference"]["outcome"] if several(config) else "", []).append(line["difference"])
    return found


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
