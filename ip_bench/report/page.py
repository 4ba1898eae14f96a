"""One self-contained HTML file of an analysis: no network, model output escaped, one script that its policy names."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ip_bench.bounds.appraisal import Appraisals, load, rendered, shipped
from ip_bench.errors import IpBenchError
from ip_bench.files import read_jsonl, read_record, write_text
from ip_bench.outcomes.examples import FILE
from ip_bench.own.known import register_written
from ip_bench.release.recipes import recipe
from ip_bench.report import bounds, glance, identities, pairs, taxonomy
from ip_bench.report.asked import asked_of
from ip_bench.report.drawings import front_picture, gaps_picture
from ip_bench.report.findings import MARKS, findings, headline
from ip_bench.report.forest import forest
from ip_bench.report.outcomes import by_outcome, several
from ip_bench.report.templates import environment, file_text
from ip_bench.report.words import brief

if TYPE_CHECKING:
    from ip_bench.effects.effect import Effect

__all__ = ["answer", "appraised", "by_outcome", "render", "several", "write_report"]

_NEEDED = {"model", "run", "dataset", "margin", "alpha", "tasks", "wald", "balance"}


def write_report(
    folder: Path, *, truth: dict[str, dict[str, float]] | None = None, appraisals: Path | None = None
) -> Path:
    """Write `report.html` in a folder, which is what `page` returns, and return its path."""
    path = folder / "report.html"
    write_text(path, page(folder, truth=truth, appraisals=appraisals))
    return path


def page(
    folder: Path,
    *,
    truth: dict[str, dict[str, float]] | None = None,
    leaky: Mapping[str, Effect] | None = None,
    appraisals: Path | None = None,
) -> str:
    """Return the page of the `analysis.json` and `pairs.jsonl` in a folder.

    `truth` gives known effects of a reference model, by config and arm, drawn beside the estimates; `leaky` by task
    what a design would have claimed whose statements give the answer away (`ip_bench.leaky`). `appraisals` is a file
    of one's own to take in place of the shipped one.

    Raises:
        IpBenchError: where one of the files is none, or lacks what a report shows.
    """
    register_written(folder)
    analysis = read_record(folder / "analysis.json")
    if missing := _NEEDED - analysis.keys():
        raise IpBenchError(
            f"{folder}/analysis.json lacks {', '.join(sorted(missing))}; run `ip-bench analyze {folder}`"
        )
    own = load(appraisals) if appraisals else None
    read = _pairs(folder / FILE)
    try:
        return render(analysis, truth=truth, leaky=leaky, appraisals=own, pairs_read=read)
    except KeyError as error:
        raise IpBenchError(
            f"{folder}/analysis.json does not fit together: it lacks {error!s:.200}; run `ip-bench analyze {folder}`"
        ) from error


def render(
    analysis: dict[str, Any],
    *,
    truth: dict[str, dict[str, float]] | None = None,
    leaky: Mapping[str, Effect] | None = None,
    appraisals: Appraisals | None = None,
    pairs_read: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the page as text; `appraisals` None takes the shipped ones, `pairs_read` are records of schema pair."""
    known, margin = truth or {}, analysis["margin"]
    judged = appraisals or shipped()
    found, items = findings(analysis, judged), taxonomy.sheet(analysis, judged)
    entries = _in_order(analysis)
    tasks = [(task, entry, glance.shown(place, entry)) for place, (task, entry) in enumerate(entries.items())]
    generated = {entry["config"] for entry in entries.values() if entry["measure"] == "generation"}
    sections = [
        {
            "task": task,
            "entry": entry,
            "shown": own,
            "twin": entry["measure"] != "generation" and entry["config"] in generated,
            "plots": {
                outcome: _forests([one.effect for one in effects], known.get(entry["config"], {}), entry, margin, first)
                for first, (outcome, effects) in zip((True, *[False] * len(own)), own.items(), strict=False)
            },
            "drawn": _drawn(entry),
            "appraised": appraised(analysis["dataset"]["name"], entry, judged),
        }
        for task, entry, own in tasks
    ]
    read = pairs.shown(entries, pairs_read)
    rows = glance.rows([task for task, _, _ in tasks], [own for _, _, own in tasks])
    script = file_text("page.js")
    provenance = {**analysis["run"], "dataset": analysis["dataset"]}
    return environment().get_template("page.html.j2").render(
        script=Markup(script), script_hash=_integrity(script), marks=MARKS, identities=identities, bounds=bounds,  # noqa: S704
        analysis=analysis, sections=sections, truth=truth, leaky=leaky or {}, found=found,
        answered=headline(found, margin), columns=glance.columns(rows), rows=rows,
        twins=[section["task"] for section in sections if section["twin"]],
        asked={entry["config"]: asked_of(entry["config"]).about for _, entry, _ in tasks},
        staged=bool(recipe(analysis["dataset"]["name"]).FIRST_STAGE),
        pairs=read, linked={group.id for group in read.groups},
        appraisal_note=judged.note, benefits_and_risks={"lines": items, "summary": taxonomy.summary(items)},
        provenance=json.dumps(_brief(provenance), indent=2, ensure_ascii=False, sort_keys=True),
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


def answer(analysis: Mapping[str, Any]) -> list[str]:
    """Return what was found in sentences, the strongest finding first (`ip_bench.report.findings`)."""
    return [f"{one.about}: {said}" if one.about else said for one in findings(analysis) for said in one.said]


def _integrity(script: str) -> str:
    """Return the hash by which the page's policy names its one script; no other runs in it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _in_order(analysis: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the tasks in the order of their dataset's configs, each followed by its twin by log-likelihood."""
    configs = list(recipe(analysis["dataset"]["name"]).TASKS)

    def place(one: tuple[str, Mapping[str, Any]]) -> tuple[int, bool]:
        config = one[1]["config"]
        return configs.index(config) if config in configs else len(configs), one[1]["measure"] != "generation"

    return dict(sorted(analysis["tasks"].items(), key=place))


def _forests(
    effects: Sequence[Mapping[str, Any]],
    truth: Mapping[str, float],
    entry: Mapping[str, Any],
    margin: float,
    first: bool,
) -> tuple[str, str]:
    """Return the forest plot of an outcome, for a wide and for a narrow page; truths are of the first outcome."""
    drawn = (forest(effects, truth if first else {}, margin, entry["config"], narrow=side) for side in (False, True))
    wide, narrow = drawn
    return wide, narrow


def _drawn(entry: Mapping[str, Any]) -> dict[str, str]:
    if "tradeoff" not in entry:
        return {}
    gaps = [gaps_picture(entry["tradeoff"], identities.TITLES, narrow=narrow) for narrow in (False, True)]
    return {"gaps": "".join(gaps), "front": front_picture(entry["tradeoff"])}


def _pairs(path: Path) -> list[Mapping[str, Any]]:
    """Return the pairs in a file, none where it is not there."""
    if not path.exists():
        return []
    try:
        return pairs.checked(record for _, record in read_jsonl(path))
    except ValueError as error:
        raise IpBenchError(
            f"{path} does not hold pairs of responses ({error}); run `ip-bench analyze` again"
        ) from error


def _brief(value: Any) -> Any:
    """Return a JSON-like value with very long texts cut."""
    if isinstance(value, str):
        return brief(value)
    if isinstance(value, Mapping):
        return {brief(str(key), 200): _brief(one) for key, one in value.items()}
    return [_brief(one) for one in value] if isinstance(value, list | tuple) else value
