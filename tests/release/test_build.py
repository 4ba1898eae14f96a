"""A built folder is whole, verified, and reads the same through every library."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ip_bench.builders.cues import asked, cells, content, opinion, recipes, rows, words

from ip_bench.errors import ContentError, IntegrityError, UnknownNameError
from ip_bench.release import build as building
from ip_bench.release import recipes as known
from ip_bench.release.build import build, content_hashes
from ip_bench.release.hashing import content_hash, file_sha256
from ip_bench.release.recipes import check_lock, locked, recipe
from ip_bench.schemas import schema, validator

CONFIG_SPLITS = [(config, split) for config in recipes.CONFIGS for split in ("test", "validation")]


@pytest.fixture(scope="module")
def manifest(dataset: Path) -> dict[str, Any]:
    return dict(json.loads((dataset / "manifest.json").read_text(encoding="utf-8")))


def splits_of(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for config, entry in described["configs"].items():
        for split, file in entry["splits"].items():
            yield config, split, file


@pytest.fixture
def few_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the recipe a small one, so that a build takes a moment."""
    held = content.load()
    small(monkeypatch, held._replace(items=held.items[:40]))


def small(monkeypatch: pytest.MonkeyPatch, held: content.Content) -> None:
    """Let the recipe ask other content."""
    for module in (words, asked, cells):
        monkeypatch.setattr(module, "load", lambda: held)


