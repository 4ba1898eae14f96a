"""A run with planted effects, from its samples to effects, by hand and through the files."""

import json
import math
from collections import Counter

import pytest
from logged_sample import sample

from ip_bench.analysis import analyze, expected_rows
from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.files import read_json, read_jsonl, write_json, write_jsonl
from ip_bench.schemas import validator

PLACEBOS = ("typo", "spacing", "synonym", "signoff")


@pytest.fixture(scope="module")
def rows(dataset):
    return {config: list(expected_rows(dataset, config, mini=True).values()) for config in ("cultural", "inference")}


@pytest.fixture(scope="module")
def model():
    from ip_bench.harness.simulated import Simulated

    return Simulated(effect=0.3, explicit=0.4, first_stage=0.35)


def write_run(folder, rows, answer, *, name="samples_ip_cues_{config}_mini.jsonl"):
    """Write the samples of a model that answers each row by `answer`."""
    for config, own in rows.items():
        write_jsonl(folder / name.format(config=config), (sample(row, answer(row)) for row in own))


def by_arm(entry):
    return {effect["arm"]: effect for effect in entry["effects"]}


@pytest.fixture(scope="module")
def planted(rows, model, tmp_path_factory):
    """The folder and analysis of a run of the simulated model."""
    folder = tmp_path_factory.mktemp("planted")
    write_run(folder, rows, lambda row: row["choices"][model.answer(row)])
    write_json(folder / "run.json", {"model": "simulated", "generation": {"temperature": 0.7}})
    return folder, analyze(folder)


def test_planted_effects_come_back(planted):
    effects = by_arm(planted[1]["tasks"]["ip_cues_cultural_mini"])
    truth = {"uk": 0.3, "uk minus placebo": 0.3, "placebo": 0.0, "us": 0.0, "repeat": 0.0, "explicit_uk": 0.4}
    for arm, value in (truth | {f"placebo_{name}": 0.0 for name in PLACEBOS}).items():
        low, high = effects[arm]["ci_simultaneous"]
        assert low <= value <= high, arm
    assert effects["uk"]["verdict"] == effects["uk minus placebo"]["verdict"] == "different"
    assert effects["explicit_uk"]["verdict"] == "different"
    assert effects["uk"]["estimate"] == pytest.approx(0.3, abs=0.06)


def test_every_effect_names_its_model_data_and_estimand(planted):
    folder, analysis = planted
    effects = read_json(folder / "effects.json")
    assert set(effects) == {"ip_cues_cultural_mini", "ip_cues_inference_mini"}
    for task, own in effects.items():
        assert len({effect["arm"] for effect in own}) == len(own)
        for effect in own:
            assert list(validator("effect").iter_errors(effect)) == []
            assert effect["model"] == "simulated"
            config = task.split("_")[2]
            assert effect["dataset_hash"] == analysis["dataset"]["content_hash"][config]
            assert effect["estimand"]
            assert effect["ci_simultaneous"][0] <= effect["ci"][0] <= effect["ci"][1] <= effect["ci_simultaneous"][1]
            assert effect["p_adjusted"] >= effect["p"]
    assert read_json(folder / "analysis.json")["tasks"]["ip_cues_cultural_mini"]["effects"] == json.loads(
        json.dumps(effects["ip_cues_cultural_mini"])
    )


def test_arms_are_counted_and_the_repeats_differ(planted, rows):
    entry = planted[1]["tasks"]["ip_cues_cultural_mini"]
    counts = {arm["arm"]: arm for arm in entry["arms"]}
    assert counts["uk"]["rows"] == sum(row["arm"] == "uk" for row in rows["cultural"])
    assert counts["uk"]["kinds"] == {"choice": counts["uk"]["rows"]}
    assert counts["uk"]["share"] > counts["us"]["share"] + 0.2
    assert entry["noise"]["answers_differ"] > 0
    assert entry["noise"]["note"] == ""
    assert entry["noise"]["temperature"] == 0.7
    moved = {(one["arm"], one["reference"]): one for one in entry["pairs"]}
    assert moved["uk", "us"]["moved"] > moved["placebo_typo", "reference"]["moved"] > 0
    assert all(0 < one["chosen"] <= one["pairs"] for one in moved.values())


