"""What a leaky design would have claimed: at no leak the leak-free effect, at all the contrast of stated answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ip_bench.analysis import analyze
from ip_bench.errors import IpBenchError
from ip_bench.files import read_json
from ip_bench.harness.plan import Plan
from ip_bench.harness.runner import run
from ip_bench.leaky import claim, leaky_claims
from ip_bench.outcomes.outcome import Measured, Outcome
from ip_bench.report.page import page
from ip_bench.seeds import unit

TASK = "ip_echo_answers_mini"
#: How often each arm gets the right answer.
RIGHT = {
    "reference": 0.5, "right_same": 0.55, "wrong_same": 0.5, "explicit_right": 0.95, "explicit_wrong": 0.1,
}  # fmt: skip


def outcomes(items: int = 400, arms: dict[str, float] = RIGHT) -> list[Measured]:
    return [
        Outcome(
            row_id=f"{arm}{item}", item_id=f"i{item}", arm=arm, realization_id=f"b{item % 20}",
            template_id=f"t{item % 7}", replicate=0, kind="choice", choice=0,
            locales=("correct",) if unit("leaky", arm, str(item)) < share else (), text="", thinking_chars=0,
        )
        for item in range(items)
        for arm, share in arms.items()
    ]  # fmt: skip


def mean(rows: list[Measured], arm: str) -> float:
    values = [one.value("correct") or 0.0 for one in rows if one.arm == arm]
    return sum(values) / len(values)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_share_of_statements_names_an_answer(share: float) -> None:
    rows = outcomes()
    free = mean(rows, "right_same") - mean(rows, "wrong_same")
    told = mean(rows, "explicit_right") - mean(rows, "explicit_wrong")
    effect = claim(rows, share)
    assert effect.estimate == pytest.approx((1 - share) * free + share * told)
    truth = (1 - share) * 0.05 + share * 0.85
    assert effect.ci[0] < truth < effect.ci[1]
    assert effect.ci[0] < effect.estimate < effect.ci[1]
    assert f"{share:.0%} of which name an answer" in effect.estimand
    assert effect.n_items == 400


def test_arms_without_weight_are_not_needed() -> None:
    free = {arm: share for arm, share in RIGHT.items() if not arm.startswith("explicit")}
    assert claim(outcomes(arms=free), 0.0).estimate == claim(outcomes(), 0.0).estimate
    told = {arm: share for arm, share in RIGHT.items() if not arm.endswith("same")}
    assert claim(outcomes(arms=told), 1.0).estimate == claim(outcomes(), 1.0).estimate
    assert "0 items" in claim(outcomes(arms=free), 0.5).note


@pytest.fixture(scope="module")
def echo_run(echo_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of the simulated model on ip-echo, with its analysis."""
    folder = tmp_path_factory.mktemp("echo") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IP_BENCH_DATA", str(echo_dataset))
        arguments = {"effect": 0.2, "explicit": 0.35}
        run(Plan(model="simulated", model_args=arguments, tasks=(TASK,)), folder, progress=False)
        analyze(folder)
    return folder


@pytest.fixture
def echo_here(echo_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IP_BENCH_DATA", str(echo_dataset))


@pytest.mark.usefixtures("echo_here")
def test_a_run_says_what_leaks_would_have_made_of_it(echo_run: Path) -> None:
    effects = {
        (one["arm"], one["reference"], one["outcome"]): one
        for one in read_json(echo_run / "analysis.json")["tasks"][TASK]["effects"]
    }
    free, told = leaky_claims(echo_run, share=0)[TASK], leaky_claims(echo_run)[TASK]
    assert free.estimate == pytest.approx(effects["right_same", "wrong_same", "correct"]["estimate"])
    assert list(free.ci) == pytest.approx(effects["right_same", "wrong_same", "correct"]["ci"])
    assert told.estimate == pytest.approx(effects["explicit_right", "explicit_wrong", "correct"]["estimate"])
    assert free.ci[0] < 0.2 < free.ci[1]
    assert told.ci[0] < 0.35 < told.ci[1]
    assert leaky_claims(echo_run, alpha=0.2)[TASK].ci[1] < told.ci[1]


@pytest.mark.usefixtures("echo_here")
def test_the_report_has_the_paragraph_only_where_it_is_asked_for(echo_run: Path) -> None:
    plain = page(echo_run)
    assert "What a leaky design would have claimed" not in plain
    claims = leaky_claims(echo_run)
    text = page(echo_run, leaky=claims)
    assert text.count("What a leaky design would have claimed") == 1
    assert f"{100 * claims[TASK].estimate:+.1f} points" in text
    assert "100% of which name an answer" in text


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(share: float, tmp_path: Path) -> None:
    with pytest.raises(IpBenchError, match=f"the share of leaky statements is {share}; it must be between 0 and 1"):
        leaky_claims(tmp_path, share=share)


@pytest.mark.parametrize("task", ["ip_cues_cultural_mini", "ip_echo_inference"])
def test_samples_without_beliefs_about_answers_are_refused(task: str, tmp_path: Path) -> None:
    (tmp_path / f"samples_{task}.jsonl").touch()
    with pytest.raises(IpBenchError, match="has no samples of the echo config; leaks are a question of its statements"):
        leaky_claims(tmp_path)


def test_the_estimate_is_of_complete_cells() -> None:
    rows = [
        dataclasses.replace(one, kind="unparsed", locales=()) if one.arm == "explicit_right" and place % 3 == 0 else one
        for place, one in enumerate(outcomes())
        if isinstance(one, Outcome)
    ]
    effect = claim(rows, 0.5)
    lost = sum(one.kind == "unparsed" for one in rows)
    assert effect.n_items == 400 - lost
    assert effect.n_missing_by_arm["explicit_right"] == lost
