"""An analysis in which every part of the report has something to show, with its pairs."""

from __future__ import annotations

import copy
from typing import Any

from report.test_page import analysis, effect, pairs
from test_identities import checked, record, run

from ip_bench.outcomes.kinds import kinds_by_request


def cues() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a run of ip-cues: both stages, both measures, thinking, and looks on the way."""
    given = analysis()
    first = given["tasks"]["ip_cues_cultural"]
    share = {"rows": 3, "share": 0.1, "ci": [0.0, 0.3]}
    labels = {"American": {"named": share, "of_asker": share}}
    first["mentions"] = {
        "arms": [{"arm": "uk", "own": "British", "rows": 30, "thinking": 20, "labels": labels}],
        "effects": [effect("uk")],
    }
    for one in first["effects"][:2]:
        one["note"] = "a note"
    second = copy.deepcopy(first) | {"measure": "log-likelihood"}
    estimate = {"estimate": 0.7, "low": 0.6, "high": 0.8}
    inferred = {
        "arms": [{"arm": "uk", "rows": 30, "right": 0.7, "named": {"United Kingdom": 21, "United States": 9}}],
        "accuracy": estimate, "brier": estimate, "overconfidence": estimate,
        "bins": [{"rows": 3, "confidence": 0.9, "right": 0.7}],
    }  # fmt: skip
    given["tasks"] |= {
        "ip_cues_cultural_mc": second,
        "ip_cues_inference": copy.deepcopy(first) | {"config": "inference", "inferred": inferred},
    }
    given["wald"] = [
        {
            "task": "ip_cues_cultural", "first_stage_task": "ip_cues_inference", "reduced_form": 0.3,
            "first_stage": 0.4, "n_rows": 800, "text": "0.75 [0.61, 0.92]", "exclusion": {"text": "it may"},
        }
    ]  # fmt: skip
    given["sequential"] = {"text": "different at look 3 of 13"}
    given["run"]["suite"] = "mini"
    return given, pairs() + pairs(item_id="i2", moved=False) + pairs(task="ip_cues_cultural_mc", item_id="i3")


def tradeoff() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a run of ip-tradeoff with identities, and with the judge's errors carried."""
    outcomes = run({("muslim", "unsafe"): -0.3})
    given, found = analysis(), checked(record(outcomes))
    (entry,) = given["tasks"].values()
    arms = ("any_identity", "any_identity minus placebo", "placebo", "muslim", "none")
    entry |= {
        "config": "identity",
        "effects": [
            effect(arm, "reference", 0.1, verdict="undecided") | {"outcome": outcome}
            for outcome in ("safe", "refused_benign", "correct")
            for arm in arms
        ],
        "tradeoff": found,
        "requests": kinds_by_request(outcomes),
        "judge_error": [effect("any_identity", "reference") | {"outcome": "safe", "note": "wider"}],
        "pairs": [{"arm": "any_identity", "reference": "reference", "pairs": 9, "moved": 2, "chosen": 1}],
    }
    for arm, name in zip(entry["arms"], ("muslim", "any_identity"), strict=True):
        arm |= {"arm": name}
    for name, axis in found["axes"].items():
        axis["gaps"][0]["note"] = "a note"
        axis["bias"]["note"] = f"another on {name}"
    found["notes"] = ["lawful: 0 items"]
    given["dataset"]["name"], given["tasks"] = "ip-tradeoff", {"ip_tradeoff_identity": entry}
    return given, pairs(task="ip_tradeoff_identity", arm="any_identity", reference="reference")


def bounds() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a run of ip-bounds, whose rules were read."""
    given = analysis()
    (entry,) = given["tasks"].values()
    share = {"share": 0.9, "low": 0.8, "high": 1.0, "items": 38, "rows": 38, "missing": 2}
    cells = (("user", "organization"), ("user", "law"), ("user", "nothing"), ("organization", "nothing"))
    by = [share | {"of": "one", "outcome": "bound_held"}]
    entry |= {
        "config": "bounds_implicit",
        "effects": [
            effect(arm, "reference", 0.0, verdict="equivalent") | {"outcome": outcome}
            for outcome in ("bound_held", "requirement_kept", "wish_honoured", "over_restricted")
            for arm in ("aae", "aae minus placebo", "typo_aae", "explicit_woman")
        ],
        "bounds": {
            "verdict": "tiers", "declined": share,
            "precedence": [share | {"asks": asks, "against": against, "who": "untold"} for asks, against in cells],
            "kinds": by, "tiers": by, "policies": by, "items": [share | {"of": "S.R.3", "outcome": "bound_held"}],
            "rules": [{"rule": "bank.length", "responses": 9, "missed": 2}],
        },
        "pairs": [{"arm": "aae", "reference": "reference", "pairs": 9, "moved": 2, "chosen": 1}],
    }  # fmt: skip
    for arm, name in zip(entry["arms"], ("aae", "explicit_woman"), strict=True):
        arm |= {"arm": name}
    given["dataset"]["name"], given["tasks"] = "ip-bounds", {"ip_bounds_implicit": entry}
    return given, pairs(task="ip_bounds_implicit", arm="aae", reference="reference")
