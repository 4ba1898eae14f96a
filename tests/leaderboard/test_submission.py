"""What may be submitted, and what is refused by name before anything is read from a hub."""

import json
import re

import pytest
from leaderboard.conftest import TASK, changed

from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.files import read_json, write_json
from ip_bench.leaderboard.identity import check_model, described
from ip_bench.leaderboard.submission import differences, read_submission
from ip_bench.release.recipes import recipe

MODEL = "org/model"
VERSION = recipe("ip-cues").VERSION


def refused(folder, said, model=MODEL):
    with pytest.raises(IpBenchError, match=said):
        read_submission(folder, model)


def test_a_complete_run_may_be_submitted(results):
    found = read_submission(results, MODEL)
    assert found.place == f"org/model/ip-cues-{VERSION}/mini"
    assert [(one.task, one.id, one.known) for one in found.headlines] == [(TASK, "cultural_uk_mini", True)]
    assert found.selfcheck["recovered"] is True


@pytest.mark.parametrize("model", ["model", "a/b/c", "../x", "org/", "org/..", "-/m", "org/m o"])
def test_a_model_id_is_org_and_model(results, model):
    refused(results, "is not ORG/MODEL", model)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"model": "other/model"}, r"of other/model, not of org/model \(model\)"),
        ({"model_args": {"pretrained": "other/model"}}, r"not of org/model \(model_args\.pretrained\)"),
        ({"model_args": {"model": "other/model"}}, r"not of org/model \(model_args\.model\)"),
        ({"model_args": {"model": "llama"}}, "names 'simulated' as its model, and another one in model_args"),
        ({"model": MODEL, "model_args": {"pretrained": MODEL, "peft": "evil/adapter"}}, "changed the model by peft"),
        ({"model": "tiny", "model_args": {"pretrained": "tiny"}}, "'tiny', a reference model of this package"),
    ],
)
def test_a_run_of_another_model_is_refused(results, more, said):
    changed(results, "run", **more)
    refused(results, said)


@pytest.mark.parametrize("backend", ["simulated", "dummy"])
def test_a_run_of_no_model_is_refused(results, monkeypatch, backend):
    monkeypatch.undo()
    run = read_json(results / "run.json") | {"backend": backend}
    with pytest.raises(IpBenchError, match=f"of the backend '{backend}', which asks no model"):
        check_model(run, MODEL)


def test_what_a_run_says_of_its_model_is_passed_on():
    assert described({"model": MODEL, "model_args": {"pretrained": MODEL}}) == ""
    arguments = {"pretrained": "llama", "revision": "abc", "load_in_4bit": True, "load_in_8bit": False}
    said = "model as stated by who submitted it, revision abc, load_in_4bit True"
    assert described({"model": "llama", "model_args": arguments}) == said
    local = {"backend": "hf", "model": "llama", "model_args": {"pretrained": "./models/llama"}}
    check_model(local, MODEL)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"limit": 7}, "a run with --limit 7"),
        ({"suite": "full"}, f"labeled 'full' and has other tasks: {TASK}"),
        ({"suite": "tiny"}, "unknown suite 'tiny'; suites are: mini, full"),
        ({"finished": None}, r"run\.json is no record of run, at \$\.finished"),
        ({"finished": "2025-03-01T12:00:00"}, "without a time zone"),
        (
            {"dataset": {"name": "ip-cues", "version": "0.9.0", "content_hash": {}}},
            rf"its version is 0\.9\.0, that of ip-cues .* is {VERSION}",
        ),
        ({"declared": {"margin": 0.1, "alpha": 0.05}}, r"uses margin 0\.05, declared before the run was 0\.1"),
        ({"tasks": [TASK, "ip_cues_inference_mini"]}, "tasks differ"),
        ({"finished": "2999-01-01T00:00:00+00:00"}, "which is in the future; no later run could replace it"),
    ],
)
def test_runs_that_are_not_what_they_say(results, more, said):
    changed(results, "run", **more)
    if "dataset" in more:
        changed(results, "analysis", **more)
    refused(results, said)


