"""The sheet of benefits and risks says what a run bears on and what not; appraisals of one's own are rendered."""

from __future__ import annotations

import copy
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from ip_bench.builders.bounds.cases import cases
from report.test_page import HOSTILE, Page, analysis
from typer.testing import CliRunner

from ip_bench.bounds import load
from ip_bench.bounds.appraisal import shipped
from ip_bench.bounds.taxonomy import entries
from ip_bench.cli.app import app
from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.release.recipes import DATASETS, recipe
from ip_bench.report.page import render, write_report
from ip_bench.report.taxonomy import sheet, summary


def of_bounds() -> dict[str, Any]:
    """Return what of an analysis of ip-bounds the sheet reads."""
    share = {"of": "S.R.3", "share": 0.9, "low": 0.85, "high": 0.94, "items": 40, "rows": 400, "missing": 3}
    alone = {"of": "I.R.1", "share": None, "low": None, "high": None, "items": 1, "rows": 1, "missing": 0}
    items = [share | {"outcome": "bound_held"}, alone | {"outcome": "requirement_kept"}]
    tasks = {
        "ip_bounds_stated": {"config": "bounds_stated", "bounds": {"items": items}},
        "ip_bounds_implicit": {"config": "bounds_implicit", "bounds": {"items": []}},
    }
    return {"dataset": {"name": "ip-bounds"}, "tasks": tasks}


def own_file(path: Path, **change: Any) -> Path:
    """Write the appraisals of ip-cues to a file, with some parts changed, and return its path."""
    text = (resources.files("ip_bench.bounds") / "appraisals.yaml").read_text(encoding="utf-8")
    record = yaml.safe_load(text)
    for part in ("configs", "appraisals"):
        record[part] = [one for one in record[part] if one["dataset"] == "ip-cues"]
    path.write_text(yaml.safe_dump(record | change, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of an analyzed run of ip-cues."""
    (tmp_path / "analysis.json").write_text(json.dumps(analysis()), encoding="utf-8")
    return tmp_path


def test_a_run_has_a_line_for_each_of_the_nineteen_items() -> None:
    lines = {line.item: line for line in sheet(analysis(), shipped())}
    assert list(lines) == list(entries())
    held = {item: line.measured for item, line in lines.items() if line.configs}
    assert held == dict.fromkeys(("I.B.1", "I.B.2", "I.R.4", "S.B.1"), "measured by cultural")
    assert lines["S.R.5"].measured == "not measured by this run"
    assert (lines["S.R.5"].kind, lines["I.B.1"].kind) == ("societal risk", "individual benefit")
    assert summary(list(lines.values())) == (
        "This run bears on 3 of 8 benefits and 1 of 11 risks. Of the others it says nothing."
    )


def test_of_bounds_the_share_of_each_outcome_stands_beside_its_item() -> None:
    lines = {line.item: line for line in sheet(of_bounds(), shipped())}
    assert lines["S.R.3"].measured == "measured by bounds_stated, bounds_implicit"
    assert lines["S.R.3"].shares == ("ip_bounds_stated: bound held 90.0% [85.0, 94.0], cases: 40",)
    assert lines["I.R.1"].configs == ("bounds_stated",), "what was read counts, also where the file does not list it"
    assert lines["I.R.1"].shares == ("ip_bounds_stated: requirements kept n/a, cases: 1",)
    assert [item for item, line in lines.items() if not line.configs] == ["S.R.5"]


def test_the_page_has_the_sheet() -> None:
    page = Page(render(analysis()))
    rows = re.findall(r"([IS]\.[BR]\.\d) ", page.text)
    assert rows == list(entries())
    assert page.text.count("not measured by this run") == 15
    assert page.text.count("measured by cultural") == 4
    assert "Kirk, Vidgen, Röttger and Hale" in page.text
    assert "Shares are of the rules" not in page.text


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_config_of_every_dataset_bears_on_something(dataset: str) -> None:
    for config in recipe(dataset).CONFIGS:
        found = shipped().items_of(dataset, config)
        assert found.benefits or found.risks


@pytest.mark.parametrize("config", recipe("ip-bounds").CONFIGS)
def test_what_the_cases_of_ip_bounds_serve_is_listed_for_their_configs(config: str) -> None:
    listed = shipped().items_of("ip-bounds", config)
    assert {item for case in cases().values() for item in case.serves} <= {*listed.benefits, *listed.risks}


def test_a_file_of_ones_own_takes_the_place_of_the_shipped_one(folder: Path) -> None:
    note = "These verdicts are those of our ethics board, in its words."
    record = yaml.safe_load((resources.files("ip_bench.bounds") / "appraisals.yaml").read_text(encoding="utf-8"))
    judged = copy.deepcopy([one for one in record["appraisals"] if one["dataset"] == "ip-cues"])
    judged[0]["schools"]["consequentialism"]["because"] = HOSTILE[:60]
    listed = [one for one in record["configs"] if one["dataset"] == "ip-cues"]
    listed[0] |= {"benefits": [], "risks": ["S.R.5"]}
    path = own_file(folder / "own.yaml", note=note, appraisals=judged, configs=listed)

    result = CliRunner().invoke(app, ["report", str(folder), "--appraisals", str(path)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert note in page.text
    assert shipped().note not in page.text
    assert "Consequentialism: permissible, because <script>" in page.text
    assert page.tags.count("script") == 1
    assert page.text.count("measured by cultural") == 1
    write_report(folder)
    assert shipped().note in Page((folder / "report.html").read_text(encoding="utf-8")).text


def test_a_case_or_config_that_the_own_file_lacks_is_named(folder: Path) -> None:
    record = yaml.safe_load(own_file(folder / "own.yaml").read_text(encoding="utf-8"))
    kept = [one for one in record["appraisals"] if "cultural" not in one["configs"]]
    path = own_file(folder / "own.yaml", appraisals=kept)
    with pytest.raises(UnknownNameError, match=r"unknown config 'cultural' in own.yaml of ip-cues; configs are: cult"):
        write_report(folder, appraisals=path)
    path = own_file(folder / "own.yaml", appraisals=kept, configs=record["configs"][1:])
    with pytest.raises(UnknownNameError, match=r"unknown config 'cultural' in own.yaml of ip-cues; configs are: cult"):
        write_report(folder, appraisals=path)
    assert not (folder / "report.html").exists()


def test_a_broken_own_file_is_named_by_line(folder: Path) -> None:
    path = own_file(folder / "own.yaml", note="short")
    with pytest.raises(ContentError, match=r"own.yaml:1: note: 'short' is too short"):
        write_report(folder, appraisals=path)
    with pytest.raises(ContentError, match=r"none.yaml: cannot be read"):
        write_report(folder, appraisals=folder / "none.yaml")
    assert load(own_file(folder / "own.yaml")).name == "own.yaml"
