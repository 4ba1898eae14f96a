"""One self-contained HTML file of an analysis: no network, model output escaped."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from importlib import resources
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ip_bench.bounds.appraisal import Appraisals, load, rendered, shipped
from ip_bench.errors import IpBenchError
from ip_bench.files import read_record, write_text
from ip_bench.outcomes.measures import measure
from ip_bench.release.recipes import recipe
from ip_bench.report import bounds, identities, taxonomy
from ip_bench.report.drawings import front_picture, gaps_picture
from ip_bench.report.forest import forest
from ip_bench.report.words import (
    ASKED,
    contrast_name,
    decimal,
    interval,
    measure_name,
    number,
    points,
    signed,
    visible,
)

if TYPE_CHECKING:
    from ip_bench.effects.effect import Effect


def write_report(
    folder: Path,
    *,
    truth: dict[str, dict[str, float]] | None = None,
    leaky: Mapping[str, Effect] | None = None,
    appraisals: Path | None = None,
) -> Path:
    """Write `report.html` from the `analysis.json` in a folder and return its path.

    `truth` gives known effects of a reference model, by config and arm, drawn beside the estimates; `leaky` by task
    what a design would have claimed whose statements give the answer away (`ip_bench.leaky`). `appraisals` is a file
    of one's own to take in place of the shipped one.
    """
    analysis = read_record(folder / "analysis.json")
    if missing := {"model", "run", "dataset", "margin", "alpha", "tasks", "wald", "balance"} - analysis.keys():
        raise IpBenchError(
            f"{folder}/analysis.json lacks {', '.join(sorted(missing))}; run `ip-bench analyze {folder}`"
        )
    path = folder / "report.html"
    write_text(path, render(analysis, truth=truth, leaky=leaky, appraisals=load(appraisals) if appraisals else None))
    return path


def render(
    analysis: dict[str, Any],
    *,
    truth: dict[str, dict[str, float]] | None = None,
    leaky: Mapping[str, Effect] | None = None,
    appraisals: Appraisals | None = None,
) -> str:
    """Return the page as text; `appraisals` None takes the shipped ones."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def text(name: str) -> str:
        return (resources.files(__package__) / name).read_text(encoding="utf-8")

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=FunctionLoader(text)
    )
    environment.filters |= {
        "points": points,
        "interval": interval,
        "contrast": contrast_name,
        "visible": visible,
        "number": number,
        "measure": measure_name,
        "decimal": decimal,
        "signed": signed,
    }
    template = environment.get_template("page.html.j2")
    known, margin = truth or {}, analysis["margin"]
    shown = {
        task: {outcome: identities.headline(entry, effects) for outcome, effects in by_outcome(entry).items()}
        for task, entry in analysis["tasks"].items()
    }
    plots = {
        task: {
            outcome: forest(effects, known.get(entry["config"], {}) if first else {}, margin, entry["config"])
            for first, (outcome, effects) in zip(chain([True], repeat(False)), shown[task].items(), strict=False)
        }
        for task, entry in analysis["tasks"].items()
    }
    drawn = {
        task: {"gaps": gaps_picture(entry["tradeoff"], identities.TITLES), "front": front_picture(entry["tradeoff"])}
        for task, entry in analysis["tasks"].items()
        if "tradeoff" in entry
    }
    asked = {entry["config"]: ASKED[entry["config"]].about for entry in analysis["tasks"].values()}
    provenance = {**analysis["run"], "dataset": analysis["dataset"]}
    judged = appraisals or shipped()
    items = taxonomy.sheet(analysis, judged)
    return template.render(
        analysis=analysis, shown=shown, plots=plots, drawn=drawn, identities=identities, bounds=bounds,
        truth=truth,
        answer=answer(analysis), asked=asked, leaky=leaky or {},
        staged=bool(recipe(analysis["dataset"]["name"]).FIRST_STAGE),
        appraised={
            task: appraised(analysis["dataset"]["name"], entry, judged) for task, entry in analysis["tasks"].items()
        },
        appraisal_note=judged.note, benefits_and_risks={"lines": items, "summary": taxonomy.summary(items)},
        provenance=visible(json.dumps(provenance, indent=2, ensure_ascii=False, sort_keys=True)),
    )  # fmt: skip


