"""The manifest says what rows come from: every draw with its parts, and every source with its revision."""

from __future__ import annotations

import dataclasses
import json
import re
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from ip_bench.builders.cues import (
    asked,
    cells,
    content,
    frames,
    message,
    names,
    opinion,
    opinion_content,
    places,
    provenance,
    recipes,
    rows,
    words,
)
from ip_bench.builders.cues.education import content as education_content
from ip_bench.builders.cues.education import inference, problems, tasks
from ip_bench.builders.cues.education import provenance as education_provenance
from ip_bench.builders.cues.education import recipes as education

from ip_bench import design, seeds
from ip_bench.release.hashing import combine
from ip_bench.release.provenance import FUNCTIONS, files_revision
from ip_bench.release.recipes import DATASETS, Recipe, recipe
from ip_bench.schemas import schema, validator


@pytest.fixture(scope="module")
def manifest(dataset: Path) -> dict[str, Any]:
    return dict(json.loads((dataset / "manifest.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", DATASETS)
def test_a_recipe_declares_all_that_a_manifest_says(name: str) -> None:
    made = recipe(name)
    wanted = {*Recipe.__annotations__, *(word for word in vars(Recipe) if not word.startswith("_"))}
    assert {word for word in wanted if not hasattr(made, word)} == set()
    assert made.SEEDS.keys() == {*made.CONFIGS}
    assert {config for source in made.sources() for config in source.configs} == {*made.CONFIGS}


# --- seeds


def fits(call: tuple[str, tuple[object, ...]], seed: provenance.Seed) -> bool:
    name, parts = call
    return (name, len(parts)) == (seed.function, len(seed.parts)) and all(
        said.startswith("{") or said == part for said, part in zip(seed.parts, parts, strict=True)
    )


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_every_draw_is_a_declared_one(config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: set[tuple[str, tuple[object, ...]]] = set()

    def heard(name: str) -> Any:
        def draw(*parts: object) -> Any:
            calls.add((name, parts))
            return getattr(seeds, name)(*parts)

        return draw

    for module, name in (
        (rows, "unit"), (content, "digest"), (frames, "digest"), (message, "rng"), (names, "rng"), (places, "digest"),
        (places, "rng"), (opinion_content, "digest"), (opinion_content, "unit"), (design, "digest"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, heard(name))
    held = content.load.__wrapped__()  # what is loaded or kept already made its draws before
    for module in (asked, cells, words):
        monkeypatch.setattr(module, "load", lambda: held._replace(items=held.items[:60]))
    monkeypatch.setattr(opinion, "load", opinion_content.load.__wrapped__)
    for module in (frames, names, places):
        for kept in vars(module).values():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()
    made = [*recipes.prompts(config, "validation"), *islice(recipes.prompts(config, "test"), 200)]
    assert len(made) > 200
    declared = recipes.SEEDS[config]
    assert [call for call in calls if not any(fits(call, seed) for seed in declared)] == []
    assert [seed for seed in declared if not any(fits(call, seed) for call in calls)] == []


def test_the_modules_of_the_recipe_draw_by_no_other_way() -> None:
    own = (asked, cells, content, frames, message, names, opinion, opinion_content, places, recipes, rows, words)
    for module in (*own, design, education, inference, tasks, problems):
        text = Path(str(module.__file__)).read_text(encoding="utf-8")
        assert re.findall(r"import (?:random|time|secrets|uuid)|numpy|random\.\w+\(", text) == []


def test_a_row_key_follows_from_the_manifest(dataset: Path, manifest: dict[str, Any]) -> None:
    import hashlib

    import pyarrow.parquet as pq

    row = pq.read_table(dataset / "inference/validation.parquet").to_pylist()[5]
    (key,) = [seed for seed in manifest["configs"]["inference"]["seeds"] if seed["decides"] == "the key of a row"]
    parts = [row[part.strip("{}")] if part.startswith("{") else part for part in key["parts"]]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    assert manifest["seed_functions"][key["function"]].startswith("hex blake2b-128 of the parts as a JSON array")
    assert hashlib.blake2b(text.encode(), digest_size=16).hexdigest() == row["row_id"]


@pytest.mark.parametrize("config", education.CONFIGS)
def test_every_draw_of_the_education_study_is_a_declared_one(config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: set[tuple[str, tuple[object, ...]]] = set()

    def heard(name: str) -> Any:
        def draw(*parts: object) -> Any:
            calls.add((name, parts))
            return getattr(seeds, name)(*parts)

        return draw

    for module, name in (
        (education, "rng"), (tasks, "digest"), (rows, "unit"), (problems, "rng"), (design, "digest"),
        (inference, "digest"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, heard(name))
    for kept in (problems.problems, tasks.tasks, tasks.with_fixed_length, inference.probed):
        kept.cache_clear()  # what is kept made its draws before
    assert len(list(education.prompts(config, "validation", education.VOICES[:1]))) > 70
    declared = education.SEEDS[config]
    assert [call for call in calls if not any(fits(call, seed) for seed in declared)] == []
    assert [seed for seed in declared if not any(fits(call, seed) for call in calls)] == []


def test_the_share_of_the_validation_split_is_the_declared_one() -> None:
    for name in ("ip-cues", "ip-education"):
        for seeds_of in recipe(name).SEEDS.values():
            assert f"below {rows.VALIDATION_SHARE}" in seeds_of[0].decides


def test_the_functions_are_those_of_the_schema_and_the_package() -> None:
    seed = schema("manifest")["properties"]["configs"]["additionalProperties"]["properties"]["seeds"]["items"]
    assert {*FUNCTIONS} == {*seed["properties"]["function"]["enum"]}
    assert all(callable(getattr(seeds, name)) for name in FUNCTIONS)


# --- sources


def test_the_manifest_has_the_recipes_sources(described: dict[str, Any]) -> None:
    declared = recipe(described["name"]).sources()
    assert described["sources"] == json.loads(json.dumps([dataclasses.asdict(one) for one in declared]))
    for source in described["sources"]:
        if source["license"] == described["license"]:
            assert re.fullmatch(r"blake2b:[0-9a-f]{64}", source["revision"])
        else:
            assert (
                source["revision"] or "facts" in source["license"]
            )  # facts alone may be of an edition not written down


def test_every_content_file_of_the_education_study_has_a_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: set[str] = set()
    monkeypatch.setattr(
        education_provenance, "files_revision", lambda files: hashed.update(file.name for file in files) or "r"
    )
    education_provenance.sources()
    folder = Path(str(education_content.__file__)).parent.parent / "content"
    files = {file.name for name in ("education", "dialect") for file in (folder / name).rglob("*") if file.is_file()}
    assert len(files) > 30
    assert files - hashed == {"anchors.jsonl"}  # responses on which a judge is calibrated: in no row


def test_every_file_that_the_builder_reads_has_a_revision(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is opened to load the questions is what the sources hash, beside the tables of names and places."""
    read: set[str] = set()
    true = Path.read_text

    def reading(self: Path, *given: Any, **options: Any) -> str:
        if "content" in self.parts:
            read.add(self.name)
        return true(self, *given, **options)

    hashed: set[str] = set()
    monkeypatch.setattr(Path, "read_text", reading)
    content.load.__wrapped__()
    opinion_content.load.__wrapped__()
    monkeypatch.setattr(provenance, "files_revision", lambda files: hashed.update(file.name for file in files) or "r")
    provenance.sources()
    assert len(read) > 20
    assert read <= hashed
    assert {file for file in hashed - read if not file.endswith(".csv")} == set()


def test_a_revision_is_of_the_bytes_and_not_of_the_order(tmp_path: Path) -> None:
    import hashlib

    for name, text in (("a", "x"), ("b", "y")):
        (tmp_path / name).write_text(text)
    files = [tmp_path / "a", tmp_path / "b"]
    found = files_revision(files)
    assert found == files_revision(files[::-1])
    digests = {file.name: hashlib.blake2b(file.read_bytes(), digest_size=32).digest() for file in files}
    assert found == f"blake2b:{combine(digests)}"
    (tmp_path / "b").write_text("z")
    assert files_revision(files) != found


@pytest.mark.parametrize("key", ["sources", "seed_functions"])
def test_a_manifest_without_them_is_none(manifest: dict[str, Any], key: str) -> None:
    assert not validator("manifest").is_valid({name: value for name, value in manifest.items() if name != key})


@pytest.mark.parametrize("change", [{"revision": ""}, {"license": None}, {"url": "ftp://x"}, {"configs": []}, {"x": 1}])
def test_a_source_must_be_whole(manifest: dict[str, Any], change: dict[str, Any]) -> None:
    assert not validator("manifest").is_valid(manifest | {"sources": [manifest["sources"][0] | change]})


def test_the_card_lists_sources_and_seeds(folder: Path, described: dict[str, Any]) -> None:
    card = (folder / "README.md").read_text(encoding="utf-8")
    for source in described["sources"]:
        name = f"[{source['name']}]({source['url']})" if source["url"] else source["name"]
        assert f"| {name} | {source['taken']} |" in card
        assert f"`{source['revision']}`" in card or (source["revision"] is None and "none recorded" in card)
    for seed in next(iter(described["configs"].values()))["seeds"]:
        parts = ", ".join(f"`{part}`" for part in seed["parts"])
        assert f"| {seed['decides']} | `{seed['function']}` | {parts} |" in card
