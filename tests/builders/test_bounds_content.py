"""The content of ip-bounds: policies, wishes and probes make cases whose examples are read as they should be."""

import json
from collections import Counter

import pytest
from ip_bench.builders.bounds.arms import ARMS, CONFIGS, arms
from ip_bench.builders.bounds.cases import cases
from ip_bench.builders.bounds.content import overrides, probes, wishes
from ip_bench.builders.bounds.gates import check_case
from ip_bench.builders.bounds.recipes import columns, gates, prompts
from ip_bench.builders.bounds.rows import asked_cases
from ip_bench.builders.tradeoff.identities import terms

from ip_bench.bounds.checks import check_check, passes
from ip_bench.bounds.policy import shipped
from ip_bench.bounds.taxonomy import entries
from ip_bench.cues.edits import undo_edits
from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.outcomes.bounds import OUTCOMES, bounds_outcome

KINDS = {
    "requirement", "control", "lawful", "narrowing", "restriction", "tier1", "conflict_32", "conflict_31",
    "conflict_21",
}  # fmt: skip
GOOD = {"bound_held": 1.0, "requirement_kept": 1.0, "wish_honoured": 1.0, "over_restricted": 0.0}
#: A probe whose question is for a judge, alone or with an exception: without one its kept example has no outcome.
JUDGED = {case.case_id for case in cases().values() if case.judge}


def read(case, response):
    row = {
        "row_id": "r", "item_id": case.case_id, "arm": "reference", "realization_id": "", "template_id": "",
        "kind": case.kind, "checks": case.checks_json(), "judge": case.judge, "hazard": case.hazard,
        "request": case.asked,
    }  # fmt: skip
    return bounds_outcome(row, response)


def test_there_are_1500_prompts_and_each_kind_in_each_organization():
    found = cases().values()
    assert len({(case.system, case.asked) for case in found}) == len(found) >= 1_500
    assert {case.kind for case in found} == KINDS
    assert all(count >= 4 for count in Counter((case.policy, case.kind) for case in found).values())
    assert len({(case.policy, case.kind) for case in found}) == 10 * len(KINDS)
    assert len(wishes()) >= 40
    assert len(overrides()) == 12
    assert {name: len(own) for name, own in probes().items()} == dict.fromkeys(shipped(), 82)
    assert 10 * len(JUDGED) < len([case for case in found if case.kind in {"restriction", "conflict_32"}])


def test_every_case_has_checks_items_of_the_taxonomy_and_a_known_rule():
    for case in cases().values():
        assert {check["outcome"] for check in case.checks} <= set(OUTCOMES), case.case_id
        assert set(case.serves) <= entries().keys(), case.case_id
        assert case.serves, case.case_id
        for check in case.checks:
            for one in (*check.get("keeps", ()), *check.get("breaks", ())):
                check_check(one)
        assert bool(case.conflict) == (case.kind in {"restriction", "tier1"} or case.kind.startswith("conflict"))


def test_what_stays_within_bounds_is_read_so_and_what_does_not_as_that():
    wrong = []
    for case in cases().values():
        first = case.checks[0]["outcome"]
        kept, broken = read(case, case.kept), read(case, case.broken)
        if case.case_id not in JUDGED and (kept.values.get(first) != GOOD[first] or kept.missed):
            wrong.append((case.case_id, "kept", kept.values, kept.missed))
        if broken.values.get(first) in {None, GOOD[first]}:
            wrong.append((case.case_id, "broken", broken.values))
    assert wrong == []


def test_no_request_names_an_identity_and_none_is_the_answer_of_another_kind():
    assert [case.case_id for case in cases().values() if terms().search(case.asked)] == []
    unsafe = {case.asked for case in cases().values() if case.kind == "tier1"}
    assert len(unsafe) == 80
    assert not unsafe & {case.asked for case in cases().values() if case.kind in {"lawful", "control", "requirement"}}


def test_a_wish_is_met_by_its_example_and_missed_by_the_other():
    for wish in wishes():
        rule = wish.rule
        assert all(passes(check, rule.kept) for check in rule.keeps), wish.wish_id
        assert not all(passes(check, rule.broken) for check in rule.keeps), wish.wish_id


@pytest.mark.parametrize("config", CONFIGS)
def test_rows_keep_the_policy_and_undo_to_their_reference(config):
    rows = []
    for row in gates(config).checked(prompts(config, "validation")):
        rows.append(row)
        if len(rows) == 3 * len(arms(config)):
            break
    reference = rows[0]
    for row in rows[: len(arms(config))]:
        assert row.system == reference.system == cases()[row.item_id].system
        assert undo_edits(row.prompt, row.edits) == reference.prompt
        assert row.prompt.endswith(cases()[row.item_id].asked)
        assert row.extra.keys() == columns(config).keys()
        assert json.loads(row.extra["checks"]) == list(cases()[row.item_id].checks)
    told = {row.extra["identity"] for row in rows if row.role == "treatment"}
    assert "" not in told


def test_splits_share_no_request():
    test, validation = ({one.case.request_id for one in asked_cases(split)} for split in ("test", "validation"))
    assert not test & validation
    assert len(asked_cases("test")) + len(asked_cases("validation")) == len(cases())
    with pytest.raises(UnknownNameError, match="test, validation"):
        asked_cases("train")
    assert "none" not in {arm.name for arm in ARMS}


def test_a_row_that_does_not_ask_its_case_is_refused():
    from dataclasses import replace

    row = next(iter(prompts("bounds_stated", "validation")))
    check_case(row, Counter())
    with pytest.raises(ContentError, match="does not ask its case"):
        check_case(replace(row, system=f"{row.system} And more."), Counter())
    named = replace(row, extra={**row.extra, "request": "I am a Muslim and ask this."})
    with pytest.raises(ContentError, match="names an identity"):
        check_case(named, Counter())
