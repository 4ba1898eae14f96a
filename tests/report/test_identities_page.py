"""The page of a task with identities: its sentences, pictures and tables, and that nothing in them becomes markup."""

import copy
import io
import re

import pytest
from browser import CHECKS, browsing, needs_chromium
from report.test_page import HOSTILE, Page, analysis, effect
from rich.console import Console
from test_identities import CONTROLS, GROUPS, PEOPLE, checked, record, run

from ip_bench.outcomes.kinds import kinds_by_request
from ip_bench.report.identities import (
    bias_notes,
    bias_rows,
    group_rows,
    headline,
    kind_columns,
    kind_rows,
    sentences,
    study_bias,
)
from ip_bench.report.page import answer, appraised, render
from ip_bench.report.terminal import tables

OUTCOMES = ("safe", "refused_benign", "correct")


def of(tradeoff, outcomes):
    """An analysis of one task of ip-tradeoff with identities."""
    given = analysis()
    given["dataset"]["name"] = "ip-tradeoff"
    (entry,) = given["tasks"].values()
    told = ("any_identity", "any_identity minus placebo", "none", "muslim minus placebo", CONTROLS[0])
    entry |= {
        "config": "identity",
        "effects": [
            effect(arm, "reference", 0.1, verdict="undecided") | {"outcome": outcome}
            for outcome in OUTCOMES
            for arm in told
        ],
        "tradeoff": tradeoff,
        "requests": kinds_by_request(outcomes),
    }
    for arm, name in zip(entry["arms"], ("muslim", "minor"), strict=True):
        arm |= {"arm": name, "role": "treatment"}
    given["tasks"] = {"ip_tradeoff_identity": entry}
    return given


@pytest.fixture(scope="module")
def outcomes():
    return run({("muslim", "unsafe"): -0.3, ("minor", "benign"): 0.3})


@pytest.fixture(scope="module")
def found(outcomes):
    return checked(record(outcomes))


@pytest.fixture(scope="module")
def equal():
    return checked(record(run()))


@pytest.fixture(scope="module")
def page(found, outcomes):
    return render(of(found, outcomes))


def test_sentences_say_whether_how_much_and_whom(found):
    bias, who = sentences(found)
    own = found["together"]["bias"]
    assert bias.startswith(
        "Identities are treated differently, beyond noise: personalization bias over safety, benign requests answered "
        f"and utility is {own['debiased']:.1f} points [{own['ci'][0]:.1f}, {own['ci'][1]:.1f}] without its noise "
        f"({own['published']:.1f} points as published; where no identity differs, a run like this one shows "
    )
    assert bias.endswith("in 5% of runs; permutation p <0.001).")
    assert re.fullmatch(
        r"Holm's test calls 2 of 6 identities different from the mean of 3 placebos, in points: a Muslim person "
        r"\(safety -\d+\.\d\); a minor \(benign requests answered -\d+\.\d\)\.",
        who,
    )


def test_sentences_of_a_run_without_a_gap_claim_nothing(equal):
    bias, who = sentences(equal)
    assert bias.startswith("This run does not tell personalization bias over safety, benign requests answered and")
    assert "without its noise it is at most" in bias
    assert who.startswith(
        "Holm's test calls none of 6 identities different from the mean of 3 placebos on any axis; the"
    )
    assert "no farther from the mean than the farthest of 6 equals would" in who


def test_what_has_no_data_is_said(equal):
    part = {name: own for name, own in equal["axes"].items() if name != "utility"}
    some = equal | {"axes": part, "notes": ["utility: 0 items"]}
    assert sentences(some)[0].endswith(" No figures of utility: 0 items.")
    assert study_bias(some) is None
    none = {key: value for key, value in equal.items() if key not in {"together", "front"}} | {
        "axes": {}, "notes": ["safety: 0 items", "utility: 0 items"],
    }  # fmt: skip
    assert sentences(none) == ["No identity can be compared: safety: 0 items; utility: 0 items."]
    text = render(of(none, []))
    assert "No figures: safety: 0 items." in Page(text).text
    assert text.count("<svg") == 2 * 3  # the forests alone, wide and narrow


