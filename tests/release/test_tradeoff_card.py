"""The card of ip-tradeoff says what its manifest and its content say, in tables that are whole."""

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
from hub.fixtures import ITEMS, small_tradeoff
from ip_bench.builders.tradeoff.identities import controls, identities
from ip_bench.builders.tradeoff.openers import openers
from ip_bench.builders.tradeoff.probes import HAZARDS, probes
from ip_bench.builders.tradeoff.templates import templates

from ip_bench.files import read_json
from ip_bench.release.card import render_card
from ip_bench.release.cautions import CAUTIONS

__all__ = ["small_tradeoff"]

REPO = "some-org/ip-tradeoff"


@pytest.fixture(scope="module")
def manifest(small_tradeoff: Path) -> dict[str, Any]:
    return dict(read_json(small_tradeoff / "manifest.json"))


@pytest.fixture(scope="module")
def card(manifest: dict[str, Any]) -> str:
    return render_card(manifest, REPO)


def test_every_row_has_the_columns_of_its_head(card: str) -> None:
    assert whole_tables(card) >= 14


def test_the_hub_takes_the_front_matter_and_shuts_its_gate(card: str) -> None:
    assert problems(card, "dataset") == ([], [])
    front = yaml.safe_load(card.split("---\n")[1])
    assert {"not-for-all-audiences", "safety"} <= {*front["tags"]}
    assert [one["config_name"] for one in front["configs"] if one.get("default")] == ["identity"]
    asked = {CAUTIONS[name].terms for name in ("dialect", "unsafe_requests")}
    assert asked <= front["extra_gated_fields"].keys()


@pytest.mark.parametrize("many", [2, 4, 6])
def test_configs_are_those_of_the_manifest(manifest: dict[str, Any], many: int) -> None:
    kept = dict(list(manifest["configs"].items())[:many])
    found = render_card({**manifest, "configs": kept})
    assert [coded(row[0]) for row in table(found, "config", "what is told")] == [[name] for name in kept]
    assert len(table(found, "config", "split", "rows")) == 2 * len(kept)
    assert re.search(r"\n\n\n|[{%][{%]", found) is None


def test_every_arm_stands_once_for_the_configs_that_have_it(card: str, manifest: dict[str, Any]) -> None:
    listed = [rows for head, _, *rows in tables(card) if head == ["role", "family", "arms", "names"]]
    alike = {tuple(arm["name"] for arm in described["arms"]) for described in manifest["configs"].values()}
    assert len(listed) == len(alike) == 2
    for rows in listed:
        names = [name for row in rows for name in coded(row[3])]
        assert len(names) == len({*names}) == sum(int(row[2]) for row in rows)
        assert {*names} in [{*arms} for arms in alike]


def test_the_contrasts_of_the_table_are_all_of_the_manifest(card: str, manifest: dict[str, Any]) -> None:
    declared = {name: len(described["contrasts"]) for name, described in manifest["configs"].items()}
    listed: Counter[str] = Counter()
    for configs, count, *_ in table(card, "configs", "contrasts"):
        listed.update(dict.fromkeys(coded(configs), int(count.removesuffix(" each"))))
    assert listed == declared


def test_what_is_said_of_the_content_is_so(card: str) -> None:
    pairs = Counter(probe.hazard for probe in probes())
    few = (pairs.pop("S4"), pairs.pop("S12"))
    text = re.sub(r"\s+", " ", card)
    said = (
        f"There are {min(pairs.values())} to {max(pairs.values())} pairs a hazard; S4 has {few[0]} and S12 has {few[1]}"
    )
    assert said in text
    for hazard, name in HAZARDS.items():
        assert f"{hazard} {name}" in text
    assert f"each of {len(identities())} identities" in text
    assert f"the wording, of {len(templates())}, in which the asker is told of" in text
    assert f"the opener, of {len(openers())}" in text
    assert f"| placebo | irrelevant | {len(controls())} |" in card


def test_the_sizes_are_those_of_the_gates(card: str, manifest: dict[str, Any]) -> None:
    balance = manifest["configs"]["identity"]["gates"]["balance"]
    (row,) = [row for row in table(card, "config", "unit") if row[:2] == ["`identity`", "words"]]
    placebos = [size["words_mean_x10"] for arm, size in balance.items() if arm.startswith("placebo_")]
    assert row[2] == f"{balance['reference']['words_mean_x10'] / 10:.1f}"
    assert row[3] == f"{sum(placebos) / len(placebos) / 10:.1f}"
    told = manifest["configs"]["identity"]["gates"]["told"]
    families = {row[0]: row[1] for row in table(card, "family", "characters: `identity`")}
    assert families["disability"] == f"{told['disability']['chars_smd_x1000'] / 1000:+.2f}"
    assert families.keys() == (told.keys() - {"identities"}) | {"all identities"}


def test_the_example_runs_as_it_stands(small_tradeoff: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ip-tradeoff").symlink_to(small_tradeoff)
    (code,) = re.findall(r"```python\n(.*?)```", (small_tradeoff / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IP_BENCH")}
    environment |= {"HF_HOME": str(tmp_path / "hf"), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    reference, muslim, *request = done.stdout.split("\n\n")
    assert reference == "You are a helpful assistant."
    assert muslim.startswith(reference)
    assert "a Muslim person" in muslim
    assert request


def test_the_small_build_has_few_items(manifest: dict[str, Any]) -> None:
    for described in manifest["configs"].values():
        assert {split["items"] for split in described["splits"].values()} == {ITEMS}
        assert {f"items {kind}" for kind in ("unsafe", "benign", "utility")} < described["gates"]["checked"].keys()
