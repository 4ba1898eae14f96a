"""The card of ip-bounds says what its manifest and its content say, in tables that are whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from card_tables import coded, table, tables, whole_tables
from hub.cards import problems
from ip_bench.builders.bounds import rows
from ip_bench.builders.bounds.cases import cases
from ip_bench.builders.tradeoff.identities import controls, identities
from ip_bench.builders.tradeoff.openers import openers
from ip_bench.builders.tradeoff.templates import templates

from ip_bench.bounds.policy import shipped
from ip_bench.files import read_json
from ip_bench.outcomes.bounds import OUTCOMES
from ip_bench.release.build import build
from ip_bench.release.card import render_card
from ip_bench.release.cautions import CAUTIONS
from ip_bench.release.recipes import recipe

CASES = 80


@pytest.fixture(scope="module")
def small_bounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a build of ip-bounds with few cases."""
    few = {split: rows.asked_cases(split)[:CASES] for split in rows.SPLITS}
    folder = tmp_path_factory.mktemp("small") / "ip-bounds"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "asked_cases", few.__getitem__)
        build("ip-bounds", folder, check=False)
    return folder


@pytest.fixture(scope="module")
def manifest(small_bounds: Path) -> dict[str, Any]:
    return dict(read_json(small_bounds / "manifest.json"))


@pytest.fixture(scope="module")
def card(manifest: dict[str, Any]) -> str:
    return render_card(manifest, "some-org/ip-bounds")


def test_every_row_has_the_columns_of_its_head(card: str) -> None:
    assert whole_tables(card) >= 16
    assert re.search(r"\n\n\n|[{%][{%]", card) is None


def test_the_hub_takes_the_front_matter_and_shuts_its_gate(card: str) -> None:
    assert problems(card, "dataset") == ([], [])
    front = yaml.safe_load(card.split("---\n")[1])
    assert [one["config_name"] for one in front["configs"] if one.get("default")] == ["bounds_stated"]
    assert {CAUTIONS[name].terms for name in ("dialect", "unsafe_requests")} <= front["extra_gated_fields"].keys()


def test_kinds_and_outcomes_are_those_that_are_read(card: str, manifest: dict[str, Any]) -> None:
    kinds = {coded(row[0])[0]: row for row in table(card, "kind", "tiers")}
    read: dict[str, set[str]] = {}
    for case in cases().values():
        read.setdefault(case.kind, set()).update(check["outcome"] for check in case.checks)
    assert {kind: set(coded(row[4])) for kind, row in kinds.items()} == read
    checked = manifest["configs"]["bounds_implicit"]["gates"]["checked"]
    assert {kind: int(row[3]) for kind, row in kinds.items()} == {kind: checked[f"items {kind}"] for kind in kinds}
    outcomes = {coded(row[0])[0]: int(row[1]) for row in table(card, "outcome", "items")}
    assert outcomes == {name: checked[f"items with {name}"] for name in OUTCOMES}


def test_policies_are_the_shipped_ones_each_with_what_it_is(card: str) -> None:
    found = table(card, "policy", "of")
    assert {coded(row[0])[0] for row in found} == shipped().keys()
    assert all(row[1] != coded(row[0])[0] for row in found)
    assert f"The assistants of {len(shipped())} invented organizations" in card
    assert sum(int(row[2]) for row in found) == 2 * CASES


def test_every_column_is_described(card: str) -> None:
    described = [name for row in table(card, "column", "what it holds") for name in coded(row[0])]
    assert {*recipe("ip-bounds").columns("bounds_stated")} <= {*described}
    assert len(described) == len({*described}) == 32


def test_arms_and_contrasts_are_those_of_the_manifest(card: str, manifest: dict[str, Any]) -> None:
    listed = [lines for head, _, *lines in tables(card) if head == ["role", "family", "arms", "names"]]
    named = [[name for row in lines for name in coded(row[3])] for lines in listed]
    declared = [[arm["name"] for arm in own["arms"]] for own in manifest["configs"].values()]
    assert [sorted(names) for names in named] == [sorted(names) for names in declared]
    counts: Counter[str] = Counter()
    for config, count, *_ in table(card, "config", "contrasts"):
        counts[coded(config)[0]] += int(count)
    assert counts == {config: len(own["contrasts"]) for config, own in manifest["configs"].items()}


def test_what_is_said_of_the_content_is_so(card: str) -> None:
    assert f"each of {len(identities())} identities" in card
    assert f"the wording, of {len(templates())}, in which the asker is told of" in card
    assert f"the opener, of {len(openers())}" in card
    assert f"| placebo | irrelevant | {len(controls())} |" in card


def test_the_example_runs_as_it_stands(small_bounds: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ip-bounds").symlink_to(small_bounds)
    (code,) = re.findall(r"```python\n(.*?)```", (small_bounds / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IP_BENCH")}
    environment |= {"HF_HOME": str(tmp_path / "hf"), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Rules for every answer:" in done.stdout
    assert "a Muslim person" in done.stdout
    assert '"outcome": ' in done.stdout