def test_another_content_hash_is_refused_with_both(results):
    dataset = read_json(results / "run.json")["dataset"]
    dataset["content_hash"]["cultural"] = "0" * 64
    changed(results, "run", dataset=dataset)
    refused(results, f"its content_hash is .*0{{64}}.*, that of ip-cues {VERSION} is ")


@pytest.mark.parametrize("name", ["run", "analysis"])
def test_a_missing_record_is_named(results, name):
    (results / f"{name}.json").unlink()
    refused(results, rf"latest has no {name}\.json")


def test_a_missing_arm_is_named(results):
    analysis = read_json(results / "analysis.json")
    arms = analysis["tasks"][TASK]["arms"]
    analysis["tasks"][TASK]["arms"] = [arm for arm in arms if arm["arm"] not in {"placebo_typo", "repeat"}]
    write_json(results / "analysis.json", analysis)
    refused(results, f"{TASK} lacks the arms placebo_typo, repeat")


def test_missing_rows_are_counted(results):
    file = results / f"samples_{TASK}.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.unlink()
    file.write_text("".join(line for line in lines if '"arm": "explicit_uk"' not in line))
    with pytest.raises(SamplesError, match=r"rows are missing: explicit_uk \d+ "):
        read_submission(results, MODEL)


def test_a_mini_run_under_the_full_names_is_refused(results):
    full = TASK.removesuffix("_mini")
    (results / f"samples_{TASK}.jsonl").rename(results / f"samples_{full}.jsonl")
    for name in ("run", "analysis"):
        text = (results / f"{name}.json").read_text().replace(TASK, full).replace('"suite": "mini"', '"suite": "full"')
        (results / f"{name}.json").write_text(text)
    assert read_json(results / "run.json")["suite"] == "full"
    refused(results, f"{full} lacks the arms au, ")
    analysis = read_json(results / "analysis.json")
    arms = [{"arm": arm.name} for arm in recipe("ip-cues").arms("cultural")]
    analysis["tasks"][full]["arms"] = arms
    write_json(results / "analysis.json", analysis)
    with pytest.raises(SamplesError, match=r"rows are missing: au \d+, "):
        read_submission(results, MODEL)


def test_an_edited_analysis_is_refused_with_its_place(results):
    analysis = read_json(results / "analysis.json")
    analysis["tasks"][TASK]["effects"][1]["estimate"] += 0.01
    write_json(results / "analysis.json", analysis)
    refused(results, r"not what the samples give, at \$\.tasks\.ip_cues_cultural_mini\.effects\[1\]\.estimate")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda one: one.pop("tasks"), r"analysis\.json is no record of analysis, at \$: 'tasks'"),
        (lambda one: one["tasks"].update({TASK: None}), rf"at \$\.tasks\.{TASK}"),
        (lambda one: one["tasks"][TASK].pop("arms"), "'arms' is a required property"),
        (lambda one: one["tasks"][TASK].update(config="x"), "unknown config 'x' in analysis.json, ip_cues_cultural"),
        (lambda one: one.update(margin="0.05"), r"at \$\.margin"),
    ],
)
def test_an_analysis_that_is_none_is_refused_with_its_place(results, edit, said):
    analysis = read_json(results / "analysis.json")
    edit(analysis)
    write_json(results / "analysis.json", analysis)
    refused(results, said)


def test_a_selfcheck_of_infinite_intervals_is_refused(results):
    file = results / "selfcheck.json"
    file.write_text(re.sub(r'"low": [^,]+', '"low": -Infinity', file.read_text(), count=1))
    refused(results, r"at \$\.checks\[0\]\.low: None is not of type 'number'")


def check(folder, **more):
    file = folder / "selfcheck.json"
    write_json(file, read_json(file) | more)


