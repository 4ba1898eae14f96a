"""Runs of the planted model on a part of the mini suite, plain and under conditions, made once a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from planted import TASK, Planted

from ip_bench.harness import runner
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run

ITEMS = 60
Made = Callable[[str | None], Path]


@pytest.fixture(scope="session")
def made() -> dict[str | None, Path]:
    """Return the folders of the runs that were made so far, by condition."""
    return {}


@pytest.fixture(scope="module")
def make(
    tradeoff_dataset: Path, made: dict[str | None, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    """Return a function that runs a planted model under a condition, once a session, and gives the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(tradeoff_dataset))
        patch.setattr("ip_bench.tasks.pinned.mini_items", lambda *_: ITEMS)

        def one(mitigation: str | None = None) -> Path:
            if mitigation not in made:
                plan = Plan(
                    model="simulated", tasks=(TASK,), dataset="ip-tradeoff", log_likelihood=False, mitigation=mitigation
                )
                folder = tmp_path_factory.mktemp("runs") / (mitigation or "plain").replace(":", "-")
                with pytest.MonkeyPatch.context() as model:
                    model.setattr(runner, "load_model", lambda _: Planted())
                    assert run(plan, folder, progress=False)
                made[mitigation] = folder
            return made[mitigation]

        yield one