def test_the_ratio_of_the_stages_comes_with_its_set(planted):
    (ratio,) = planted[1]["wald"]
    assert ratio["shape"] == "interval"
    assert ratio["low"] < 0.3 / 0.35 < ratio["high"]
    assert (ratio["task"], ratio["first_stage_task"]) == ("ip_cues_cultural_mini", "ip_cues_inference_mini")


def test_analysis_is_the_same_again(planted):
    folder, analysis = planted
    before = (folder / "analysis.json").read_bytes()
    again = analyze(folder)
    assert (folder / "analysis.json").read_bytes() == before
    assert again["tasks"].keys() == analysis["tasks"].keys()


def test_repeats_that_do_not_vary_give_no_noise_floor(rows, tmp_path):
    write_run(tmp_path, {"cultural": rows["cultural"]}, lambda row: row["choices"][0])
    analysis = analyze(tmp_path)
    assert analysis["model"] == tmp_path.name
    entry = analysis["tasks"]["ip_cues_cultural_mini"]
    repeat = by_arm(entry)["repeat"]
    pairs = sum(row["arm"] == "repeat" for row in rows["cultural"])
    assert math.isnan(repeat["estimate"])
    assert math.isnan(repeat["ci_simultaneous"][0])
    assert repeat["note"].startswith(f"none of {pairs} repeats differs from its first response")
    assert analysis["wald"] == []
    assert read_json(tmp_path / "effects.json")["ip_cues_cultural_mini"]
    assert by_arm(entry)["uk"]["estimate"] == 0
    assert by_arm(entry)["uk"]["p"] == 1


def test_a_model_that_follows_every_word_is_different_and_never_undecided(rows, tmp_path):
    def follow(row):
        wanted = "uk" if row["arm"] in {"uk", "explicit_uk"} else "us"
        return next(choice for choice, own in zip(row["choices"], row["choice_locales"], strict=True) if wanted in own)

    write_run(tmp_path, {"cultural": rows["cultural"]}, follow)
    effects = by_arm(analyze(tmp_path)["tasks"]["ip_cues_cultural_mini"])
    for arm in ("uk", "explicit_uk", "uk minus placebo"):
        assert effects[arm]["estimate"] == 1
        assert 0.8 < effects[arm]["ci_simultaneous"][0] < effects[arm]["ci"][0] < 1
        assert 0 < effects[arm]["p_adjusted"] < 0.05
        assert effects[arm]["verdict"] == "different"
    assert effects["placebo"]["estimate"] == 0


@pytest.mark.parametrize(("response", "kind"), [("", "empty"), ("<html>" + "<p>911</p>" * 300, "unparsed")])
def test_a_model_that_says_nothing_has_no_effect_but_counts(rows, tmp_path, response, kind):
    write_run(tmp_path, {"cultural": rows["cultural"]}, lambda row: response)
    entry = analyze(tmp_path)["tasks"]["ip_cues_cultural_mini"]
    uk = by_arm(entry)["uk"]
    assert math.isnan(uk["estimate"])
    assert uk["verdict"] == "undecided"
    count = sum(row["arm"] == "uk" for row in rows["cultural"])
    assert uk["n_missing_by_arm"] == {"uk": count, "us": count}
    assert uk["note"].startswith("0 items and 0 realizations")
    counts = {arm["arm"]: arm["kinds"] for arm in entry["arms"]}
    assert counts["uk"] == {kind: count}
    assert list(validator("effect").iter_errors(read_json(tmp_path / "effects.json")["ip_cues_cultural_mini"][0])) == []


def test_files_of_plain_lm_eval_are_analyzed_the_same(rows, model, planted, tmp_path):
    name = "org__model/samples_ip_cues_{config}_mini_2026-01-02T03-04-05.123456.jsonl"
    write_run(tmp_path, rows, lambda row: row["choices"][model.answer(row)], name=name)
    for file in (tmp_path / "org__model").iterdir():
        records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        # lm-eval also logs the generation settings and every metric with its copy of the row.
        for record in records:
            record["arguments"]["gen_args_0"]["arg_1"] = {"until": [], "temperature": 0.7}
            record["target_hash"] = "t"
            record["metrics"] = ["effect_uk"]
            record["effect_uk"] = {"item": record["doc"]["item_id"], "locales": ["us"]}
        write_jsonl(file, records)
    found = analyze(tmp_path)["tasks"]["ip_cues_cultural_mini"]["effects"]
    expected = planted[1]["tasks"]["ip_cues_cultural_mini"]["effects"]
    for one, other in zip(found, expected, strict=True):
        assert one | {"model": ""} == other | {"model": ""}


