"""Many runs as one lazy table: the same outcomes as read one by one, only what is asked for, at constant memory."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from ip_bench import catalog
from ip_bench.analysis import analyze, expected_rows
from ip_bench.by_run import effects_by_run, effects_table
from ip_bench.cli import app
from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.estimation import ALPHA, MARGIN
from ip_bench.files import nan_to_none, read_json, write_json, write_jsonl
from ip_bench.harness.simulated import Simulated
from ip_bench.outcomes.batches import FAULTS
from ip_bench.outcomes.opinion import OpinionOutcome
from ip_bench.outcomes.pruning import conjuncts, may_hold
from ip_bench.outcomes.runs import RUN_COLUMNS, find_runs
from ip_bench.outcomes.samples import find_samples, read_outcomes
from ip_bench.outcomes.scan import scan_samples
from ip_bench.release.build import build
from ip_bench.release.recipes import DATASETS, recipe
from ip_bench.release.resolve import resolve

GENERATED, CHOSEN = "ip_cues_cultural_mini", "ip_cues_cultural_mc_mini"
OPINION, OPINION_CHOSEN = "ip_cues_cultural_opinion_mini", "ip_cues_cultural_opinion_mc_mini"


def some_items(name: str, steps: Mapping[str, int], folder: Path) -> Path:
    """Build a dataset of every n-th item of some configs, and of the first items of the others."""
    made = recipe(name)
    whole = made.prompts

    def prompts(config: str, split: str) -> Iterator[Any]:
        items = groupby(whole(config, split), key=lambda one: one.item_id)
        chosen = islice(items, 0, None, steps[config]) if config in steps else islice(items, 40)
        return (one for _, own in chosen for one in own)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "prompts", prompts)
        build(name, folder, check=False)
    return folder


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of some items of ip-cues, which are quick to read; no lock has their hashes."""
    folder = some_items("ip-cues", {"cultural": 20, "cultural_opinion": 6}, tmp_path_factory.mktemp("some") / "ip-cues")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(folder))
        patch.setattr("ip_bench.release.resolve.check_lock", lambda *known: None)
        yield folder


def sample(row: dict[str, Any], response: Any) -> dict[str, Any]:
    """Return a record as the harness writes it."""
    return {
        "doc_id": 0,
        "doc": row,
        "target": "",
        "arguments": {"gen_args_0": {"arg_0": f"{row['system']}\n\n{row['prompt']}"}},
        "resps": [[response]],
        "filtered_resps": response if isinstance(response, list) else [response],
        "filter": "none",
        "doc_hash": "d",
        "prompt_hash": "p",
    }


def answered(row: dict[str, Any], model: Simulated, *, choice: bool) -> Any:
    """Return what the simulated model says to a row, as text or as log-likelihoods."""
    said = model.answer(row)
    if choice:
        return [[-1.0 if place == said else -9.0, "False"] for place in range(len(row["choices"]))]
    return row["choices"][said]


def rows_of(config: str) -> list[dict[str, Any]]:
    made = recipe("ip-cues")
    return list(expected_rows(resolve("ip-cues", made.VERSION), config, mini=True).values())


