"""Tuning: two steps on the reference model, and an adapter that lm-eval loads."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ip_bench.cli import app as cli
from ip_bench.errors import IntegrityError, IpBenchError
from ip_bench.files import read_json
from ip_bench.harness.models import load_model
from ip_bench.harness.plan import Plan
from ip_bench.mitigation.pairs import empty_system, random_identity, used_templates, write_pairs
from ip_bench.mitigation.preferences import Preference
from ip_bench.mitigation.train import Training, train

TINY = str(resources.files("ip_bench.builders.reference_model") / "checkpoints" / "tiny")
PREFERENCES = [
    Preference("", f"What is {number} plus {number}?", f"It is {2 * number}.", "I would rather not say.")
    for number in range(6)
]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pairs") / "random_identity"
    write_pairs(map(random_identity, PREFERENCES), out, dict)
    return out


@pytest.fixture(scope="module")
def adapter(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("adapter") / "adapter"
    plan = Training(model=TINY, steps=2, warmup=0, learning_rate=1e-3, accumulation=1, device="cpu")
    train(pairs, plan, out, progress=False)
    return out


def test_two_steps_give_an_adapter_with_a_finite_loss(adapter: Path) -> None:
    record = read_json(adapter / "training.json")
    assert len(record["losses"]) == 2
    assert record["losses"][0] == pytest.approx(0.6931, abs=1e-3)  # log 2: the policy is still the reference
    assert all(0 < loss < 2 for loss in record["losses"])
    assert record["target_modules"] == sorted(
        ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    )
    assert record["pairs"]["counts"] == {"pairs": 6, "used": 6, "prompt too long": 0}
    assert record["settings"]["dropout"] == 0.05


def test_nothing_of_the_machine_is_written(adapter: Path) -> None:
    assert sorted(file.name for file in adapter.iterdir()) == [
        "adapter_config.json", "adapter_model.safetensors", "training.json",
    ]  # fmt: skip
    for name in ("adapter_config.json", "training.json"):
        text = (adapter / name).read_text(encoding="utf-8")
        assert str(Path(TINY).parent) not in text
        assert str(adapter.parent) not in text
    assert read_json(adapter / "adapter_config.json")["base_model_name_or_path"] == "tiny"


def test_lm_eval_loads_the_adapter_and_it_changes_the_model(adapter: Path) -> None:
    from lm_eval.api.instance import Instance

    def likelihood(**more: str) -> float:
        lm = load_model(Plan(model="hf", model_args={"pretrained": TINY, **more}, device="cpu"))
        request = Instance("loglikelihood", {}, ("<|user|>What is 3 plus 3?<|end|><|assistant|>", "It is 6."), 0)
        ((found, _),) = lm.loglikelihood([request], disable_tqdm=True)
        return float(found)

    assert likelihood(peft=str(adapter)) != likelihood()


def test_two_trainings_of_one_seed_are_the_same(pairs: Path, adapter: Path, tmp_path: Path, capsys) -> None:
    plan = Training(model=TINY, steps=2, warmup=0, learning_rate=1e-3, accumulation=1, device="cpu")
    again = train(pairs, plan, tmp_path / "adapter", progress=False)
    assert again["losses"] == read_json(adapter / "training.json")["losses"]
    assert capsys.readouterr().out == ""
    first, second = (folder / "adapter_model.safetensors" for folder in (adapter, tmp_path / "adapter"))
    assert first.read_bytes() == second.read_bytes()


def test_the_adapter_keeps_its_dropout(pairs: Path, tmp_path: Path) -> None:
    import torch

    from ip_bench.mitigation.train import _trainer

    plan = Training(model=TINY, steps=1, device="cpu")
    trainer, _ = _trainer(plan, pairs / "pairs.jsonl", "cpu", tmp_path, progress=False)
    assert {one.p for one in trainer.model.modules() if isinstance(one, torch.nn.Dropout)} == {0.05}


def test_a_prompt_that_is_too_long_is_left_out_and_counted(tmp_path: Path) -> None:
    long = Preference("", "word " * 300, "Yes.", "No.")
    write_pairs(map(empty_system, [*PREFERENCES, long]), tmp_path / "pairs", dict, form="parquet")
    plan = Training(model=TINY, steps=1, accumulation=1, max_prompt=120, device="cpu")
    record = train(tmp_path / "pairs", plan, tmp_path / "adapter", progress=False)
    assert record["pairs"]["counts"] == {"pairs": 7, "used": 6, "prompt too long": 1}
    with pytest.raises(IpBenchError, match="all 7 prompts have more than 2 tokens"):
        train(tmp_path / "pairs", Training(model=TINY, max_prompt=2, device="cpu"), tmp_path / "no", progress=False)


def test_without_an_accelerator_a_device_must_be_named(pairs: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("torch.accelerator.is_available", lambda *_: False)
    with pytest.raises(IpBenchError, match=r"no accelerator is here.*--device cpu"):
        train(pairs, Training(model=TINY), tmp_path / "adapter", progress=False)


def test_four_bits_need_a_package_that_is_named(pairs: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(
        "ip_bench.mitigation.train.find_spec", lambda name: None if name == "bitsandbytes" else object()
    )
    with pytest.raises(IpBenchError, match=r"bitsandbytes is not installed; pip install 'ip-bench\[mitigate\]'"):
        train(pairs, Training(model=TINY, quantize=True, device="cpu"), tmp_path / "adapter", progress=False)


def test_changed_pairs_are_refused(pairs: Path, tmp_path: Path) -> None:
    with pytest.raises(IpBenchError, match=r"has no pairs\.json; make one with ip-bench mitigate build-pairs"):
        train(tmp_path, Training(model=TINY, device="cpu"), tmp_path / "adapter")
    manifest = read_json(pairs / "pairs.json")
    (tmp_path / "pairs.jsonl").write_text("{}\n")
    (tmp_path / "pairs.json").write_text(json.dumps(manifest))
    with pytest.raises(IntegrityError, match=r"pairs\.jsonl has SHA-256"):
        train(tmp_path, Training(model=TINY, device="cpu"), tmp_path / "adapter")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"steps": 0}, "steps is 0; it must be 1 or more"),
        ({"beta": 0.0}, "beta 0.0: needed are"),
        ({"max_prompt": 1024}, "max_prompt 1024 leaves no room"),
    ],
)
def test_numbers_that_no_training_can_have(settings, said) -> None:
    with pytest.raises(IpBenchError, match=said):
        Training(model=TINY, **settings)


def test_a_model_that_is_none_is_named(pairs: Path, tmp_path: Path) -> None:
    with pytest.raises(IpBenchError, match=r"the model .*/none cannot be loaded"):
        train(pairs, Training(model=str(tmp_path / "none"), device="cpu"), tmp_path / "adapter")
    assert not (tmp_path / "adapter").exists()


def test_the_command(pairs: Path, tmp_path: Path) -> None:
    arguments = ["--pairs", str(pairs), "--model", TINY, "--out", str(tmp_path / "adapter"), "--steps", "1"]
    done = CliRunner().invoke(cli.app, ["mitigate", "train", *arguments, "--device", "cpu", "--accumulation", "1"])
    assert done.exit_code == 0, done.output
    assert "6 of 6 pairs, 1 steps on cpu" in done.output
    assert f"peft={tmp_path / 'adapter'}" in done.output.replace("\n", "")
    assert used_templates(tmp_path / "adapter") == used_templates(pairs)
