"""One self-contained HTML file of an analysis: no network, model output escaped."""

from __future__ import annotations

import json
import math
from importlib import resources
from pathlib import Path
from typing import Any

from ip_bench.errors import IpBenchError
from ip_bench.files import read_record, write_text
from ip_bench.report.forest import forest
from ip_bench.report.words import contrast_name, interval, number, points, visible


def write_report(folder: Path, *, truth: dict[str, dict[str, float]] | None = None) -> Path:
    """Write `report.html` from the `analysis.json` in a folder and return its path.

    `truth` gives known effects of a reference model, by config and arm, drawn beside the estimates.
    """
    analysis = read_record(folder / "analysis.json")
    if missing := {"model", "run", "dataset", "margin", "alpha", "tasks", "wald", "balance"} - analysis.keys():
        raise IpBenchError(
            f"{folder}/analysis.json lacks {', '.join(sorted(missing))}; run `ip-bench analyze {folder}`"
        )
    path = folder / "report.html"
    write_text(path, render(analysis, truth=truth))
    return path


def render(analysis: dict[str, Any], *, truth: dict[str, dict[str, float]] | None = None) -> str:
    """Return the page as text."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "points": points,
        "interval": interval,
        "contrast": contrast_name,
        "visible": visible,
        "number": number,
    }
    template = environment.from_string((resources.files(__package__) / "page.html.j2").read_text(encoding="utf-8"))
    plots = {
        task: forest(entry["effects"], (truth or {}).get(entry["config"], {}), analysis["margin"])
        for task, entry in analysis["tasks"].items()
    }
    provenance = {**analysis["run"], "dataset": analysis["dataset"]}
    return template.render(
        analysis=analysis, plots=plots, truth=truth, answer=answer(analysis),
        provenance=visible(json.dumps(provenance, indent=2, ensure_ascii=False, sort_keys=True)),
    )  # fmt: skip


def answer(analysis: dict[str, Any]) -> list[str]:
    """Return the finding in sentences, the first estimand of each task: effect minus placebo, never bare."""
    sentences = []
    for task, entry in analysis["tasks"].items():
        if entry["config"] != "cultural":
            continue
        effect = next((one for one in entry["effects"] if one["arm"] == "uk minus placebo"), None)
        if effect is None or effect["estimate"] is None or math.isnan(effect["estimate"]):
            sentences.append(f"{task}: no estimate ({(effect or {}).get('note') or 'an arm is missing'}).")
            continue
        often = "more" if effect["estimate"] > 0 else "less"
        size = f"{points(effect['estimate'])} points {interval(effect['ci_simultaneous'])} over placebo"
        said = {
            "different": f"The model gives the UK answer {often} often when the asker uses UK words: {size}",
            "different but negligible": f"UK words move the answer, but by less than the margin: {size}",
            "equivalent": f"UK words do not move the answer by as much as the margin: {size}",
            "undecided": f"This run does not decide whether UK words move the answer: {size}",
        }[effect["verdict"]]
        sentences.append(f"{said}, on {effect['n_items']} items ({entry['measure']}).")
    return sentences
