"""Samples files that cannot be analyzed are refused, every fault named with its count."""

import json

import pytest
from logged_sample import sample

from ip_bench.errors import SamplesError
from ip_bench.outcomes.samples import dataset_of, find_samples, governing, read_outcomes

ARMS = ("reference", "us", "uk")
CHOICES = ["911", "999"]


def doc(item, arm, *, version=1):
    return {
        "row_id": f"{item}-{arm}".ljust(32, "0"),
        "item_id": item,
        "arm": arm,
        "realization_id": "b01",
        "template_id": "t01",
        "replicate": 0,
        "system": "Reply with a short answer and nothing else.",
        "prompt": f"Version {version}: {arm} words. Which number do I dial?\nAnswer:",
        "choices": CHOICES,
        "accepted": [["911"], ["999", "112"]],
        "choice_locales": [["us"], ["uk"]],
    }


ROWS = [doc(f"item{k}", arm) for k in range(4) for arm in ARMS]
EXPECTED = {row["row_id"]: row for row in ROWS}


def choice_sample(row, likelihoods=((-1.0, True), (-2.0, False))):
    return sample(row) | {"filtered_resps": [list(pair) for pair in likelihoods]}


def samples_of(tmp_path, records, task="ip_cues_cultural"):
    """Write the records and return what is found there."""
    file = tmp_path / f"samples_{task}.jsonl"
    file.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    (found,) = find_samples(tmp_path)
    return found


def refusal(tmp_path, records, task="ip_cues_cultural"):
    with pytest.raises(SamplesError) as caught:
        read_outcomes(samples_of(tmp_path, records, task), EXPECTED)
    return str(caught.value)


def test_complete_samples_are_scored_row_by_row(tmp_path):
    found = read_outcomes(samples_of(tmp_path, [sample(row, "Dial 999.") for row in ROWS]), EXPECTED)
    assert [one.locales for one in found.outcomes] == [("uk",)] * 12
    assert found.normalized == []
    assert set(found.responses.values()) == {"Dial 999."}
    assert found.samples[:5] == ("ip_cues_cultural", "ip-cues", "cultural", False, False)


@pytest.mark.parametrize("number", [float, str], ids=["numbers", "as lm-eval writes them"])
def test_choices_are_scored_raw_and_normalized(tmp_path, number):
    likelihoods = [(number(-3.0), "False"), (number(-2.0), "True")]
    records = [choice_sample(row, likelihoods) for row in ROWS]
    found = read_outcomes(samples_of(tmp_path, records, "ip_cues_inference_mc_mini"), EXPECTED)
    assert [one.choice for one in found.outcomes] == [1] * 12
    assert [one.choice for one in found.normalized] == [1] * 12
    assert (found.samples.config, found.samples.choice, found.samples.mini) == ("inference", True, True)


@pytest.mark.parametrize(
    "arguments",
    [
        lambda text: [[text, {"until": []}]],
        lambda text: {"gen_args_0": {"arg_0": text, "arg_1": {"until": []}}},
        lambda text: {"gen_args_0": {"arg_0": [json.dumps([{"role": "user", "content": text}])]}},
    ],
    ids=["list", "mapping", "chat"],
)
def test_requests_in_each_logged_shape_are_found(tmp_path, arguments):
    records = [sample(row) | {"arguments": arguments(f"{row['system']}\n{row['prompt']}")} for row in ROWS]
    assert len(read_outcomes(samples_of(tmp_path, records), EXPECTED).outcomes) == 12


def test_a_missing_arm_is_named_with_its_count(tmp_path):
    said = refusal(tmp_path, [sample(row) for row in ROWS if row["arm"] != "uk"])
    assert said.startswith("ip_cues_cultural (samples_ip_cues_cultural.jsonl) cannot be analyzed: ")
    assert "4 of 12 rows are missing: uk 4" in said


def test_a_limited_run_is_named_with_its_counts(tmp_path):
    said = refusal(tmp_path, [sample(row) for row in ROWS[:7]])
    assert "5 of 12 rows are missing: reference 1, uk 2, us 2 (a run with --limit, or one that broke off)" in said


