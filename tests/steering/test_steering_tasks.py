"""A steered model is asked lm-eval's tasks: those of its own dataset, and others to see what steering costs."""

from __future__ import annotations

import json
from pathlib import Path

import ip_bench.builders.reference_model
import pytest
from ip_bench.builders.personas.population import population
from typer.testing import CliRunner

from ip_bench.cli.app import app
from ip_bench.files import nan_to_none, read_jsonl, write_json
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run
from ip_bench.mitigation.compare import compare
from ip_bench.steering import register
from ip_bench.steering.folder import save
from ip_bench.steering.parts import parts_of
from ip_bench.steering.persona import vector
from ip_bench.steering.tax import _mean
from ip_bench.steering.train import Training, train

TINY = Path(ip_bench.builders.reference_model.__file__).parent / "checkpoints" / "tiny"
ITEMS = 4  # of the mini suite: each is asked by all identities


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """Return a map for `tiny`, which reads no opinions; it learned from one epoch."""
    from lm_eval.models.huggingface import HFLM

    out = tmp_path_factory.mktemp("maps") / "map"
    answers = population(60)
    lm = HFLM(pretrained=str(TINY), device="cpu", batch_size=8)
    trained = train(lm, answers, parts_of(answers), Training(epochs=1, cells=2, dims=2, wording="survey"))
    save(out, lm, str(TINY), trained, answers, vector(trained.filter.places_)[:2], {"seed": 0})
    return out


def test_the_soft_arms_of_the_dataset_say_whom_they_mean(
    folder: Path, personas_dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IP_BENCH_DATA", str(personas_dataset))
    task = "ip_personas_steering_soft_mini"
    done = CliRunner().invoke(
        app, ["steer", "run", str(folder), "--model-args", f"pretrained={TINY}", "--task", task, "--limit", "40",
              "--device", "cpu", "--json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.exception
    figures = json.loads(done.stdout)["tasks"][task]
    assert all(0 <= figures[f"accuracy_soft_{count}"] <= 1 for count in (1, 5, 10, 20))
    wrong = CliRunner().invoke(app, ["steer", "run", str(folder), "--model-args", "pretrained=x", "--task", "mmlu"])
    assert "unknown task 'mmlu'" in str(wrong.exception)


def test_what_steering_costs_is_told_by_number_of_answers(
    folder: Path, tradeoff_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IP_BENCH_DATA", str(tradeoff_dataset))
    monkeypatch.setattr("ip_bench.tasks.pinned.mini_items", lambda *_: ITEMS)
    answers = population(60)
    cells = answers.where(answers.person == 5)
    me = {answers.items[item].item_id: answers.items[item].options[code]
          for item, code in zip(cells.item, cells.answer, strict=True)}  # fmt: skip
    write_json(tmp_path / "me.json", me)
    register()
    for backend, name in (("hf", "plain"), ("ip-steered", 0), ("ip-steered", 5), ("ip-steered", "all")):
        more = {"steer": str(folder), "persona": str(tmp_path / "me.json"), "answers": name} if name != "plain" else {}
        plan = Plan(model=backend, model_args={"pretrained": str(TINY)} | more, dataset="ip-tradeoff", batch_size=16,
                    tasks=("ip_tradeoff_identity_mini",), generation={"max_gen_toks": 3}, device="cpu")  # fmt: skip
        record = run(plan, tmp_path / str(name), progress=False)
        assert record["backend"] == backend
        assert str(folder.parent) not in json.dumps(record)
        assert str(tmp_path) not in json.dumps(record)
    said = [[row["resps"] for _, row in read_jsonl(next((tmp_path / name).glob("samples_*.jsonl")))]
            for name in ("plain", "0", "all")]  # fmt: skip
    assert said[0] != said[1] != said[2]
    runs = [str(tmp_path / name) for name in ("plain", "all", "5", "0")]
    done = CliRunner().invoke(app, ["steer", "tax", *runs, "--json"])
    assert done.exit_code == 0, done.exception
    costs = json.loads(done.stdout)["costs"]
    assert [(each["axis"], each["answers"]) for each in costs] == [
        (axis, count) for axis in ("safety", "answered", "utility") for count in ("0", "5", "all")
    ]  # fmt: skip
    assert {each["persona"] for each in costs} == {"me.json"}
    compared = compare(tmp_path / "plain", [tmp_path / "5"])["runs"][0]["tasks"]["ip_tradeoff_identity_mini"]["axes"]
    for each in costs:
        if each["answers"] == "5":
            assert each["untold"] == nan_to_none(_mean(compared[each["axis"]]["paid"])._asdict())
    shown = CliRunner().invoke(app, ["steer", "tax", *runs[:3]])
    assert "ip_tradeoff_identity_mini: steered minus plain, in points" in shown.stdout
    for wrong, match in ((runs[::-1], "baseline is a run of ip-steered"), ([runs[0], runs[0]], "is not steered")):
        assert match in str(CliRunner().invoke(app, ["steer", "tax", *wrong]).exception)
