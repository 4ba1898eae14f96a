"""The published responses give the published figures."""

import csv
import math
import shutil

import pytest

from ip_bench.reproduce import records, reproduce


@pytest.fixture(scope="module")
def values(published):
    return {
        (one.case, one.model, one.statistic, one.pair): one.value for one in records(reproduce("jin2024", published))
    }


def models(values, case, statistic):
    return {model: value for (own, model, name, _), value in values.items() if (own, name) == (case, statistic)}


def test_case_a_means_lie_where_the_paper_has_them(values):
    found = models(values, "A", "mean_similarity")
    assert {"alpaca", "llama2_7b", "llama2_70b", "vicuna_7b"} <= set(found)
    for model, value in found.items():
        if "gpt" not in model:
            assert 0.810 <= round(value, 3) <= 0.837, model
    assert {round(found["alpaca"], 3), round(found["llama2_7b"], 3)} == {0.837, 0.810}


def test_case_a_counts_and_floor(values, published):
    for path in (published / "case1_objective").glob("*.jsonl"):
        assert values["A", path.stem, "items", None] == 825
        assert values["A", path.stem, "items_identical_prompts", None] == 68
        assert values["A", path.stem, "ours_similarity_different_prompts_items", None] <= 825 - 68
        assert 0 <= values["A", path.stem, "ours_noise_floor_identical_prompts", None] < 0.1
        share = values["A", path.stem, "share_above_0.8", None]
        assert share * 825 == pytest.approx(round(share * 825))


def test_case_b_every_printed_difference_and_p(values, published):
    with (published / "case2_published_tests.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    for row in rows:
        key = row["file"], row["Pair"]
        assert values["B", key[0], "mean_difference", key[1]] == pytest.approx(float(row["Statistic"]), abs=1e-12)
        printed = float(row["P-Value"])
        for statistic in ("sign_flip_p", "sign_flip_p_exact"):
            p = values["B", key[0], statistic, key[1]]
            error = math.sqrt(max(p, printed, 0.001) * (1 - min(p, printed)) / 1000)
            assert abs(p - printed) <= 3 * error, (key, statistic)
        assert abs(values["B", key[0], "printed_sign_flip_p_errors_off", key[1]]) <= 3


@pytest.mark.parametrize(
    ("model", "difference"), [("alpaca", -0.79), ("llama2_7b", -0.05), ("llama2_70b", 0.14), ("vicuna_7b", 0.25)]
)
def test_case_b_standard_minus_african_american(values, model, difference):
    assert round(values["B", model, "mean_difference", "SAE-AAE"], 2) == difference


@pytest.mark.parametrize(
    ("model", "difference"),
    [("alpaca", 2.6), ("gpt-3.5-turbo-instruct", -0.2), ("llama2-7b-chat", 8.3), ("vicuna-7b-v1.5", 7.7)],
)
def test_case_c_right_minus_wrong(values, model, difference):
    assert round(values["C", model, "accuracy_difference", None], 1) == difference
    assert values["C", model, "pairs", None] == 2 * 1852
    assert values["C", model, "leaked_pairs", None] == 553


def test_case_c_dropping_leaked_pairs_takes_most_of_the_effect_away(values):
    for model in ("alpaca", "llama2-7b-chat", "vicuna-7b-v1.5"):
        every, free = (
            values["C", model, f"accuracy_difference_{name}", None] for name in ("flagged_sets", "leak_free")
        )
        assert free < 0.3 * every


def test_a_fifth_model_of_the_same_layout_changes_no_other_models_figure(values, published, tmp_path):
    folder = tmp_path / "more"
    shutil.copytree(published, folder, copy_function=shutil.copyfile)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    for case, old, new in (
        ("case1_objective", "alpaca.jsonl", "fifth.jsonl"),
        ("case1_subjective", "alpaca.csv", "fifth.csv"),
        ("case3_accuracy", "alpaca.csv", "fifth.csv"),
        *(("case2_essay_scores", f"alpaca_{d}.csv", f"fifth_{d}.csv") for d in ("sae", "aae", "esl")),
    ):
        shutil.copyfile(folder / case / old, folder / case / new)
    found = reproduce("jin2024", folder)
    again = {(one.case, one.model, one.statistic, one.pair): one.value for one in records(found)}
    assert "case A subjective: alpaca and fifth have the same scores in every row; one is a copy" in found.notes
    for (case, model, statistic, pair), value in values.items():
        if "holm" not in statistic:
            assert again[case, model, statistic, pair] == pytest.approx(value, nan_ok=True)
        if model == "alpaca" and "holm" not in statistic and not statistic.startswith("printed"):
            assert again[case, "fifth", statistic, pair] == pytest.approx(value, nan_ok=True)