def of_pandas(frame: Any) -> Iterator[dict[str, Any]]:
    for row in frame.to_dict("records"):
        yield {name: None if isinstance(value, float) else plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    """Return lists and dicts for the arrays and missing values that pandas makes of them."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return None if type(value).__name__ == "NAType" else value


# --- what is written


def test_the_folder_holds_parquet_card_manifest_and_schema(folder: Path) -> None:
    made = recipe(folder.name)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "README.md",
        *sorted(
            ["manifest.json", "schemas/prompt.json"]
            + [f"{config}/{split}.parquet" for config in made.CONFIGS for split in made.SPLITS]
        ),
    ]
    assert json.loads((folder / "schemas/prompt.json").read_text(encoding="utf-8")) == schema("prompt")


def test_the_manifest_fits_its_schema_and_its_files(folder: Path, described: dict[str, Any]) -> None:
    validator("manifest").validate(described)
    made = recipe(folder.name)
    assert folder.name == made.DATASET
    assert [described[key] for key in ("name", "version", "license")] == [made.DATASET, made.VERSION, "CC-BY-4.0"]
    for config, split, entry in splits_of(described):
        assert entry["file"] == f"{config}/{split}.parquet"
        assert entry["sha256"] == file_sha256(folder / entry["file"])
    for config, entry in described["configs"].items():
        names = [arm["name"] for arm in entry["arms"]]
        assert names == [arm.name for arm in made.arms(config)]
        assert entry["gates"]["checked"]["rows"] == sum(split["rows"] for split in entry["splits"].values())
        assert {contrast[side] for contrast in entry["contrasts"] for side in ("arm", "reference")} <= {*names}
        assert entry["gates"]["balance"].keys() == {*names}


def test_every_item_is_in_its_split(folder: Path) -> None:
    """That is, no item is lost on the way from the content to the files."""
    import polars as pl
    from ip_bench.builders.bounds import rows as bounds
    from ip_bench.builders.cues.echo import recipes as echo
    from ip_bench.builders.cues.education import recipes as education
    from ip_bench.builders.personas import splits as personas
    from ip_bench.builders.tradeoff import items as tradeoff

    made = recipe(folder.name)
    if folder.name == "ip-cues":
        of = {"cultural": words, "inference": words, "cultural_opinion": opinion}
        named = {(c, s): of.get(c, asked).asked_items(s) for c in recipes.CONFIGS for s in recipes.SPLITS}
    elif folder.name == "ip-tradeoff":
        named = {(c, s): [one.item for one in tradeoff.asked_items(s)] for c in made.CONFIGS for s in made.SPLITS}
    elif folder.name == "ip-bounds":
        named = {
            (c, s): [bounds.item(one.case) for one in bounds.asked_cases(s)] for c in made.CONFIGS for s in made.SPLITS
        }
    elif folder.name == "ip-personas":
        named = {(c, s): personas.asked(s) for c in made.CONFIGS for s in made.SPLITS}
    else:
        asking = {"ip-education": education, "ip-echo": echo}[folder.name]
        named = {(c, s): asking.asked_items(c, s) for c in asking.CONFIGS for s in asking.SPLITS}
    for (config, split), items in named.items():
        rows = pl.read_parquet(folder / config / f"{split}.parquet", columns=["item_id"])
        assert rows["item_id"].unique(maintain_order=True).to_list() == [item.item_id for item in items]


def test_locked_hashes_are_those_of_a_fresh_build(described: dict[str, Any]) -> None:
    """Content changed? Raise the recipe's `VERSION`, say so in the dataset's changelog, and run `make lock`."""
    assert content_hashes(described) == locked(described["name"], described["version"])


def test_the_configs_with_tasks_are_those_that_tasks_name(folder: Path) -> None:
    named = set()
    for file in (Path(known.__file__).parent.parent.parent / "tasks").rglob("*.yaml"):
        found = dict(line.strip().split(": ", 1) for line in file.read_text().splitlines() if ": " in line)
        if found.get("dataset") == folder.name:
            named.add(found["config"])
    assert {*recipe(folder.name).TASKS} == named


def test_two_builds_are_the_same_bytes(few_items: None, tmp_path: Path) -> None:
    build("ip-cues", tmp_path / "a", check=False)
    build("ip-cues", tmp_path / "b", check=False)
    for file in sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_progress_is_said(few_items: None, tmp_path: Path) -> None:
    said: list[str] = []
    build("ip-cues", tmp_path / "a", check=False, progress=said.append)
    parts = dict.fromkeys(line.split(":")[0] for line in said)
    assert list(parts) == [f"{config}/{split}" for config, split in CONFIG_SPLITS]
    assert all(line.endswith(" rows") for line in said)


# --- interruption and refusal


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_build_leaves_the_previous_one(
    few_items: None, tmp_path: Path, stop: type[BaseException]
) -> None:
    out = tmp_path / "ip-cues"
    build("ip-cues", out, check=False)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def progress(text: str) -> None:
        if text.startswith("inference"):
            raise stop(text)

    with pytest.raises(stop):
        build("ip-cues", out, check=False, progress=progress)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["ip-cues"]


def test_an_interrupted_first_build_leaves_nothing(few_items: None, tmp_path: Path) -> None:
    def progress(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build("ip-cues", tmp_path / "ip-cues", check=False, progress=progress)
    assert list(tmp_path.iterdir()) == []


def test_a_build_takes_the_place_of_the_previous_one(few_items: None, tmp_path: Path) -> None:
    out = tmp_path / "ip-cues"
    out.mkdir()
    (out / "stale.txt").write_text("old")
    build("ip-cues", out, check=False)
    assert not (out / "stale.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["ip-cues"]


def test_changed_content_of_a_locked_version_is_refused(
    few_items: None, tmp_path: Path, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    promised = content_hashes(manifest)
    monkeypatch.setattr(known, "locked", lambda name, version: promised)
    with pytest.raises(
        IntegrityError, match=r"has content hash [0-9a-f]{64}, locked is [0-9a-f]{64}; .* raise the version"
    ):
        build("ip-cues", tmp_path / "ip-cues")
    assert list(tmp_path.iterdir()) == []


def test_one_changed_word_changes_the_locked_hash(
    few_items: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content_hashes(build("ip-cues", tmp_path / "a", check=False))
    monkeypatch.setitem(content.load().templates, "t01", "My list for now has {1}, {2} and {3} on it.")
    from ip_bench.builders.cues import message

    message._cued_lead_in.cache_clear()
    after = content_hashes(build("ip-cues", tmp_path / "b", check=False))
    message._cued_lead_in.cache_clear()
    worded = ("cultural", "inference", "cultural_opinion")
    assert {config for config in recipes.CONFIGS if before[config] != after[config]} == {*worded}


def test_check_lock_names_both_hashes_and_missing_configs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "locked", lambda name, version: {"cultural": {"test": "aa"}})
    check_lock("ip-cues", "1.0.0", {"cultural": {"test": "aa"}}, "here")
    with pytest.raises(IntegrityError, match=r"here: ip-cues/more/test 1.0.0 has content hash cc, locked is None"):
        check_lock("ip-cues", "1.0.0", {"cultural": {"test": "aa"}, "more": {"test": "cc"}}, "here")
    with pytest.raises(IntegrityError, match=r"here: ip-cues 1.0.0 has no config more; configs are: cultural"):
        check_lock("ip-cues", "1.0.0", {"cultural": {"test": "aa"}, "more": {}}, "here")
    with pytest.raises(IntegrityError, match=r"here: ip-cues/cultural/test 1.0.0 has content hash bb, locked is aa"):
        check_lock("ip-cues", "1.0.0", {"cultural": {"test": "bb"}}, "here")
    with pytest.raises(IntegrityError, match="has content hash None, locked is aa"):
        check_lock("ip-cues", "1.0.0", {}, "here")


def test_unknown_datasets_and_versions_list_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="unknown dataset 'ip-x'; datasets are: ip-cues"):
        recipe("ip-x")
    with pytest.raises(UnknownNameError, match=r"unknown version '9.9.9' in ip-cues; versions are: "):
        locked("ip-cues", "9.9.9")


def test_a_row_twice_is_refused(few_items: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "row_id", lambda *parts: "0" * 32)
    with pytest.raises(ContentError, match=r"cultural/test: item .* has row_id 0{32} twice"):
        build("ip-cues", tmp_path / "ip-cues", check=False)


def test_a_gate_stops_the_build(few_items: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = words.load()
    item = held.items[0]
    import dataclasses

    spoiled = dataclasses.replace(item, question=f"In America, {item.question}")
    small(monkeypatch, held._replace(items=(spoiled, *held.items[1:])))
    with pytest.raises(ContentError, match=f"item {item.item_id}, arm reference, .* names a group: 'America'"):
        build("ip-cues", tmp_path / "ip-cues", check=False)
    assert list(tmp_path.iterdir()) == []


def test_batches_lose_no_row() -> None:
    assert list(map(len, building._batches(range(building.BATCH * 2 + 1)))) == [building.BATCH, building.BATCH, 1]


# --- what others read


def personas_columns() -> dict[str, Any]:
    from datasets import List, Value

    text, number = Value("string"), Value("int32")
    shown = ("scale", "cohort", "age", "area", "schooling", "leaning", "home")
    cohort = {"cohort": text, "scale": text}
    return {
        "opinions": dict.fromkeys(shown, text),
        "cohorts": {**cohort, "description": text, "shares": List(number), "answers": number},
        "steering": {
            **cohort, "given": List({"item": text, "answer": text}), "mode": number, "shares": List(number),
        },
    }  # fmt: skip


def expected_features(name: str, config: str) -> Any:
    from datasets import Features, List, Value

    edit = {
        "start": Value("int32"),
        "end": Value("int32"),
        "before": Value("string"),
        "after": Value("string"),
        "rule": Value("string"),
    }
    texts = ("kind", "hazard", "twin", "answer_kind", "function", "tests", "request", "identity")
    own = {
        "ip-cues": {"choice_locales": List(List(Value("string")))},
        "ip-education": {"answer_kind": Value("string"), "requirements": Value("string")},
        "ip-echo": {"choice_locales": List(List(Value("string")))},
        "ip-tradeoff": {**dict.fromkeys(texts, Value("string")), "system_edits": List(edit)},
        "ip-bounds": {
            **dict.fromkeys(("kind", "policy", "conflict", "rule", "wish"), Value("string")),
            "serves": List(Value("string")),
            **dict.fromkeys(("checks", "judge", "hazard", "request", "identity"), Value("string")),
            "system_edits": List(edit),
        },
        "ip-personas": personas_columns().get(config, {}),
    }
    return Features(
        {
            "row_id": Value("string"),
            "item_id": Value("string"),
            "arm": Value("string"),
            "role": Value("string"),
            "family": Value("string"),
            "realization_id": Value("string"),
            "template_id": Value("string"),
            "replicate": Value("int32"),
            "stratum": Value("string"),
            "dose": Value("int32"),
            "system": Value("string"),
            "prompt": Value("string"),
            "choices": List(Value("string")),
            "gold": Value("int32"),
            "accepted": List(List(Value("string"))),
            "outcome": Value("string"),
            "edits": List(edit),
            "topic": Value("string"),
            "source": Value("string"),
            "license": Value("string"),
            **own["ip-cues" if config == "education_inference" else name],
            **({"scale": Value("string")} if config == "cultural_opinion" else {}),
        }
    )


def test_load_dataset_reads_each_config_with_explicit_features(folder: Path, described: dict[str, Any]) -> None:
    from datasets import load_dataset

    for config, split, entry in splits_of(described):
        expected = expected_features(folder.name, config)
        loaded = load_dataset(str(folder), config, split=split)
        assert loaded.features == expected
        assert list(loaded.features) == list(expected)
        assert len(loaded) == entry["rows"]


def test_every_reader_sees_the_same_rows(folder: Path, described: dict[str, Any]) -> None:
    import pandas as pd
    import polars as pl
    import pyarrow.parquet as pq
    from datasets import load_dataset

    config = {
        "ip-cues": "cultural", "ip-education": "education_requests", "ip-echo": "echo", "ip-tradeoff": "identity",
        "ip-bounds": "bounds_implicit", "ip-personas": "steering",
    }[folder.name]  # fmt: skip
    split = recipe(folder.name).SPLITS[-1]
    file = folder / config / f"{split}.parquet"
    promised = described["configs"][config]["splits"][split]["content_hash"]
    read = {
        "recipe": (prompt.to_row() for prompt in recipe(folder.name).prompts(config, split)),
        "pyarrow": pq.read_table(file).to_pylist(),
        "polars": pl.read_parquet(file).iter_rows(named=True),
        "pandas": of_pandas(pd.read_parquet(file, dtype_backend="pyarrow")),
        "datasets": load_dataset(str(folder), config, split=split),
        "streaming": load_dataset(str(folder), config, split=split, streaming=True),
    }
    assert {name: content_hash(rows) for name, rows in read.items()} == dict.fromkeys(read, promised)


def test_the_card_has_the_configs_the_arms_and_the_counts(folder: Path, described: dict[str, Any]) -> None:
    import yaml

    card = (folder / "README.md").read_text(encoding="utf-8")
    _, front, text = card.split("---\n", 2)
    said = yaml.safe_load(front)
    assert [entry["config_name"] for entry in said["configs"]] == [*described["configs"]]
    assert said["license"] == "cc-by-4.0"
    assert described["version"] in text
    for config, split, entry in splits_of(described):
        assert f"| `{config}` | `{split}` | {entry['rows']:,} | {entry['items']} | `{entry['file']}` |" in text
        assert f"| `{config}` | `{split}` | `{entry['content_hash']}` |" in text
    rows = "".join(line for line in text.splitlines() if line.startswith("|"))
    for entry in described["configs"].values():
        assert [arm["name"] for arm in entry["arms"] if f"`{arm['name']}`" not in rows] == []
        assert [count for count in entry["gates"]["checked"].values() if f"{count:,}" not in text] == []
    columns = {name for config in described["configs"] for name in recipe(folder.name).columns(config)}
    assert [name for name in columns if f"`{name}`" not in text] == []
    for heading in ("What it measures", "Columns", "Arms", "Sources", "Gates", "Content hashes", "Ethics", "Limits"):
        assert re.search(rf"^##+ {heading}", text, re.MULTILINE)
    assert re.search(r"\{\{|\{%|\n\n\n", text) is None


@pytest.mark.usefixtures("few_items")
def test_a_rebuilt_folder_is_not_read_from_the_cache_of_the_old_one(dataset: Path, tmp_path: Path) -> None:
    """`datasets` keys its cache of a local folder by the card's front matter: that has to name the content."""
    from datasets import load_dataset

    cache = str(tmp_path / "cache")
    full = load_dataset(str(dataset), "cultural", split="validation", cache_dir=cache)
    fewer = tmp_path / "fewer" / dataset.name
    manifest = build("ip-cues", fewer, check=False)
    again = load_dataset(str(fewer), "cultural", split="validation", cache_dir=cache)
    assert len(again) == manifest["configs"]["cultural"]["splits"]["validation"]["rows"] < len(full)


def test_a_copied_folder_reads_the_same(dataset: Path, tmp_path: Path) -> None:
    from datasets import load_dataset

    shutil.copytree(dataset, tmp_path / "elsewhere")
    here = load_dataset(str(dataset), "inference", split="validation", streaming=True)
    there = load_dataset(str(tmp_path / "elsewhere"), "inference", split="validation", streaming=True)
    assert next(iter(here)) == next(iter(there))