def appraised(
    dataset: str, entry: Mapping[str, Any], appraisals: Appraisals | None = None
) -> dict[str, tuple[str, ...]]:
    """Return, by cue families of a task's arms, whether answers should follow them by three schools of thought.

    Families of which the same is said stand together.
    """
    judged = appraisals or shipped()
    present = {arm["arm"] for arm in entry["arms"]}
    arms = [arm for arm in recipe(dataset).arms(entry["config"]) if arm.name in present]
    families: dict[tuple[str, ...], list[str]] = {}
    for family in dict.fromkeys(arm.family for arm in arms if arm.role in {"treatment", "explicit"}):
        families.setdefault(rendered(judged.of(dataset, entry["config"], family)), []).append(family)
    return {", ".join(names): lines for lines, names in families.items()}


def several(config: str) -> bool:
    """Return whether the outcomes of a config are several measures of one run, each with a table of its own.

    Countries are no outcomes apart: a row is scored on the country of its arm.
    """
    return config == "echo" or measure(config).by_outcome


def by_outcome(entry: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return a task's effects by outcome where several are told apart, else all under the first one's name."""
    effects = entry["effects"]
    outcomes = list(dict.fromkeys(effect["outcome"] for effect in effects))
    if not several(entry["config"]):
        return {outcomes[0]: effects}
    return {outcome: [one for one in effects if one["outcome"] == outcome] for outcome in outcomes}


def answer(analysis: dict[str, Any]) -> list[str]:
    """Return the finding in sentences, the first estimand of each task that asks for an answer: never a bare effect.

    What identities differ by comes before the mean over them, which can hide it; further outcomes of the arm follow
    where the config names them.
    """
    sentences = []
    for task, entry in analysis["tasks"].items():
        config = entry["config"]
        if config == "inference" or config.endswith("_inference"):
            continue
        primary = next((one for one in recipe(analysis["dataset"]["name"]).CONTRASTS[config] if one.primary), None)
        if primary is None:
            continue
        arm = f"{primary.arm} minus placebo" if primary.placebos else primary.arm
        asked = ASKED[config]
        if "bounds" in entry:
            sentences.append(f"{task}: {bounds.sentence(entry['bounds'])}")
        if "tradeoff" in entry:
            sentences += [f"{task}: {said}" for said in identities.sentences(entry["tradeoff"])]
        for outcome, does in ((primary.outcome, asked.does), *asked.others):
            effect = next((one for one in entry["effects"] if (one["arm"], one["outcome"]) == (arm, outcome)), None)
            name = f"{task}, {outcome}" if asked.others else task
            sentences.append(_finding(name, entry["measure"], effect, does, asked.when))
    return sentences


def _finding(name: str, how: str, effect: Mapping[str, Any] | None, does: str, when: str) -> str:
    """Return what one effect says, in a sentence."""
    if effect is None or effect["estimate"] is None or math.isnan(effect["estimate"]):
        return f"{name}: no estimate ({(effect or {}).get('note') or 'an arm is missing'})."
    often = "more" if effect["estimate"] > 0 else "less"
    size = f"{points(effect['estimate'])} points {interval(effect['ci_simultaneous'])} over placebo"
    said = {
        "different": f"The model {does} {often} often when {when}: {size}",
        "different but negligible": f"How often the model {does} moves when {when}, but below the margin: {size}",
        "equivalent": f"The model {does} as often when {when} as when not, within the margin: {size}",
        "undecided": f"This run does not decide whether the model {does} more or less often when {when}: {size}",
    }[effect["verdict"]]
    return f"{said}, on {effect['n_items']} items ({how})."