@pytest.fixture(scope="module")
def runs(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two runs of ip-cues: four tasks of one model, one task of another."""
    top = tmp_path_factory.mktemp("runs")
    tasks = {GENERATED: "cultural", CHOSEN: "cultural", OPINION: "cultural_opinion", OPINION_CHOSEN: "cultural_opinion"}
    for name, model, own in (("a/first", Simulated(effect=0.3), tasks), ("second", Simulated(seed=5), [GENERATED])):
        for task in own:
            records = (sample(row, answered(row, model, choice="_mc" in task)) for row in rows_of(tasks[task]))
            write_jsonl(top / name / f"samples_{task}.jsonl", records)
        write_json(top / name / "run.json", {"model": f"org/{name[-5:]}", "generation": {"temperature": 0.7}})
    return top


def test_every_sample_is_scored_as_when_it_is_read_alone(runs: Path) -> None:
    table = scan_samples(runs).collect(engine="streaming")
    folders = {"a/first": runs / "a" / "first", "second": runs / "second"}
    for run, folder in folders.items():
        for samples in find_samples(folder):
            data = resolve(samples.dataset, recipe(samples.dataset).VERSION)
            expected = expected_rows(data, samples.config, mini=samples.mini)
            found = read_outcomes(samples, expected)
            own = table.filter(pl.col("run") == run, pl.col("task") == samples.task)
            assert own["row_id"].to_list() == [one.row_id for one in found.outcomes]
            names = list(dict.fromkeys(one.outcome for one in recipe("ip-cues").CONTRASTS[samples.config]))
            for name in names:
                assert own[name].to_list() == [one.value(name) for one in found.outcomes]
            for name in ("item_id", "arm", "role", "replicate", "stratum"):
                assert own[name].to_list() == [expected[one.row_id][name] for one in found.outcomes]
            assert own["response"].to_list() == [found.responses[one.row_id] for one in found.outcomes]
            read = own.select("kind", "thinking_chars", "weights").rows()
            assert read == [(one.kind, one.thinking_chars, weights(one)) for one in found.outcomes]
            same = own.select("delivered", "fault", pl.col("evidence").list.join(" "), "measure").unique().rows()
            assert same == [(True, None, " ".join(names), "log-likelihood" if samples.choice else "generation")]


def weights(outcome: Any) -> list[float] | None:
    return list(outcome.weights) if isinstance(outcome, OpinionOutcome) else None


def test_what_all_samples_of_a_file_share_is_said_on_each(runs: Path) -> None:
    table = scan_samples([runs / "second", runs / "a"]).select(RUN_COLUMNS).unique().collect(engine="streaming")
    version = recipe("ip-cues").VERSION
    said = ("ip-cues", version, "cultural", "generation")
    assert set(table.rows()) >= {("second", "org/econd", GENERATED, *said), ("first", "org/first", GENERATED, *said)}
    assert table.height == 5


def same_effects(top: Path) -> int:
    """Compare the effects of all runs below a folder with those of an analysis of each; return how many there are."""
    found = {(one.run, one.task): one.effects for one in effects_by_run(top)}
    for run in sorted({run for run, _ in found}):
        analyze(top / run)
        analyzed = read_json(top / run / "effects.json")
        own = {task: [one.to_dict() for one in effects] for (name, task), effects in found.items() if name == run}
        assert json.loads(json.dumps(nan_to_none(own))) == analyzed
    return sum(map(len, found.values()))


def test_effects_are_those_of_an_analysis(runs: Path) -> None:
    assert same_effects(runs / "a") > 50


@pytest.mark.parametrize(
    ("name", "config", "step"), [("ip-tradeoff", "profile", 30), ("ip-education", "education_requests", 5)]
)
def test_effects_of_other_measures_are_those_of_an_analysis(
    name: str, config: str, step: int, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = some_items(name, {config: step}, tmp_path / name)
    monkeypatch.setenv("IP_BENCH_DATA", str(data))
    model = Simulated(gap=0.3, whom="muslim")
    rows = expected_rows(data, config, mini=True).values()
    text = "Dear neighbors, on {0} the garden opens at nine. Please bring gloves, water and a small shovel. Thank you!"
    said = (sample(row, model.said(row) or text.format(row["arm"])) for row in rows)
    (task,) = (one.task for one in catalog.tasks().values() if (one.config, one.mini) == (config, True))
    write_jsonl(tmp_path / "runs" / "one" / f"samples_{task}.jsonl", said)
    assert same_effects(tmp_path / "runs") > 20


def test_a_filter_leaves_rows_out_of_effects_and_passes_over_runs(runs: Path) -> None:
    where = (pl.col("run") == "second") & (pl.col("arm") != "us")
    (one,) = effects_by_run(runs, where=where, margin=0.2)
    assert (one.run, one.task, one.model) == ("second", GENERATED, "org/econd")
    assert "us" not in {effect.arm for effect in one.effects}
    assert {effect.margin for effect in one.effects} == {0.2}
    assert list(effects_by_run(runs, where=pl.col("kind") == "no such kind")) == []
    table = effects_table([one])
    assert table["estimate"].to_list() == [effect.estimate for effect in one.effects]
    assert {"run", "model", "task", "ci_low", "ci_simultaneous_high", "n_missing"} <= set(table.columns)


def test_margins_are_those_that_the_run_declared(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    os.link(runs / "second" / f"samples_{GENERATED}.jsonl", tmp_path / "run" / f"samples_{GENERATED}.jsonl")
    (one,) = effects_by_run(tmp_path)
    assert {(effect.margin, effect.alpha) for effect in one.effects} == {(MARGIN, ALPHA)}
    write_json(tmp_path / "run" / "run.json", {"declared": {"margin": 0.1, "alpha": 0.01}})
    (one,) = effects_by_run(tmp_path)
    assert {(effect.margin, effect.alpha) for effect in one.effects} == {(0.1, 0.01)}


def test_repeats_that_never_differ_give_no_noise_floor(dataset: Path, tmp_path: Path) -> None:
    records = (sample(row, row["choices"][0]) for row in rows_of("cultural"))
    write_jsonl(tmp_path / "one" / f"samples_{GENERATED}.jsonl", records)
    assert same_effects(tmp_path) > 5
    (found,) = effects_by_run(tmp_path)
    assert "no noise floor" in next(one.note for one in found.effects if one.arm == "repeat")


# --- laziness


@pytest.fixture
def beside_a_broken_run(runs: Path, tmp_path: Path) -> Path:
    """Return a folder with a good run, and one whose every task is not JSON."""
    (tmp_path / "good").mkdir()
    (tmp_path / "broken").mkdir()
    for task in (GENERATED, CHOSEN):
        os.link(runs / "a" / "first" / f"samples_{task}.jsonl", tmp_path / "good" / f"samples_{task}.jsonl")
        (tmp_path / "broken" / f"samples_{task}.jsonl").write_text("no JSON\n")
    return tmp_path


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_filter_on_runs_opens_no_other_file(beside_a_broken_run: Path, engine: Any) -> None:
    table = scan_samples(beside_a_broken_run)
    good = table.filter(pl.col("run") == "good")
    for query in (
        good,
        good.filter(pl.col("arm") == "uk", pl.col("uk") == 1),
        table.filter(pl.col("run").is_in(["good"]) & (pl.col("kind") == "choice")),
        table.filter(pl.col("uk") == 1).filter(pl.col("model") == "good", pl.col("task") == CHOSEN),
        table.filter(pl.col("run") == "neither"),
    ):
        query.collect(engine=engine)
    with pytest.raises(SamplesError, match=r"broken: samples_ip_cues_cultural_mini\.jsonl:1: not JSON"):
        table.filter((pl.col("run") == "good") | (pl.col("arm") == "uk")).collect(engine=engine)
    with pytest.raises(SamplesError, match="broken: "):
        table.head(1).collect(engine=engine)  # the broken run comes first


@pytest.fixture
def few(dataset: Path, tmp_path: Path) -> Path:
    """Return a folder with three runs of forty rows each."""
    model = Simulated()
    records = [sample(row, answered(row, model, choice=False)) for row in rows_of("cultural")[:40]]
    for run in ("first", "second", "third"):
        write_jsonl(tmp_path / "few" / run / f"samples_{GENERATED}.jsonl", records)
    return tmp_path / "few"


def test_only_what_is_asked_for_is_scored(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ip_bench.outcomes.reading import Reader

    def refuse(*args: object, **settings: object) -> None:
        raise AssertionError("scored")

    monkeypatch.setattr(Reader, "outcome", refuse)
    table = scan_samples(few)
    assert table.select("run", "arm", "response", "delivered", "fault").collect(engine="streaming").height == 120
    assert table.group_by("run").len().collect(engine="streaming").height == 3
    for name in ("kind", "uk", "evidence", "thinking_chars", "weights"):
        with pytest.raises(AssertionError, match="scored"):
            table.select(name).collect(engine="streaming")


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_the_first_rows_are_taken_before_or_after_a_filter(few: Path, engine: Any) -> None:
    table = scan_samples(few)
    whole = table.collect(engine="streaming")
    late = 43  # rows: beyond the first file
    for filtered in (pl.col("arm") == "uk", pl.col("run") == "second"):
        for query in (
            lambda rows, keep=filtered: rows.filter(keep).head(7),
            lambda rows, keep=filtered: rows.head(late).filter(keep),
            lambda rows, keep=filtered: rows.filter(keep).tail(2),
        ):
            assert query(table).collect(engine=engine).equals(query(whole))
    assert table.select("uk", "run").head(3).collect(engine=engine).equals(whole.select("uk", "run").head(3))
    assert table.select(pl.len()).collect(engine=engine).item() == whole.height


def test_a_conjunction_is_told_from_other_filters() -> None:
    run, arm, uk = pl.col("run") == "x", pl.col("arm") == "uk", pl.col("uk") > 0
    assert len(list(conjuncts(run & arm & uk))) == len(list(conjuncts(run & (arm & uk)))) == 3
    assert len(list(conjuncts((run | arm) & uk))) == 2
    for whole in (run | arm, run ^ arm, ~(run & arm), pl.col("run").is_in(["x"]), run):
        assert len(list(conjuncts(whole))) == 1


def test_a_part_that_is_not_row_by_row_leaves_every_file() -> None:
    run = pl.col("run")
    for part in (
        pl.len() > 100,
        run.count() > 5,
        run.is_duplicated(),
        run.n_unique() > 1,
        run.filter(run == "b") == "b",
    ):
        assert may_hold(part & (run == "a"), {"run": "a"})
        assert not may_hold(part & (run == "b"), {"run": "a"})
    assert may_hold(pl.lit(value=False), {"run": "a"})


# --- faults


def write_samples(folder: Path, records: list[dict[str, Any]]) -> Path:
    write_jsonl(folder / "one" / f"samples_{GENERATED}.jsonl", records)
    return folder


def test_faults_are_marked_and_effects_refuse_them_with_counts(dataset: Path, tmp_path: Path) -> None:
    rows = rows_of("cultural")
    records = [sample(row, row["choices"][0]) for row in rows[:-2]]
    records[0]["doc"] = rows[0] | {"prompt": "Another version"}
    records[1]["arguments"] = {"gen_args_0": {"arg_0": rows[1]["prompt"]}}
    records.append(sample(rows[5], "again"))
    table = scan_samples(write_samples(tmp_path, records)).collect(engine="streaming")
    marked = table.with_row_index().filter(pl.col("fault").is_not_null()).select("index", "fault", "arm", "uk", "kind")
    assert marked.rows() == [
        (0, "foreign", rows[0]["arm"], None, None),
        (1, "undelivered", rows[1]["arm"], None, "undelivered"),
        (len(records) - 1, "duplicate", rows[5]["arm"], None, None),
    ]
    assert set(marked["fault"]) < set(FAULTS)
    with pytest.raises(SamplesError) as caught:
        list(effects_by_run(tmp_path))
    for said in (
        f"{GENERATED} of one (samples_{GENERATED}.jsonl) cannot be analyzed: ",
        f"{rows[0]['arm']} 1 rows are not of this dataset version",
        f"rows occur more than once: {rows[5]['arm']} 1",
        f"2 of {len(rows):,} rows are missing",
        f"missing in the request of rows: {rows[1]['arm']} 1",
    ):
        assert said in str(caught.value)


def test_what_fits_no_column_is_null_in_foreign_rows(dataset: Path, tmp_path: Path) -> None:
    row = rows_of("cultural")[0]
    odd = [{"replicate": 10**30}, {"replicate": True}, {"replicate": -(2**63)}, {"arm": 5, "item_id": ["x"]}]
    records = [sample(row | one, "x") for one in odd]
    table = scan_samples(write_samples(tmp_path, records)).collect(engine="streaming")
    assert table["fault"].to_list() == ["foreign"] * 4
    assert table["replicate"].to_list() == [None, None, -(2**63), row["replicate"]]
    assert table["arm"].to_list() == [row["arm"]] * 3 + [None]


def test_scores_that_are_nan_are_marked(dataset: Path, tmp_path: Path) -> None:
    rows = rows_of("cultural")[:3]
    records = [sample(row, [[float("nan"), "False"]] * len(row["choices"])) for row in rows]
    write_jsonl(tmp_path / "one" / f"samples_{CHOSEN}.jsonl", records)
    table = scan_samples(tmp_path).collect(engine="streaming")
    assert table["fault"].to_list() == table["kind"].to_list() == ["no score"] * 3
    assert table["uk"].null_count() == 3


def test_a_row_that_another_run_has_changed_is_told_from_the_dataset(dataset: Path, tmp_path: Path) -> None:
    """The text of a row is known again by its hash: one letter more, another row, or a second `doc` is not it."""
    rows = rows_of("cultural")
    good = json.dumps(sample(rows[0], "x"))
    longer = good.replace('"prompt": "', '"prompt": "A', 1)
    other = good.replace(rows[0]["row_id"], rows[1]["row_id"], 1)
    twice = good[:-1] + ', "doc": {"row_id": "' + rows[0]["row_id"] + '"}}'
    narrow = json.dumps(sample(rows[0], "x"), separators=(",", ":"))
    for place, lines in enumerate(([good], [good, good], [longer], [other], [twice], [narrow])):
        folder = tmp_path / f"run{place}"
        folder.mkdir()
        (folder / f"samples_{GENERATED}.jsonl").write_text("\n".join(lines) + "\n")
    faults = scan_samples(tmp_path).select("run", "fault").collect(engine="streaming").rows()
    expected = [None, None, "duplicate", "foreign", "foreign", "foreign", None]
    assert faults == list(zip(["run0", "run1", "run1", "run2", "run3", "run4", "run5"], expected, strict=True))


def test_of_two_docs_in_a_line_the_first_is_not_known_again(dataset: Path, tmp_path: Path) -> None:
    good = json.dumps(sample(rows_of("cultural")[0], "x"))
    changed = good.replace('"prompt": "', '"prompt": "A', 1)
    docs = [json.dumps(json.loads(line)["doc"]) for line in (changed, good)]
    changed_first = good.replace('"doc": ', f'"doc": {docs[0]}, "doc": ', 1)
    good_first = changed.replace('"doc": ', f'"doc": {docs[1]}, "doc": ', 1)
    for place, line in enumerate((changed_first, changed, good_first, good, good_first, changed)):
        (tmp_path / f"run{place}").mkdir()
        (tmp_path / f"run{place}" / f"samples_{GENERATED}.jsonl").write_text(line + "\n")
    faults = scan_samples(tmp_path).collect(engine="streaming")["fault"].to_list()
    assert faults == [None, "foreign", "foreign", None, "foreign", "foreign"]


# --- hostile text


def test_hostile_responses_are_read_unharmed(dataset: Path, tmp_path: Path) -> None:
    rows = rows_of("cultural")
    said = [
        "\x00\x07\x1b[31m\u2028\r\n",
        "x" * 1_000_000,
        "broken \ud83d emoji",
        "NaN",
        '{"doc": {"row_id": "x"}}',
        "<think>",
        "",
    ]
    records = [sample(row, text) for row, text in zip(rows, said, strict=False)]
    records.append(sample(rows[len(said)], "x") | {"filtered_resps": [float("nan")]})
    table = scan_samples(write_samples(tmp_path, records))
    found = table.collect(engine="streaming")
    expected = [*said[:2], "broken \ufffd emoji", *said[3:], "nan"]
    assert found["response"].to_list() == expected
    assert found["fault"].null_count() == len(records)
    table.sink_parquet(tmp_path / "out.parquet")
    assert pl.read_parquet(tmp_path / "out.parquet").equals(found)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\xff\xfe", r"\.jsonl:2: not JSON \('utf-8' codec"),
        (b'{"doc": {"row_id"', r"\.jsonl:2: not JSON \(Expecting ':' delimiter\)"),
        (b"[" * 100_000, r"\.jsonl:2: not JSON"),
        (b"[]", r"samples_ip_cues_cultural_mini\.jsonl:2: not a logged sample"),
        (b'{"doc": {"row_id": 3}}', r"\.jsonl:2: not a logged sample"),
    ],
)
def test_lines_that_are_no_samples_are_named(dataset: Path, tmp_path: Path, line: bytes, said: str) -> None:
    file = write_samples(tmp_path, [sample(rows_of("cultural")[0], "x")]) / "one" / f"samples_{GENERATED}.jsonl"
    file.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.raises(SamplesError, match=said):
        scan_samples(tmp_path).collect(engine="streaming")


def test_a_likelihood_beyond_floats_is_named(dataset: Path, tmp_path: Path) -> None:
    row = rows_of("cultural")[0]
    records = [sample(row, [[-(10**400), "False"]] * len(row["choices"]))]
    write_jsonl(tmp_path / "one" / f"samples_{CHOSEN}.jsonl", records)
    with pytest.raises(SamplesError, match=r"one: .*\.jsonl:1: no log-likelihoods"):
        scan_samples(tmp_path).collect(engine="streaming")


@pytest.mark.parametrize("mitigation", [7, "strip", ["strip"], {"kind": "strip"}])
def test_a_record_of_no_mitigation_is_named(few: Path, mitigation: Any) -> None:
    write_json(few / "second" / "run.json", {"mitigation": mitigation})
    with pytest.raises(IpBenchError, match=r"run\.json does not say how the run was mitigated"):
        scan_samples(few).collect(engine="streaming")


# --- which runs there are


def test_folders_without_runs_and_runs_of_one_name_are_named(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(SamplesError, match="is not a folder"):
        scan_samples(tmp_path / "none")
    with pytest.raises(SamplesError, match=r"no samples of an ip-bench task \(samples_ip_\*\.jsonl\) in or below"):
        scan_samples(tmp_path)
    other = tmp_path / "first"
    other.mkdir()
    file = runs / "a" / "first" / f"samples_{GENERATED}.jsonl"
    os.link(file, other / file.name)
    with pytest.raises(SamplesError, match=r"two runs are named first: .* and .*; name a folder above both"):
        scan_samples([runs / "a", tmp_path])
    twice = find_runs([runs / "second", runs / "second", runs])
    assert [one.run for one in twice] == ["a/first", "second", *["a/first"] * 3]
    assert [one.samples.task for one in twice] == [GENERATED, GENERATED, CHOSEN, OPINION, OPINION_CHOSEN]
    os.link(file, other / f"samples_{GENERATED}_2026-01-02T03-04-05.123456.jsonl")
    with pytest.raises(SamplesError, match=f"several runs of {GENERATED}"):
        scan_samples(tmp_path)


def test_no_outcome_is_named_as_another_column() -> None:
    fixed = {*RUN_COLUMNS, *scan_columns()}
    for name in DATASETS:
        made = recipe(name)
        assert not fixed & {one.outcome for config in made.TASKS for one in made.CONTRASTS[config]}


def scan_columns() -> set[str]:
    from ip_bench.outcomes.batches import RESPONSE_COLUMNS, ROW_COLUMNS

    return {*ROW_COLUMNS, *RESPONSE_COLUMNS}


# --- the page and the command


def test_the_page_runs(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Every block runs, in order, in a folder whose `runs` are these."""
    (tmp_path / "runs").symlink_to(runs)
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "samples.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, "docs/samples.md", "exec"), names)
    assert "0.3" in capsys.readouterr().out
    for line in re.findall(r"^ip-bench (samples .*)$", page, re.MULTILINE):
        done = CliRunner().invoke(app, shlex.split(line))
        assert done.exit_code == 0, done.output
    assert pl.read_parquet("samples.parquet")["response"].null_count() == 0
    named = {*re.findall(r"`([a-z_]+)`", page)}
    assert {*RUN_COLUMNS, *scan_columns(), *FAULTS} - {"no score"} <= named | {"foreign", "duplicate", "undelivered"}


def invoke(*words: str) -> Any:
    return CliRunner().invoke(app, ["samples", *words])


def test_the_command_shows_sums_and_writes(few: Path, tmp_path: Path) -> None:
    whole = scan_samples(few).collect(engine="streaming")
    shown = invoke(str(few), "--where", "arm=uk", "--where", "arm=us", "--where", "run=second", "--rows", "5")
    assert shown.exit_code == 0, shown.output
    assert shown.output.count(" second ") == 5
    nothing = invoke(str(few), "--where", "kind=chioce", "--where", "arm=uk")
    assert nothing.output == "no row has kind=chioce and arm=uk\n"
    summed = invoke(str(few), "--by", "run, arm", "--columns", " uk", "--out", str(tmp_path / "sums.csv"))
    assert summed.exit_code == 0, summed.output
    expected = whole.group_by("run", "arm").agg(pl.len().alias("rows"), pl.col("uk").mean()).sort("run", "arm")
    assert pl.read_csv(tmp_path / "sums.csv").drop("faults").rows() == expected.rows()
    for name in ("all.csv", "all.parquet"):
        assert (
            invoke(str(few), "--out", str(tmp_path / name), "--where", "fault=").output == f"wrote {tmp_path / name}\n"
        )
    assert pl.read_parquet(tmp_path / "all.parquet").equals(whole)
    read = pl.read_csv(tmp_path / "all.csv", schema_overrides={"response": pl.String})
    assert read["row_id"].to_list() == whole["row_id"].to_list()
    assert set(read["evidence"]) == {"uk;au;ca;ie;nz;in;za"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--where", "arms=uk"), "unknown column 'arms'; columns are: run, model, task"),
        (("--where", "arm=UK"), "unknown arm 'UK'; arms are: reference, repeat, us, uk"),
        (("--where", "run=x"), "unknown run 'x'; runs are: first, second, third"),
        (("--where", "evidence=safe"), "unknown outcome 'safe'; outcomes are: uk, au"),
        (("--where", "fault=late"), "unknown fault 'late'; faults are: foreign, duplicate"),
        (("--where", "delivered=yes"), "--where delivered=yes: delivered is true or false"),
        (("--columns", ""), "unknown column ''; columns are: run"),
        (("--by", ""), "unknown column ''; columns are: run"),
        (("--where", "uk=often"), "--where uk=often: uk is a number"),
        (("--where", "weights=1"), "--where weights: a list has no value"),
        (("--where", "arm"), "--where 'arm' has no '='; write --where column=value"),
        (("--columns", "arm,words"), "unknown column 'words'"),
        (("--by", "arms"), "unknown column 'arms'"),
        (("--by", "arm", "--columns", "kind"), "--by averages outcomes, and kind is none of uk, au"),
        (("--out", "samples.xlsx"), "--out samples.xlsx must end in .parquet or .csv"),
    ],
)
def test_what_the_command_cannot_do_is_named(few: Path, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(IpBenchError) as caught:
        CliRunner().invoke(app, ["samples", str(few), *words], catch_exceptions=False)
    assert said in str(caught.value)


def test_rows_without_a_response_are_those_that_look_so(few: Path, tmp_path: Path) -> None:
    rows = rows_of("cultural")[:4]
    records = [sample(row, text) for row, text in zip(rows, ("", " ", "x", "again"), strict=True)]
    records[3]["doc"] = rows[3] | {"prompt": "Another version"}
    write_samples(tmp_path / "odd", records)
    out = tmp_path / "out.csv"
    asked = ("--where", "response=", "--columns", "row_id", "--out", str(out))
    assert invoke(str(tmp_path / "odd"), *asked).exit_code == 0
    assert pl.read_csv(out)["row_id"].to_list() == [rows[0]["row_id"], rows[3]["row_id"]]


def test_runs_that_begin_alike_are_told_apart(few: Path) -> None:
    names = [f"{'x' * 190}{end}" for end in "ab"]
    for old, new in zip(("first", "second"), names, strict=True):
        (few / old).rename(few / new)
    found = invoke(str(few), "--by", "run", "--columns", "uk").output
    said = "".join(line.split("│")[1].strip() for line in found.splitlines() if line.count("│") > 2)
    assert said == "".join([*sorted(["third", *names])])


@pytest.mark.parametrize(("out", "said"), [("d.parquet", "is a folder; name a file"), ("f/d.csv", "cannot be written")])
def test_a_place_that_cannot_be_written_is_named_before_reading(
    beside_a_broken_run: Path, tmp_path: Path, out: str, said: str
) -> None:
    (tmp_path / "d.parquet").mkdir()
    (tmp_path / "f").write_text("")
    with pytest.raises(IpBenchError, match=said):
        CliRunner().invoke(
            app, ["samples", str(beside_a_broken_run), "--out", str(tmp_path / out)], catch_exceptions=False
        )


def test_a_file_that_breaks_off_leaves_what_was_there(beside_a_broken_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "samples.parquet"
    out.write_text("before")
    with pytest.raises(SamplesError, match="broken: "):
        CliRunner().invoke(app, ["samples", str(beside_a_broken_run), "--out", str(out)], catch_exceptions=False)
    assert out.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["samples.parquet"]


# --- memory

MEMORY = """
import resource, sys
import polars as pl
from ip_bench.outcomes.scan import scan_samples
from ip_bench.release import resolve

resolve.check_lock = lambda *known: None  # the data are some items
table = scan_samples(sys.argv[1]).group_by("run", "arm").agg(pl.len(), pl.col("uk").mean(), pl.col("response").max())
rows = table.collect(engine="streaming")["len"].sum()
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_does_not_grow_with_the_number_of_samples(runs: Path, tmp_path: Path) -> None:
    """Long responses, so that holding them would show: 14 MB of text a run."""
    rows = rows_of("cultural")
    length = 14_000_000 // len(rows)
    first = tmp_path / "few" / "run0" / f"samples_{GENERATED}.jsonl"
    write_jsonl(first, (sample(row, row["choices"][0] + "." * length) for row in rows))
    for name, count in (("few", 4), ("many", 16)):
        for place in range(count):
            file = tmp_path / name / f"run{place}" / first.name
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists():
                os.link(first, file)
    used = {}
    for name, count in (("few", 4), ("many", 16)):
        command = [sys.executable, "-c", MEMORY, str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
        read, used[name] = map(int, done.stdout.split())
        assert read == count * len(rows)
    assert used["many"] < used["few"] + 60  # of the 170 MB of responses more
