"""What the hub finds wrong with a card's front matter, as far as it is known: broken YAML, unknown names."""

from __future__ import annotations

import re
from typing import Any

import yaml

LICENSES = {"apache-2.0", "cc-by-4.0", "cc-by-sa-4.0", "cc0-1.0", "mit", "odc-by", "other"}
SIZES = {"n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "n>1T"}
TASKS = {"question-answering", "text-generation", "multiple-choice", "text-classification", "other"}


def problems(card: str, kind: str) -> tuple[list[str], list[str]]:
    """Return (errors, warnings) of a README's front matter."""
    found = re.match(r"---\r?\n(.*?)\r?\n---(\r?\n|$)", card, re.DOTALL)
    if not found:
        return [], ["empty or missing yaml metadata in repo card"]
    try:
        data = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        return [f"YAML: {error}"], []
    if not isinstance(data, dict):
        return ["the metadata must be a mapping"], []
    errors = [f'"{key}" must not hold {value!r}' for key, value in _unknown(data)]
    if kind == "dataset":
        errors += [f'"configs" has an entry without {key}' for key in _missing(data.get("configs", []))]
    tasks = [task for task in data.get("task_categories", []) if task not in TASKS]
    return errors, [f'"task_categories" holds the unknown {task!r}' for task in tasks]


def _unknown(data: dict[str, Any]) -> list[tuple[str, Any]]:
    def each(key: str) -> list[Any]:
        value = data.get(key, [])
        return value if isinstance(value, list) else [value]

    return [
        *(("license", name) for name in each("license") if name not in LICENSES),
        *(("size_categories", name) for name in each("size_categories") if name not in SIZES),
        *(("language", name) for name in each("language") if not re.fullmatch(r"[a-z]{2,3}", str(name))),
        *(("tags", name) for name in each("tags") if not isinstance(name, str)),
    ]


def _missing(configs: Any) -> list[str]:
    wanted = ("config_name", "data_files")
    return [key for entry in configs for key in wanted if not isinstance(entry, dict) or key not in entry]
