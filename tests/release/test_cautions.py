"""A config's warnings reach manifest and card, and say what gate the dataset needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ip_bench.builders.cues import asked, cells, content, recipes, words
from jinja2 import Environment

from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.files import read_json
from ip_bench.release.build import build
from ip_bench.release.card import render_card
from ip_bench.release.cautions import CAUTIONS, card_section, front_matter, gate_of, tags_of, warned
from ip_bench.schemas import schema


@pytest.fixture(scope="module")
def manifest(dataset: Path) -> dict[str, Any]:
    return dict(read_json(dataset / "manifest.json"))


def warning(manifest: dict[str, Any], **named: list[str]) -> dict[str, Any]:
    configs = {
        config: described | {"warnings": named.get(config, [])} for config, described in manifest["configs"].items()
    }
    return manifest | {"configs": configs}


def split_card(card: str) -> tuple[dict[str, Any], str]:
    _, front, text = card.split("---\n", 2)
    return yaml.safe_load(front), text


def test_a_dataset_without_warnings_is_open_and_says_nothing(manifest: dict[str, Any]) -> None:
    assert (gate_of(manifest), tags_of(manifest), front_matter(manifest), card_section(manifest)) == (None, [], "", "")
    front, text = split_card(render_card(manifest))
    assert [key for key in front if "gated" in key] == []
    assert "Content warning" not in text


@pytest.mark.parametrize("name", CAUTIONS)
def test_a_warning_is_in_the_card_and_in_its_front_matter(manifest: dict[str, Any], name: str) -> None:
    given = warning(manifest, inference=[name])
    front, text = split_card(render_card(given))
    caution = CAUTIONS[name]
    assert f"- `inference`: {caution.content}" in text
    assert text.index("## Content warning") < text.index("## What it measures")
    assert ("gated for all configs" in text) == (caution.gate is not None)
    assert ("not-for-all-audiences" in front["tags"]) == (name == "unsafe_requests")
    assert [config["config_name"] for config in front["configs"]] == [*recipes.CONFIGS]
    if caution.gate is None:
        assert [key for key in front if "gated" in key] == []
    else:
        assert caution.content in front["extra_gated_prompt"]
        assert front["extra_gated_fields"][caution.terms] == "checkbox"


def test_several_warnings_are_one_gate(manifest: dict[str, Any]) -> None:
    given = warning(manifest, cultural=["identity", "dialect"], inference=["unsafe_requests", "identity"])
    assert warned(given) == {
        "dialect": ["cultural"], "unsafe_requests": ["inference"], "identity": ["cultural", "inference"],
    }  # fmt: skip
    assert gate_of(given) == "auto"
    front, text = split_card(render_card(given))
    assert list(front["extra_gated_fields"].values()).count("checkbox") == 2
    assert front["tags"].count("not-for-all-audiences") == 1
    assert f"- `cultural`, `inference`: {CAUTIONS['identity'].content}" in text


def test_the_strictest_gate_counts(manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CAUTIONS, "dialect", CAUTIONS["dialect"]._replace(gate="manual"))
    assert gate_of(warning(manifest, cultural=["unsafe_requests"])) == "auto"
    assert gate_of(warning(manifest, cultural=["unsafe_requests"], inference=["dialect", "identity"])) == "manual"


def test_the_front_matter_is_what_the_hubs_client_reads(manifest: dict[str, Any]) -> None:
    from huggingface_hub import DatasetCard

    given = warning(manifest, cultural=["unsafe_requests", "dialect"])
    card = DatasetCard(render_card(given), ignore_metadata_errors=False)
    assert card.data.tags[-1] == "not-for-all-audiences"
    assert (
        yaml.safe_load(card.data.to_yaml())["extra_gated_fields"]
        == yaml.safe_load(front_matter(given))["extra_gated_fields"]
    )


@pytest.mark.parametrize("gone", ["{{ caution.front_matter -}}", "{{ caution.section }}", "- {{ tag }}"])
def test_a_template_that_leaves_a_warning_out_is_refused(
    described: dict[str, Any], monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    every = {config: ["unsafe_requests"] for config in described["configs"]}
    true = Environment.from_string

    def without(self: Environment, source: str, *given: Any, **options: Any) -> Any:
        assert gone in source
        return true(self, source.replace(gone, ""), *given, **options)

    monkeypatch.setattr(Environment, "from_string", without)
    render_card(warning(described))
    with pytest.raises(ContentError, match=f"card template of {described['name']} leaves out caution: "):
        render_card(warning(described, **every))


def test_the_dialect_dataset_is_gated_as_a_whole(education_dataset: Path) -> None:
    built = dict(read_json(education_dataset / "manifest.json"))
    configs = ["education_reasoning", "education_requests", "education_inference"]
    assert warned(built) == {"dialect": configs, "identity": configs}
    assert gate_of(built) == "auto"
    front, text = split_card((education_dataset / "README.md").read_text(encoding="utf-8"))
    assert CAUTIONS["dialect"].content in front["extra_gated_prompt"]
    assert front["extra_gated_fields"][CAUTIONS["dialect"].terms] == "checkbox"
    assert "gated for all configs" in text


def test_a_build_carries_the_recipes_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = content.load()
    for module in (asked, cells, words):
        monkeypatch.setattr(module, "load", lambda: held._replace(items=held.items[:40]))
    monkeypatch.setattr(recipes, "WARNINGS", {"inference": ("dialect",)})
    made = build("ip-cues", tmp_path / "a", check=False)
    warnings = {config: described["warnings"] for config, described in made["configs"].items()}
    assert warnings == {config: ["dialect"] if config == "inference" else [] for config in recipes.CONFIGS}
    assert "extra_gated_prompt" in (tmp_path / "a" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"cultural": ("rude",)}, "unknown warning 'rude' in ip-cues/cultural; warnings are: dialect, unsafe_requests"),
        ({"votes": ("dialect",)}, "unknown config 'votes' in the warnings of ip-cues; configs are: cultural"),
    ],
)
def test_an_unknown_warning_stops_a_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: dict[str, tuple[str, ...]], said: str
) -> None:
    monkeypatch.setattr(recipes, "WARNINGS", declared)
    with pytest.raises(UnknownNameError, match=said):
        build("ip-cues", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_the_schema_knows_the_warnings() -> None:
    config = schema("manifest")["properties"]["configs"]["additionalProperties"]["properties"]
    assert config["warnings"]["items"]["enum"] == [*CAUTIONS]
