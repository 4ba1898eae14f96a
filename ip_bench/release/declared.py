"""What a dataset declares beside its rows: license, sources, arms, contrasts, draws, warnings."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from ip_bench.errors import IntegrityError
from ip_bench.release.provenance import functions_of
from ip_bench.release.recipes import recipe

_OF_DATASET = ("license", "sources", "seed_functions")
_OF_CONFIG = ("arms", "contrasts", "seeds", "warnings")


def declared(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{part: value}` of what a manifest declares, such as `license` or `arms of cultural`."""
    return {part: manifest[part] for part in _OF_DATASET} | {
        f"{part} of {config}": described[part]
        for config, described in manifest["configs"].items()
        for part in _OF_CONFIG
    }


def check_declared(manifest: Mapping[str, Any], where: str) -> None:
    """Raise IntegrityError, naming the part, where the installed version of a dataset is declared otherwise.

    What another version declares is not known here, and passes.
    """
    made = recipe(manifest["name"])
    if manifest["version"] != made.VERSION:
        return
    promised = {
        "license": made.LICENSE,
        "sources": [dataclasses.asdict(source) for source in made.sources()],
        "seed_functions": functions_of(made.SEEDS),
        "configs": {
            config: {
                "arms": [dataclasses.asdict(arm) for arm in made.arms(config)],
                "contrasts": [dataclasses.asdict(contrast) for contrast in made.CONTRASTS[config]],
                "seeds": [dataclasses.asdict(seed) for seed in made.SEEDS[config]],
                "warnings": list(made.WARNINGS.get(config, ())),
            }
            for config in made.CONFIGS
        },
    }
    expected = declared(json.loads(json.dumps(promised)))  # tuples are lists in a file
    found = declared(manifest)
    for part in sorted(expected.keys() | found.keys()):
        if part not in found or part not in expected or found[part] != expected[part]:
            raise IntegrityError(
                f"{where} does not declare the {part} of the installed {manifest['name']} {made.VERSION}; build it "
                "anew, or raise the version if they were meant to change"
            )
