"""`eval.yaml`, by which a hub knows that a dataset is a benchmark and which results may name it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

#: The hub's list of frameworks is closed. It has no lm-eval; the same datasets also run as Inspect tasks.
FRAMEWORK = "inspect-ai"


class Headline(NamedTuple):
    """A headline measure: the id by which results name it, its config and split, and its contrast."""

    id: str
    config: str
    split: str
    arm: str
    reference: str


def headlines(manifest: Mapping[str, Any], split: str = "test") -> Iterator[Headline]:
    """Yield a headline measure for each primary contrast of each config: `<config>_<arm>`."""
    for config, described in manifest["configs"].items():
        for contrast in described["contrasts"]:
            if contrast.get("primary"):
                arm = contrast["arm"]
                yield Headline(f"{config}_{arm}", config, split, arm, contrast["reference"])


def eval_yaml(manifest: Mapping[str, Any]) -> str:
    """Return the text of a dataset's `eval.yaml`."""
    import yaml

    content = {
        "name": manifest["name"],
        "description": (
            f"{manifest['name']} {manifest['version']}: does a language model answer differently because of who seems "
            "to ask? Each task is one paired effect, in points."
        ),
        "evaluation_framework": FRAMEWORK,
        "tasks": [{"id": one.id, "config": one.config, "split": one.split} for one in headlines(manifest)],
    }
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120))