def test_a_run_without_a_selfcheck_is_refused(results):
    (results / "selfcheck.json").unlink()
    refused(results, r"no selfcheck\.json for this run; run `ip-bench selfcheck`")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"recovered": False}, "the selfcheck failed: it says so itself"),
        ({"checks": []}, r"selfcheck\.json is no record of selfcheck, at \$\.checks"),
        ({"finished": "2020-01-01T00:00:00+00:00"}, "days apart; at most 90 are allowed"),
        ({"reference": "null"}, "'null', which has no planted effects; needed is one of tiny, simulated"),
        ({"backend": "hf"}, "another installation: its backend is hf, the run's is simulated"),
        ({"ip_bench": "0.0.1"}, r"its ip-bench version is 0\.0\.1"),
        ({"versions": {"lm-eval": "0.4.0"}}, r"its lm-eval is 0\.4\.0"),
        ({"dataset": {}}, "its dataset is {}"),
    ],
)
def test_a_selfcheck_has_to_vouch_for_the_run(results, more, said):
    check(results, **more)
    refused(results, said)


def test_a_selfcheck_is_judged_by_what_is_really_planted(results):
    real = read_json(results / "selfcheck.json")["checks"]

    def refuse(said, *checks):
        check(results, checks=list(checks))
        refused(results, said)

    first, *others = real
    assert first["contrast"] == "uk"
    refuse("states a true effect of 0.9 for cultural uk; that of 'simulated' is 0.3", first | {"truth": 0.9}, *others)
    middles = [one | {"truth": (one["low"] + one["high"]) / 2} for one in real]
    refuse("states a true effect of .* for cultural", *middles)
    refuse("the selfcheck failed: cultural uk not recovered", first | {"low": 0.31, "high": 0.32}, *others)
    refuse(r"at \$\.checks\[0\]\.truth", first | {"truth": None}, *others)
    refuse(r"at \$\.checks\[0\]", "a check", *others)
    refuse("has no check of cultural: uk minus placebo;", *(one for one in real if "minus" not in one["contrast"]))
    refuse(r"wider than \d+ items give", first | {"low": -1, "high": 1}, *others)
    vacuous = {"task": TASK, "contrast": "uk minus placebo", "low": -1, "truth": 0, "high": 1}
    refuse("has no check of cultural: explicit_uk", vacuous)
    refuse("has a check of 'ip_cues_cultural_mc', which no selfcheck asks", *real, first | {"task": f"{FULL}_mc"})


FULL = TASK.removesuffix("_mini")


def test_a_selfcheck_lies_beside_the_run_or_is_named(results, tmp_path):
    (tmp_path / "selfcheck").mkdir()
    (results / "selfcheck.json").rename(tmp_path / "selfcheck" / "selfcheck.json")
    assert read_submission(results, MODEL).selfcheck["reference"] == "simulated"
    moved = (tmp_path / "selfcheck").rename(tmp_path / "elsewhere")
    refused(results, "no selfcheck.json")
    assert read_submission(results, MODEL, selfcheck=moved).selfcheck["reference"] == "simulated"
    assert read_submission(results, MODEL, selfcheck=moved / "selfcheck.json").selfcheck["reference"] == "simulated"


def test_differences_name_their_place_and_forgive_last_digits():
    one = {"a": [1.0, {"b": None}], "c": "x", "d": [1]}
    assert list(differences(one, json.loads(json.dumps(one)))) == []
    assert list(differences(one, one | {"a": [1.0 + 1e-12, {"b": None}]})) == []
    assert list(differences(one, {"a": [1.1, {"b": 2}], "c": "x", "d": [1, 2]})) == [
        "$.a[0]", "$.a[1].b", "$.d (length)",
    ]  # fmt: skip
    assert list(differences({"a": 1}, {})) == ["$.a"]
    assert re.search("length", "".join(differences([1], [])))