def test_a_bias_without_an_interval_says_why(equal):
    still = copy.deepcopy(equal)
    still["together"]["bias"] |= {"square_ci": [None, None], "floor": None, "note": "all 6 groups have the same mean"}
    still["together"]["farthest"] = None
    bias, who = sentences(still)
    assert bias.endswith("and no more can be said: all 6 groups have the same mean.")
    assert who == "Holm's test calls none of 6 identities different from the mean of 3 placebos on any axis."
    assert bias_notes(still) == ["together: all 6 groups have the same mean"]

    still["together"]["bias"]["published"] = 0.0
    assert sentences(still)[0].startswith("Every identity has the same safety, benign requests answered and utility")


def test_the_finding_is_told_of_identities_and_then_of_all_three_outcomes(found, outcomes):
    said = answer(of(found, outcomes))
    assert [line.split(" more or less")[0] for line in said[2:]] == [
        f"This run does not decide whether the model {does}"
        for does in ("declines an unsafe request", "refuses a benign request", "solves a useful task")
    ]
    assert said[0].startswith("ip_tradeoff_identity: Identities are treated differently")
    assert len(said) == 5
    lacking = of(found, outcomes)
    lacking["tasks"]["ip_tradeoff_identity"]["effects"] = lacking["tasks"]["ip_tradeoff_identity"]["effects"][:5]
    assert answer(lacking)[3] == "ip_tradeoff_identity, refused_benign: no estimate (an arm is missing)."


def test_the_page_has_both_pictures_the_tables_and_the_counts(page, found):
    shown = Page(page)
    assert page.count('class="tradeoff roomy"') == 1
    assert page.count('class="tradeoff narrow"') == 3
    assert "Pareto front" in page
    for axis in ("safety", "benign requests answered", "utility"):
        assert f"{axis.capitalize()} by asker: share, gap, interval, p" in shown.text
    for words in (
        "Who gets less safety or less help?", "a Muslim person", "a tea drinker", "nothing told", "the bare request",
        "full refusal", "full compliance", "share safe", "useful tasks",
        "Farthest from the mean of all: a Muslim person",
        f"{found['axes']['safety']['bias']['square']:+.2f}", "All 15 declared contrasts",
        "placebo arms tell of the asker what cannot matter",
    ):  # fmt: skip
        assert words in shown.text, words
    assert "First stage" not in shown.text
    assert page.count("<details open>") == 2  # the axes on which somebody differs
    assert page.count("<details>") == 2  # the third axis, and the contents
    assert not re.search(r"\b(None|nan|NaN|Undefined)\b", shown.text)


def test_single_askers_are_told_once_and_not_in_every_forest(found, outcomes):
    (entry,) = of(found, outcomes)["tasks"].values()
    arms = [one["arm"] for one in headline(entry, entry["effects"])]
    assert arms == ["any_identity", "any_identity minus placebo", "none"] * 3
    del entry["tradeoff"]
    assert headline(entry, entry["effects"]) == entry["effects"]


def test_rows_of_the_tables(found):
    rows = group_rows(found, "safety")
    assert [row["kind"] for row in rows] == [*PEOPLE.values(), *["placebo"] * 3, "none", "none"]
    assert [row["who"] for row in rows if row["named"]] == ["a Muslim person"]
    assert rows[-1]["effect"] is None
    assert [row["axis"] for row in bias_rows(found)] == ["safety", "benign requests answered", "utility", "together"]
    assert bias_rows(found)[3]["items"] == 480
    axes = found["axes"]
    both = axes["safety"]["bias"]["published"] ** 2 + axes["utility"]["bias"]["published"] ** 2
    assert study_bias(found) ** 2 == pytest.approx(both)


def test_counts_are_columns_in_one_order_with_the_share_behind():
    requests = [
        {"arm": "man", "asked": "unsafe", "kinds": {"empty": 1, "full_compliance": 2, "full_refusal": 3}, "share": 0.6},
        {"arm": "none", "asked": "utility", "kinds": {"newer": 1, "answer": 4}, "share": None},
    ]
    assert kind_columns(requests) == [
        ("unsafe", "unsafe requests", ["full_refusal", "full_compliance", "empty"]),
        ("utility", "useful tasks", ["answer", "newer"]),
    ]
    assert kind_rows(requests, "identity") == [
        ("a man", [3, 2, 1, 0.6, 0, 0, None]),
        ("the bare request", [0, 0, 0, None, 4, 1, None]),
    ]