def test_multiple_choice_has_raw_and_normalized_effects(rows, model, tmp_path):
    records = []
    for row in rows["cultural"]:
        answer = model.answer(row)
        likelihoods = [[str(-1.0 if k == answer else -90.0), str(k == answer)] for k in range(len(row["choices"]))]
        records.append(sample(row, "") | {"filtered_resps": likelihoods})
    write_jsonl(tmp_path / "samples_ip_cues_cultural_mc_mini.jsonl", records)
    entry = analyze(tmp_path)["tasks"]["ip_cues_cultural_mc_mini"]
    assert entry["measure"] == "log-likelihood"
    assert by_arm(entry)["uk"]["verdict"] == "different"
    assert [one["estimate"] for one in entry["effects_normalized"]] == [one["estimate"] for one in entry["effects"]]
    assert entry["noise"]["temperature"] is None
    assert not math.isnan(by_arm(entry)["repeat"]["estimate"])


def test_a_broken_emoji_in_a_response_is_written_and_read_back(rows, tmp_path):
    broken = "\ud83d 911"
    write_run(tmp_path, {"cultural": rows["cultural"]}, lambda row: broken)
    analyze(tmp_path)
    first, *_ = (pair for _, pair in read_jsonl(tmp_path / "pairs.jsonl"))
    assert first["sides"][0]["response"] == broken


def test_a_limited_run_is_refused_and_leaves_no_effects(rows, model, tmp_path):
    some = {"cultural": rows["cultural"][:7]}
    write_run(tmp_path, some, lambda row: row["choices"][model.answer(row)])
    total = len(rows["cultural"])
    with pytest.raises(SamplesError, match=rf"{total - 7:,} of {total:,} rows are missing.*--limit"):
        analyze(tmp_path)
    assert not (tmp_path / "effects.json").exists()


def test_a_template_that_drops_the_system_role_is_refused_with_counts(rows, model, tmp_path):
    records = [
        sample(row, row["choices"][model.answer(row)])
        | {"arguments": {"gen_args_0": {"arg_0": f"<|user|>{row['prompt']}"}}}
        for row in rows["cultural"]
    ]
    write_jsonl(tmp_path / "samples_ip_cues_cultural_mini.jsonl", records)
    arms = Counter(row["arm"] for row in rows["cultural"])
    (count,) = set(arms.values())
    said = rf"missing in the request of rows: {count:,} of each of {len(arms)} arms.*system role"
    with pytest.raises(SamplesError, match=said):
        analyze(tmp_path)
    assert not (tmp_path / "effects.json").exists()


@pytest.mark.parametrize(("text", "said"), [("{bad", "is not readable JSON"), ("[]", "must hold a JSON object")])
def test_a_run_record_that_is_none_is_named(tmp_path, text, said):
    (tmp_path / "samples_ip_cues_cultural.jsonl").write_text("")
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(IpBenchError, match=said):
        analyze(tmp_path)


def test_samples_of_two_datasets_are_refused(rows, model, tmp_path):
    write_run(tmp_path, {"cultural": rows["cultural"]}, lambda row: row["choices"][model.answer(row)])
    (tmp_path / "samples_ip_echo_answers_mini.jsonl").touch()
    with pytest.raises(SamplesError, match=r"samples of 2 datasets lie together: ip_cues_cultural_mini \(ip-cues\), "):
        analyze(tmp_path)
    assert not (tmp_path / "effects.json").exists()


def test_arms_have_the_mean_of_each_of_their_outcomes(planted):
    folder, analysis = planted
    arms = {arm["arm"]: arm for arm in analysis["tasks"]["ip_cues_cultural_mini"]["arms"]}
    assert arms["uk"]["means"] == {"uk": arms["uk"]["share"]}
    assert arms["reference"]["outcome"] == "uk"  # that of the primary contrast: no contrast starts from it
    assert set(analysis["balance"]) == {"cultural", "inference"}
    assert {"uk", "reference", "placebo_typo"} <= set(analysis["balance"]["cultural"])
    assert list(validator("analysis").iter_errors(read_json(folder / "analysis.json"))) == []
