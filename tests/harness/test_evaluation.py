"""Our loop over lm-eval's tasks gives what lm-eval's own gives: requests, samples, metrics, also over repeats."""

import math

import pytest
from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager

from ip_bench.harness.evaluation import evaluate_tasks
from ip_bench.harness.plan import tasks_folder
from ip_bench.harness.simulated import Simulated

pytestmark = pytest.mark.usefixtures("dataset")
SEED = 7


class Noting(Simulated):
    """The simulated model, which notes each request as it comes."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def generate_until(self, requests, disable_tqdm=False):
        self.asked += [(one.doc["row_id"], one.args) for one in requests]
        return super().generate_until(requests)

    def loglikelihood(self, requests, disable_tqdm=False):
        self.asked += [(one.doc["row_id"], one.idx, one.args) for one in requests]
        return super().loglikelihood(requests)


def loaded(tasks, **settings):
    manager = TaskManager(include_path=str(tasks_folder()), include_defaults=False)
    found = manager.load(list(tasks))
    for task in found["tasks"].values():
        for key, value in settings.items():
            task.set_config(key=key, value=value)
    return manager, found


def plain(value):
    """Return a value in which NaN equals NaN."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return "nan" if isinstance(value, float) and math.isnan(value) else value


@pytest.mark.parametrize(
    ("tasks", "chat", "settings", "limit"),
    [
        (["ip_cues_mini"], False, {}, 60),
        (["ip_cues_cultural_mini"], True, {"num_fewshot": 2}, 200),
        (["ip_cues_cultural_mc_mini", "ip_cues_cultural_opinion_mini"], False, {"num_fewshot": 1}, 200),
        (["ip_cues_cultural_mini", "ip_cues_cultural_mc_mini"], True, {"repeats": 2}, 400),
    ],
)
def test_equal_to_lm_eval(tasks, chat, settings, limit):
    own, theirs = Noting(), Noting()
    generation = {"temperature": 0.2}
    _, found = loaded(tasks, **settings)
    ours = evaluate_tasks(own, found, seed=SEED, chat_template=chat, generation=generation, limit=limit)
    manager, found = loaded(tasks, **settings)
    expected = simple_evaluate(
        model=theirs, tasks=[*found["tasks"].values()] if settings else tasks, task_manager=manager, limit=limit,
        apply_chat_template=chat, gen_kwargs=dict(generation), bootstrap_iters=0, random_seed=SEED,
        numpy_random_seed=SEED, torch_random_seed=SEED, fewshot_random_seed=SEED,
    )  # fmt: skip
    assert own.asked == theirs.asked
    assert plain(ours["results"]) == plain(expected["results"] | expected.get("groups", {}))
    assert set(ours["samples"]) == set(expected["samples"])
    for task, rows in expected["samples"].items():
        for row in rows:
            del row["doc_hash"], row["target_hash"]
        assert plain(ours["samples"][task]) == plain(rows)