def test_hostile_names_notes_and_output_stay_text(found, outcomes):
    clean = of(found, outcomes)
    given = copy.deepcopy(clean)
    (entry,) = given["tasks"].values()
    own = entry["tradeoff"]
    name = HOSTILE + "$\\frac"
    for one in own["identities"]:
        one |= {"arm": name if one["arm"] == "muslim" else one["arm"], "attribute": "</svg><script>"}
    for axis in own["axes"].values():
        axis["shares"][name] = axis["shares"].pop("muslim")
        for gap in axis["gaps"]:
            gap |= {"arm": name if gap["arm"] == "muslim" else gap["arm"], "reference": "<b>x</b>", "note": "<i>y</i>"}
        axis["farthest"]["name"] = name
        axis["bias"]["note"] = "<u>z</u>"
    own["front"]["arms"][0] = name
    own["front"]["note"] = own["notes"] = "<s>w</s>"
    own["notes"] = ["<s>v</s>"]
    entry["requests"][0] |= {"arm": name, "kinds": {"<q>k</q>": 3}}
    text = render(given)
    assert text.count("<script") == 1
    assert "<img" not in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x08\x0b-\x1f\x7f]", text)
    assert not set(Page(text).tags) & {"b", "i", "u", "s", "q"}
    assert {"svg", "details", "summary"} <= set(Page(text).tags)


def test_families_of_identities_are_appraised_together_where_the_same_is_said():
    arms = [{"arm": arm} for arm in (*GROUPS.arms, "any_identity")]
    said = appraised("ip-tradeoff", {"config": "identity", "arms": arms})
    families = [name for names in said for name in names.split(", ")]
    assert sorted(families) == sorted({*PEOPLE.values(), "any"})
    assert all(len(lines) == 5 for lines in said.values())
    assert len(set(said.values())) == len(said)


def printed(given):
    out = io.StringIO()
    console = Console(file=out, width=120)
    for table in tables(given):
        console.print(table)
    return out.getvalue()


def test_the_terminal_shows_identities_by_axis_with_a_mark_where_they_differ(found, outcomes):
    text = printed(of(found, outcomes))
    assert "6 contrasts of single askers are left out here" in text
    assert text.count("any identity against nothing told") == 6
    row = next(line for line in text.splitlines() if "a Muslim person" in line)
    assert re.search(r"religion +│ +-\d+\.\d\* │ +[+-]\d+\.\d │ +[+-]\d+\.\d │", row)
    assert "personalization bias" in text
    assert "from the mean of 3 placebos" in text
    assert max(map(len, text.splitlines())) <= 120


def test_the_terminal_shows_few_placebos_and_short_notes():
    given = analysis()
    (entry,) = given["tasks"].values()
    entry["effects"][0]["note"] = "word " * 100
    entry["effects"][1]["note"] = "word " * 100
    text = printed(given)
    assert "placebo: typo" in text
    assert text.count(" (1) ") == 2  # of the effects; the note itself stands once, under the table
    assert text.count("(1) word word") == text.count("word...") == 1
    assert text.count("word ") < 25
    entry["effects"] += [effect(f"placebo_{name}", "reference") for name in "abcdefg"]
    assert "placebo: typo" not in printed(given)
    assert "8 contrasts of single askers" in printed(given)


@needs_chromium
def test_a_browser_draws_it_wide_and_narrow_in_light_and_dark(page, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    with browsing(tmp_path / "profile") as browser:
        for width, dark in ((1280, False), (1280, True), (400, False)):
            shown = browser.page(file, width=width, dark=dark)
            shown.value("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            shown.picture(tmp_path / f"{width}-{dark}.png")
            assert shown.value(CHECKS) == []
            assert shown.problems == []
            assert shown.requests == [file.as_uri()]
        nodes = shown.spoken()
        assert [node for node in nodes if node[0] in {"region", "image", "table", "columnheader"} and not node[1]] == []
        assert any("Pareto front" in name for role, name in nodes if role == "image")
    assert browser.asked_of_the_network() == []
