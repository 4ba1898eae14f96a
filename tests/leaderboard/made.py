"""Analyses made up for the pages: the records of `ip-bench analyze`, without a run."""

from __future__ import annotations

from typing import Any

from ip_bench.files import write_json
from ip_bench.leaderboard.payload import digest
from ip_bench.leaderboard.site import leaderboard

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>\u202egnp\x00\x1b[31m{{ 7*7 }}&amp;</td>'


CONTRASTS = {
    "ip-cues": ("cultural", "uk", "us", "uk"),
    "ip-education": ("education_requests", "aae", "reference", "requirements"),
}


def effect(arm: str, estimate: float | None, se: float = 0.02, reference: str = "us", **more: Any) -> dict[str, Any]:
    low, high = (None, None) if estimate is None else (estimate - 2.1 * se, estimate + 2.1 * se)
    wide = [None, None] if estimate is None else [estimate - 3 * se, estimate + 3 * se]
    return {
        "outcome": "uk", "arm": arm, "reference": reference, "estimate": estimate,
        "se": None if estimate is None else se, "df": 11, "ci": [low, high], "alpha": 0.05,
        "p": None if estimate is None else 0.001, "p_adjusted": None if estimate is None else 0.004,
        "ci_simultaneous": wide, "margin": 0.05, "verdict": "different", "n_items": 232, "n_realizations": 16,
        "n_rows": 464, "n_missing_by_arm": {}, "method": "t", "estimand": f"P(UK | {arm}) - P(UK | {reference})",
        "model": "m", "dataset_hash": "h", "note": "",
    } | more  # fmt: skip


def analysis(
    model: str,
    estimate: float | None,
    *,
    se: float = 0.02,
    tasks: tuple[str, ...] = ("ip_cues_cultural_mini",),
    name: str = "ip-cues",
    version: str = "1.0.0",
    **more: Any,
) -> dict[str, Any]:
    config, arm, against, outcome = CONTRASTS[name]
    entry = {
        "config": config,
        "measure": "generation",
        "effects": [
            effect(arm, estimate, se, against, outcome=outcome),
            effect(f"{arm} minus placebo", estimate, se, against, **{"outcome": outcome, **more}),
            effect("placebo", 0.0, se, "reference", outcome=outcome),
        ],
        "arms": [],
    }
    return {
        "model": model,
        "run": {"suite": "mini", "backend": "hf", "versions": {"lm-eval": "0.4.13"}, "model": model, "model_args": {}},
        "dataset": {"name": name, "version": version, "content_hash": {config: "f" * 64}},
        "margin": 0.05,
        "alpha": 0.05,
        "tasks": dict.fromkeys(tasks, entry),
    }


def write(folder: Any, *analyses: dict[str, Any]) -> Any:
    """Write analyses as results folders below a folder, and return it."""
    for number, one in enumerate(analyses):
        (folder / f"r{number}").mkdir(parents=True)
        write_json(folder / f"r{number}" / "analysis.json", one)
    return folder


def submitted(folder: Any, model: str, given: dict[str, Any] | None = None, **more: Any) -> Any:
    """Write the record of a submission in its place below a folder, and its analysis where one is given."""
    place = folder / model / "ip-cues-1.0.0" / "mini"
    place.mkdir(parents=True)
    if given is not None:
        write_json(place / "analysis.json", given)
    files = dict.fromkeys(("analysis.json", "run.json"), "0" * 64) | {one.name: digest(one) for one in place.iterdir()}
    dataset = {"name": "ip-cues", "version": "1.0.0", "content_hash": {"cultural": "f" * 64}, "repo": "org/ip-cues"}
    record = {
        "model_id": model, "status": "active", "finished": "2026-01-01T00:00:00+00:00", "suite": "mini",
        "dataset": dataset, "ip_bench": "0.1.0", "headlines": [], "files": files, "history": [],
    }  # fmt: skip
    write_json(place / "submission.json", record | more)
    return place


def made_site(folder: Any) -> Any:
    """Write the pages of six models in one table, one of them in a second, and a withdrawn one; return their folder."""
    results = write(
        folder / "results",
        analysis("org/alpha", 0.02),
        analysis("org/beta", 0.05),
        analysis("lab/delta", 0.36),
        analysis("org/gamma", -0.21),
        analysis(HOSTILE, 0.08, se=0.06),
        analysis("org/none", None, note="0 items"),
        analysis("lab/delta", 0.1, name="ip-education", tasks=("ip_education_requests",)),
    )
    submitted(results, "org/gone", status="withdrawn", withdrawn="2026-01-02", reason="<i>wrong</i>")
    return leaderboard([results], folder / "site").parent
