"""Runs that stop: the model is no longer asked, and the samples are analyzed as what was declared."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ip_bench.analysis import analyze
from ip_bench.cli import app as cli
from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.files import read_json, read_jsonl, write_json
from ip_bench.harness import runner
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run
from ip_bench.harness.simulated import Simulated
from ip_bench.harness.suites import mini_items
from ip_bench.pilot import pilot, plan_run
from ip_bench.schemas import validator

pytestmark = pytest.mark.usefixtures("dataset")
MINI = ("ip_cues_cultural_mini",)
DECIDES = "ip_cues_cultural_mini"
ITEMS = mini_items(10_000, rows_per_item=2)  # there are more


def staged(effect: float, **changed) -> Plan:
    settings = {"tasks": MINI, "looks": 6, "margin": 0.05, "alpha": 0.05} | changed
    return Plan(model="simulated", model_args={"effect": effect}, **settings)


@pytest.fixture(scope="module")
def stopped(dataset, tmp_path_factory):
    """The mini tasks that can be asked in looks, with a planted effect of 30 points: folder, record, what was asked."""
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        generate = Simulated.generate_until

        def counted(self, requests, disable_tqdm=False):
            asked.extend(one.doc["row_id"] for one in requests)
            return generate(self, requests, disable_tqdm)

        patch.setattr(Simulated, "generate_until", counted)
        out = tmp_path_factory.mktemp("sequential") / "run"
        said = []
        record = run(staged(0.3, tasks=(), suite="mini"), out, announce=said.append, progress=False)
    return out, record, asked, said


def test_the_model_is_no_longer_asked_once_the_contrast_is_decided(stopped):
    out, record, asked, said = stopped
    looked = record["sequential"]
    assert looked["verdict"] == "different"
    assert looked["asked"] < 0.8 * looked["of"] == 0.8 * ITEMS
    assert set(looked["prompts"]) == {DECIDES, "ip_cues_cultural_mc_mini"}  # the others ask other items
    assert len(asked) == len(set(asked)) == looked["prompts"][DECIDES] < 0.8 * looked["prompts_of"][DECIDES]
    assert [entry["verdict"] for entry in looked["looks"][:-1]] == ["continue"] * (len(looked["looks"]) - 1)
    assert sum("look " in line for line in said) >= len(looked["looks"])
    assert list(validator("run").iter_errors(read_json(out / "run.json"))) == []


def test_every_look_is_balanced_over_realizations(stopped):
    out, record, _, _ = stopped
    rows = [row["doc"] for _, row in read_jsonl(out / f"samples_{DECIDES}.jsonl")]
    order = list(dict.fromkeys(row["item_id"] for row in rows))
    assert len(order) == record["sequential"]["asked"]
    for entry in record["sequential"]["looks"][:-1]:
        items = set(order[: entry["items"]])
        met = [row["realization_id"] for row in rows if row["arm"] == "uk" and row["item_id"] in items]
        counts = {form: met.count(form) for form in set(met)}
        assert len(counts) == 16
        assert len(set(counts.values())) == 1


def test_logged_rows_are_those_of_a_full_run(stopped, tmp_path):
    out, _, _, _ = stopped
    full = run(Plan(model="simulated", model_args={"effect": 0.3}, tasks=MINI), tmp_path / "full", progress=False)
    assert "sequential" not in full
    part = [row for _, row in read_jsonl(out / f"samples_{DECIDES}.jsonl")]
    whole = [row for _, row in read_jsonl(tmp_path / "full" / f"samples_{DECIDES}.jsonl")]
    assert part == whole[: len(part)]


def test_the_analysis_reports_the_interval_that_holds_at_all_looks(stopped, tmp_path):
    out, record, _, _ = stopped
    folder = shutil.copytree(out, tmp_path / "run")
    analysis = analyze(folder)
    looks = analysis["sequential"]["looks"]
    assert json.loads(json.dumps(looks)) == record["sequential"]["looks"]
    assert analysis["sequential"]["text"] == record["sequential"]["text"]
    effects = analysis["tasks"][DECIDES]["effects"]
    assert all(list(validator("effect").iter_errors(effect)) == [] for effect in effects)
    mine = next(effect for effect in effects if effect["arm"] == "uk minus placebo")
    assert analysis["sequential"]["text"].startswith("uk minus placebo against us: different")
    assert mine["ci_simultaneous"] == pytest.approx(looks[-1]["interval"])
    assert mine["verdict"] == "different"
    assert mine["alpha"] == 0.05
    assert f"look {len(looks)} of" in mine["method"]
    results = read_json(folder / "results.json")[DECIDES]
    plain = next(effect for effect in effects if (effect["arm"], effect["reference"]) == ("uk", "us"))
    assert results["effect_uk,none"] == pytest.approx(plain["estimate"])
    assert results["answered,none"] == 1


def test_other_margins_and_changed_rows_are_refused(stopped, tmp_path):
    out, _, _, _ = stopped
    with pytest.raises(SamplesError, match=r"declared margin 0.05 and alpha 0.05 .* not 0.1 and 0.05"):
        analyze(out, margin=0.1)
    folder = shutil.copytree(out, tmp_path / "cut")
    file = folder / f"samples_{DECIDES}.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:-20]))
    with pytest.raises(SamplesError, match=r"20 of .* rows are missing"):
        analyze(folder)
    record = read_json(out / "run.json")
    for change, said in (
        ({"asked": 50}, "50 items were asked; looks are at"),
        ({"items": [48, 200]}, "looks are at|looks at up to 200 items; there are \\d+"),
        ({"design": {"looks": [0.5]}}, "declares no looks that can be read"),
    ):
        write_json(folder / "run.json", record | {"sequential": record["sequential"] | change})
        with pytest.raises(SamplesError, match=said):
            analyze(folder)


def test_no_effect_within_a_wide_margin_is_equivalent_before_the_end(tmp_path):
    record = run(staged(0.0, margin=0.2), tmp_path / "run", progress=False)["sequential"]
    assert record["verdict"] == "equivalent"
    assert record["asked"] < record["of"]
    assert analyze(tmp_path / "run", margin=0.2)["sequential"]["verdict"] == "equivalent"


def test_an_undecided_run_asks_everything(tmp_path):
    record = run(staged(0.0, looks=2), tmp_path / "run", progress=False)["sequential"]
    assert record["verdict"] == "undecided"
    assert record["asked"] == record["of"] == ITEMS
    assert len(record["looks"]) == 2


def test_a_stopped_run_is_a_pilot(stopped, tmp_path):
    out, _, _, _ = stopped
    found = pilot(out)
    assert (found.realizations, found.rows_per_item, found.templates) == (16, 2, 12)
    assert found.components.rows == 2 * found.components.items
    assert found.noise is not None
    assert found.noise.share > 0.5  # the simulated model's answers are mostly noise
    assert 0.35 < found.parts.row < 0.55
    assert 0.3 < found.discordant < 0.9
    assert found.missing == 0
    planned = plan_run(0.1, source=out, budgets=(422,))
    assert planned.record["layout"]["realizations"] <= 16
    assert planned.record["layout"]["templates"] == 12
    assert planned.record["layout"]["items"] > 100
    assert "pilot: ip_cues_cultural_mini, uk against us" in planned.text
    assert "422 items find" in planned.text
    wider = plan_run(0.1, source=out, stated={"realization": 0.05})
    assert wider.record["parts"] == planned.record["parts"] | {"realization": 0.05}
    every = plan_run(0.1, source=out, realizations=14, rows_per_item=14, repeats=1)
    assert every.record["layout"]["rows_per_item"] == 14
    with pytest.raises(IpBenchError, match="effect is -1"):
        plan_run(-1, source=out)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (staged(0.3, limit=7), "--limit and --sequential exclude each other"),
        (staged(0.3, looks=0), r"they are 0, 0\.05 and 0\.05"),
        (staged(0.3, margin=None), r"they are 6, None and 0\.05"),
    ],
)
def test_what_cannot_be_asked_in_looks_is_said_before_the_model_loads(plan, said, tmp_path):
    with pytest.raises(IpBenchError, match=said):
        run(plan, tmp_path / "run", progress=False)


def test_several_processes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Simulated, "world_size", property(lambda self: 4), raising=False)
    with pytest.raises(IpBenchError, match="one process; this model runs in 4"):
        run(staged(0.3), tmp_path / "run", progress=False)


def test_a_run_in_looks_that_names_no_task_asks_those_of_the_same_items():
    plan = staged(0.3, tasks=(), suite="full", log_likelihood=False)
    asked = set(runner.estimate(plan)[0])
    assert asked >= {"ip_cues_cultural", "ip_cues_inference"}
    assert "ip_cues_cultural_opinion" not in asked
    assert len(runner.estimate(staged(0.3, tasks=("ip_cues_mini",)))[0]) > 2  # what is named is not changed


def test_named_tasks_of_other_items_are_refused(tmp_path):
    with pytest.raises(IpBenchError, match=r"ask other items; run them apart with --sequential"):
        run(staged(0.3, tasks=(DECIDES, "ip_cues_names")), tmp_path / "run", progress=False)


def test_a_plan_needs_a_pilot_or_components(tmp_path):
    with pytest.raises(IpBenchError, match="name a pilot's folder"):
        plan_run(0.03)
    with pytest.raises(SamplesError, match=r"has no samples of an ip-bench task"):
        plan_run(0.03, source=Path(tmp_path))


def test_the_command_stops_and_reports(tmp_path):
    arguments = ["run", "--model", "simulated", "--task", DECIDES, "--sequential", "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exit_code == 0, done.output
    assert "look 1 of" in done.output
    assert ": different" in done.output
    assert "uk minus placebo against us: different at look" in done.output
    assert (tmp_path / "run" / "report.html").exists()