def test_many_arms_of_one_count_are_counted_together(tmp_path):
    rows = [doc(f"item{place}", arm) for place in range(3) for arm in "abcdefghijkl"]
    file = samples_of(tmp_path, [sample(row) for row in rows[:12]])
    with pytest.raises(SamplesError, match=r"24 of 36 rows are missing: 2 of each of 12 arms \(a run with --limit"):
        read_outcomes(file, {row["row_id"]: row for row in rows})


def test_duplicated_rows_are_named(tmp_path):
    said = refusal(tmp_path, [sample(row) for row in [*ROWS, ROWS[0], ROWS[1], ROWS[4], ROWS[4]]])
    assert "rows occur more than once: reference 1, us 2" in said
    assert "missing" not in said


def test_two_filters_are_named(tmp_path):
    records = [sample(row) for row in ROWS]
    said = refusal(tmp_path, [*records, *[record | {"filter": "strict"} for record in records]])
    assert "several filters are mixed: none 12, strict 12" in said
    assert "rows occur more than once: reference 4, uk 4, us 4" in said


@pytest.mark.parametrize("nan", [float("nan"), "nan"])
def test_scores_that_are_nan_are_named(tmp_path, nan):
    records = [
        choice_sample(row, [(nan, True), (-2.0, False)] if row["arm"] == "uk" else [(-1.0, True), (-2.0, False)])
        for row in ROWS
    ]
    assert "scores are NaN: uk 4" in refusal(tmp_path, records, "ip_cues_cultural_mc")


def test_rows_of_another_version_are_named(tmp_path):
    changed = [doc("item0", "us", version=2), doc("item0", "uk", version=2), *ROWS[3:], ROWS[0]]
    assert "uk 1, us 1 rows are not of this dataset version" in refusal(tmp_path, [sample(row) for row in changed])
    other = [sample(row) for row in ROWS] + [sample(doc("item9", "uk"))]
    assert "uk 1 rows are not of this dataset version" in refusal(tmp_path, other)


def test_a_row_with_a_float_in_it_is_of_no_dataset(tmp_path):
    said = refusal(tmp_path, [sample(row | {"replicate": 0.0}) for row in ROWS])
    assert "reference 4, uk 4, us 4 rows are not of this dataset version" in said


def test_undelivered_system_text_is_named(tmp_path):
    records = [
        sample(row) | ({"arguments": {"gen_args_0": {"arg_0": row["prompt"]}}} if row["arm"] != "us" else {})
        for row in ROWS
    ]
    said = refusal(tmp_path, records)
    assert "system text or prompt is missing in the request of rows: reference 4, uk 4" in said
    assert "does the chat template drop the system role?" in said


@pytest.mark.parametrize("arguments", [None, [], {}, {"gen_args_0": {}}, {"gen_args_0": None}, "text", [[None]]])
def test_samples_without_a_logged_request_are_no_evidence(tmp_path, arguments):
    said = refusal(tmp_path, [sample(row) | {"arguments": arguments} for row in ROWS])
    assert "request of rows: reference 4, uk 4, us 4" in said


def test_several_faults_are_listed_together(tmp_path):
    records = [sample(row) for row in ROWS[1:]] + [sample(ROWS[2]) | {"filter": "strict"}]
    records[3]["arguments"] = []
    said = refusal(tmp_path, records)
    for fault in (
        "several filters are mixed: none 11, strict 1",
        "rows occur more than once: uk 1",
        "1 of 12 rows are missing: reference 1",
        "request of rows: us 1",
    ):
        assert fault in said


