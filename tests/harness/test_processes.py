"""A real backend asked through a run: broken off and resumed, choices in shared forwards, and in two processes."""

import os
import subprocess
import sys
from pathlib import Path

import ip_bench.builders.reference_model
import pytest
from lm_eval.models.huggingface import HFLM

from ip_bench.files import read_json, read_jsonl
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run

pytestmark = pytest.mark.usefixtures("dataset")
TINY = str(Path(ip_bench.builders.reference_model.__file__).parent / "checkpoints" / "tiny")
TASKS = ("ip_cues_cultural_mini", "ip_cues_cultural_mc_mini")

SPREAD = """
import sys
from datetime import timedelta
from pathlib import Path
import torch, torch.distributed as dist
from ip_bench.harness import runner
from ip_bench.harness.plan import Plan
from ip_bench.harness.simulated import Simulated

class Spread(Simulated):
    rank = property(lambda self: dist.get_rank())
    world_size = property(lambda self: dist.get_world_size())
    device = property(lambda self: torch.device("cpu"))
    barrier = staticmethod(dist.barrier)

    def all_gather(self, tensor):
        found = [torch.zeros_like(tensor) for _ in range(self.world_size)]
        dist.all_gather(found, tensor)
        return torch.stack(found)

    def generate_until(self, requests, disable_tqdm=False):
        self.all_gather(torch.tensor([1]))  # as hf does where it looks for a batch size: both must come here
        return super().generate_until(requests)

    def gather_object(self, value, dst=0):
        found = [None] * self.world_size if self.rank == dst else None
        dist.gather_object(value, found, dst=dst)
        return found

dist.init_process_group("gloo", timeout=timedelta(seconds=120))
runner.load_model = lambda plan: Spread()
plan = Plan(model="simulated", tasks=("ip_cues_cultural_mini", "ip_cues_cultural_mc_mini"), limit=41)
record = runner.run(plan, Path(sys.argv[1]), progress=False)
assert bool(record) == (dist.get_rank() == 0)
for limit in (5, 6):  # then one process has an answer to ask for, the other has none
    plan = Plan(model="hf", chat_template=False, tasks=("ip_cues_cultural_mini",), limit=limit)
    runner.run(plan, Path(sys.argv[1] + "_resumed"), progress=False)
dist.barrier()
dist.destroy_process_group()
"""


def rows(folder, task):
    return [row for _, row in read_jsonl(folder / f"samples_{task}.jsonl")]


def test_two_processes_give_what_one_gives(tmp_path):
    script = tmp_path / "spread.py"
    script.write_text(SPREAD)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run(
        [*launch, str(script), str(tmp_path / "two")], check=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    assert read_json(tmp_path / "two_resumed" / "run.json")["answers"] == {"kept": 3, "asked": 0}
    run(Plan(model="simulated", tasks=TASKS, limit=41), tmp_path / "one", progress=False)
    assert read_json(tmp_path / "two" / "results.json") == read_json(tmp_path / "one" / "results.json")
    for task in TASKS:
        one, two = (
            {row["doc"]["row_id"]: row["filtered_resps"] for row in rows(tmp_path / k, task)} for k in ("one", "two")
        )
        assert len(one) == 41
        assert one == two


def test_a_launcher_that_spreads_one_model_writes_once(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert run(Plan(model="simulated", tasks=TASKS, limit=9), tmp_path / "run", progress=False) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_local_model_broken_off_asks_only_the_rest(tmp_path, monkeypatch):
    """And choices of one token share a forward: fewer rows go through the model than there are requests."""
    asked, forwards = [], []
    generate, call = HFLM._model_generate, HFLM._model_call

    def broken(self, context, **settings):
        if len(asked) == 24:
            raise KeyboardInterrupt
        asked.extend(context.tolist())
        return generate(self, context=context, **settings)

    def counted(self, inps, **settings):
        forwards.extend(inps.tolist())
        return call(self, inps, **settings)

    plan = Plan(
        model="hf", model_args={"pretrained": TINY}, tasks=TASKS, limit=40, batch_size=8, device="cpu",
        generation={"max_gen_toks": 4},
    )  # fmt: skip
    monkeypatch.setattr(HFLM, "_model_call", counted)
    with monkeypatch.context() as breaking:
        breaking.setattr(HFLM, "_model_generate", broken)
        with pytest.raises(KeyboardInterrupt):
            run(plan, tmp_path / "run", progress=False)
    assert len(asked) == 24
    record = run(plan, tmp_path / "run", progress=False)
    choices = sum(len(row["doc"]["choices"]) for row in rows(tmp_path / "run", TASKS[1]))
    assert record["answers"] == {"kept": 24, "asked": 40 - 24 + choices}
    assert len(forwards) < choices
    again = run(plan, tmp_path / "again", answers=tmp_path / "run.answers.sqlite", progress=False)
    assert again["answers"] == {"kept": 40 + choices, "asked": 0}
    for task in TASKS:
        assert rows(tmp_path / "run", task) == rows(tmp_path / "again", task)
    assert read_json(tmp_path / "run" / "results.json") == read_json(tmp_path / "again" / "results.json")
