"""The reference of columns and records, from recipes, cards and schemas."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

from ip_bench.release.features import features
from ip_bench.release.recipes import DATASETS, recipe

#: What each record is, by its schema.
RECORDS = {
    "run": "`run.json`: how a run was made, and the plan that it fixed beforehand.",
    "analysis": "`analysis.json`: the effects of each task with what is read beside them.",
    "effect": "An effect, as in `effects.json` and in the frames of the Python interface.",
    "outcome": "One response, scored.",
    "selfcheck": "`selfcheck.json`: planted effects beside what was measured.",
    "manifest": "`manifest.json` of a built dataset.",
    "cued": "A line of `ip-bench cue apply`.",
    "cohorts": "What `ip-bench cohorts fit --out` writes.",
    "mitigation": "What `ip-bench mitigate compare --out` writes.",
    "report": "What `ip-bench report --format json` writes.",
    "comparison": "What `ip-bench compare --json` prints, and `--format json` writes.",
    "judge_audit": "What `ip-bench judge-audit --out` writes.",
    "submission": "`submission.json` of a submission.",
}


def datasets_page() -> str:
    """Return the page of every column of every config, as Markdown."""
    parts = [
        "# Columns of the datasets\n\nFor whoever reads rows. This page is made from the recipes (types) and the data "
        "cards (meanings). Rows hold no floats, and a column without a value is null, never empty text in its place "
        "unless its line says so."
    ]
    for name in DATASETS:
        made = recipe(name)
        said = meanings(name)
        parts.append(f"## {name} {made.VERSION} {{#{name}}}")
        columns = {config: features(made.columns(config)) for config in made.CONFIGS}
        everywhere = [column for column in columns[made.CONFIGS[0]] if all(column in of for of in columns.values())]
        shown = {column: of[column] for of in columns.values() for column in of}
        rows = [
            f"| `{column}` | {kind(of)} | {said[column]} |"
            + ("" if column in everywhere else f" {', '.join(f'`{c}`' for c in columns if column in columns[c])}")
            + (" all |" if column in everywhere else " |")
            for column, of in shown.items()
        ]
        parts.append("\n".join(["| column | type | what it holds | configs |", "|---|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def records_page() -> str:
    """Return the page of the fields of every record that a command writes, as Markdown."""
    parts = [
        "# Fields of what commands write\n\nFor whoever reads results by program. This page is made from the JSON "
        "Schemas in `ip_bench/schemas/`, which every written record is held to. Null stands where data license no "
        "number. What stands in a table of samples is in [Samples of many runs](../samples.md#columns)."
    ]
    for name, about in RECORDS.items():
        schema = json.loads(_text("ip_bench.schemas", f"{name}.json"))
        parts.append(f"## {name} {{#{name}}}\n\n{about}")
        rows = [f"| `{field}` | {shape} | {need} |" for field, shape, need in fields(schema)]
        parts.append("\n".join(["| field | type | |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def fields(schema: dict[str, Any], prefix: str = "", depth: int = 2) -> list[tuple[str, str, str]]:
    """Return path, type and remark of each field of a schema, down to `depth` levels of records."""
    if schema.get("type") == "array":
        return fields(schema["items"], f"{prefix}[]", depth)
    found = []
    needed = schema.get("required", ())
    for name, of in schema.get("properties", {}).items():
        path = f"{prefix}.{name}".lstrip(".")
        remark = of.get("description", "").replace("|", "\\|")
        found.append((path, _shape(of), "; ".join(filter(None, (remark, "" if name in needed else "may be absent")))))
        inner = of if "properties" in of else of.get("items", {}) if isinstance(of.get("items"), dict) else {}
        if depth > 1 and "properties" in inner:
            found += fields(inner, path + ("[]" if "items" in of else ""), depth - 1)
    return found


def meanings(dataset: str) -> dict[str, str]:
    """Return what each column holds, as the dataset's card says it."""
    section = (
        _text("ip_bench.dataset_cards", dataset, "README.md.j2").partition("\n## Columns\n")[2].partition("\n## ")[0]
    )
    found = {}
    for names, said in re.findall(r"^\| (`[^|]*`) \| (.*) \|$", section, re.MULTILINE):
        found |= dict.fromkeys(re.findall(r"`([^`]+)`", names), said)
    return found


def kind(of: Any) -> str:
    """Return a type of `datasets` in words."""
    if isinstance(of, dict):
        return "{" + ", ".join(of) + "}"
    if hasattr(of, "feature"):
        inner = of.feature
        return "list of " + ("records" if isinstance(inner, dict) else kind(inner).replace("list", "lists"))
    return {"string": "text", "int32": "integer", "int64": "integer", "bool": "yes or no"}.get(of.dtype, str(of.dtype))


def _shape(of: dict[str, Any]) -> str:
    if "enum" in of:
        return "one of " + ", ".join(f"`{value}`" for value in of["enum"])
    if "$ref" in of:
        return of["$ref"].rpartition("/")[2]
    for several in ("anyOf", "oneOf"):
        if several in of:
            return " or ".join(dict.fromkeys(_shape(one) for one in of[several]))
    named = of.get("type", "any")
    named = [named] if isinstance(named, str) else named
    return " or ".join("record" if one == "object" else "list" if one == "array" else one for one in named)


def _text(package: str, *parts: str) -> str:
    return resources.files(package).joinpath(*parts).read_text(encoding="utf-8")