def test_no_files_and_two_runs_of_a_task_are_named(tmp_path):
    with pytest.raises(SamplesError, match=r"no samples of an ip-bench task \(samples_ip_\*\.jsonl\).*--log_samples"):
        find_samples(tmp_path)
    for task in ("mmlu", "ip_cues", "ip_cues_culture"):
        (tmp_path / f"samples_{task}.jsonl").touch()
    with pytest.raises(SamplesError, match="has no samples"):
        find_samples(tmp_path)
    for name in ("model_a/samples_ip_cues_cultural_2026-01-02T03-04-05.123456.jsonl", "samples_ip_cues_cultural.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(SamplesError, match=r"several runs of ip_cues_cultural: model_a/samples.*; analyze them apart"):
        find_samples(tmp_path)


def files_of(folder, *tasks):
    for task in tasks:
        (folder / f"samples_{task}.jsonl").touch()
    return find_samples(folder)


def test_samples_of_two_datasets_are_named(tmp_path):
    found = files_of(tmp_path, "ip_cues_cultural", "ip_echo_answers_mini")
    said = r"samples of 2 datasets.*ip_cues_cultural \(ip-cues\), ip_echo_answers_mini \(ip-echo\); analyze each in"
    with pytest.raises(SamplesError, match=said):
        dataset_of(found)
    assert dataset_of(found[:1]) == "ip-cues"


@pytest.mark.parametrize(
    ("tasks", "first"),
    [
        (("ip_cues_cultural_mc", "ip_cues_inference", "ip_cues_names"), "ip_cues_cultural_mc"),
        (("ip_cues_names_mc", "ip_cues_names", "ip_cues_places"), "ip_cues_names"),
        (("ip_education_inference", "ip_education_requests_mini"), "ip_education_requests_mini"),
        (("ip_echo_inference", "ip_echo_answers_mc"), "ip_echo_answers_mc"),
    ],
)
def test_the_first_config_speaks_for_a_run_and_generation_before_likelihoods(tmp_path, tasks, first):
    assert governing(files_of(tmp_path, *tasks)).task == first


def test_broken_json_is_named_with_its_place(tmp_path):
    found = samples_of(tmp_path, [sample(ROWS[0])])
    with found.file.open("a", encoding="utf-8") as file:
        file.write('{"doc": {"row_id"')
    with pytest.raises(SamplesError, match=r"samples_ip_cues_cultural\.jsonl:2: not JSON \(Expecting"):
        read_outcomes(found, EXPECTED)
    found.file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SamplesError, match=r"\.jsonl:1: not JSON"):
        read_outcomes(found, EXPECTED)


@pytest.mark.parametrize("record", [[], 1, None, {}, {"doc": 1}, {"doc": {}}, {"doc": {"row_id": ["x"]}}])
def test_json_that_is_no_sample_is_named_with_its_line(tmp_path, record):
    found = samples_of(tmp_path, [sample(ROWS[0]), record])
    with pytest.raises(SamplesError, match=r"jsonl:2: not a logged sample"):
        read_outcomes(found, EXPECTED)


@pytest.mark.parametrize("resps", [None, "text", [[]], [["x", "y"]], 7])
def test_multiple_choice_without_likelihoods_is_named(tmp_path, resps):
    said = refusal(tmp_path, [sample(ROWS[0]) | {"filtered_resps": resps}], "ip_cues_cultural_mc")
    assert "jsonl:1: no log-likelihoods in filtered_resps" in said


def test_one_likelihood_too_few_is_named(tmp_path):
    said = refusal(tmp_path, [choice_sample(ROWS[0], [(-1.0, True)])], "ip_cues_cultural_mc")
    assert "jsonl:1: 1 log-likelihoods for 2 choices" in said


@pytest.mark.parametrize("resps", [None, [], [[]], ["", ""], [[""]]])
def test_responses_that_are_empty_are_counted_and_never_raise(tmp_path, resps):
    records = [sample(row) | {"filtered_resps": resps} for row in ROWS]
    found = read_outcomes(samples_of(tmp_path, records), EXPECTED)
    assert {one.kind for one in found.outcomes} == {"empty"}


def test_100_kb_of_html_is_unparsed_in_every_row(tmp_path):
    records = [sample(row, "<html>" + "<p>999</p>" * 10_000) for row in ROWS]
    found = read_outcomes(samples_of(tmp_path, records), EXPECTED)
    assert {one.kind for one in found.outcomes} == {"unparsed"}
    assert max(len(one.text) for one in found.outcomes) <= 2_000


def test_thinking_that_the_request_opened_is_no_answer(tmp_path):
    records = [sample(row, "The asker may be British: 999") for row in ROWS]
    for record in records:
        record["arguments"]["gen_args_0"]["arg_0"] += "\n<think>\n"
    found = read_outcomes(samples_of(tmp_path, records), EXPECTED)
    assert {one.kind for one in found.outcomes} == {"unfinished"}


def test_a_line_nested_too_deep_is_named(tmp_path):
    found = samples_of(tmp_path, [])
    found.file.write_text("[" * 200_000 + "\n")
    with pytest.raises(SamplesError, match=r"\.jsonl:1: not JSON"):
        read_outcomes(found, EXPECTED)
