"""Pairs on the page: the differing words marked, as many as there is room for, said how many of how many."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from report.test_page import Page, analysis, pairs

from ip_bench.errors import IpBenchError
from ip_bench.files import write_json, write_jsonl
from ip_bench.report import pairs as shown_pairs
from ip_bench.report.differing import marked
from ip_bench.report.page import render, write_report
from ip_bench.report.words import visible

TASKS = analysis()["tasks"]


def test_words_that_the_other_side_has_not_are_marked() -> None:
    assert marked("My usual mug, <b>", "My favourite mug, <b> too") == (
        Markup("My <mark>usual</mark> mug, &lt;b&gt;"),
        Markup("My <mark>favourite</mark> mug, &lt;b&gt; <mark>too</mark>"),
    )
    assert marked("same", "same") == (Markup("same"), Markup("same"))
    assert marked("", "new") == (Markup(""), Markup("<mark>new</mark>"))
    assert marked("one  two", "one\ntwo") == (Markup("one  two"), Markup("one\ntwo")), "blanks do not differ"


@settings(max_examples=60)
@given(st.text("ab c<&\u202e\n", max_size=40), st.text("ab c<&\u202e\n", max_size=40))
def test_marking_keeps_the_text_and_marks_nothing_that_is_equal(first: str, second: str) -> None:
    for text, own in zip((first, second), marked(first, second), strict=True):
        assert Markup(own).unescape().replace("<mark>", "").replace("</mark>", "") == visible(text) or "<mark" in text
        assert "\u202e" not in own
    assert not any("<mark>" in own for own in marked(first, first))


def test_a_pair_is_shown_with_prompts_responses_and_how_they_were_read() -> None:
    page = Page(render(analysis(), pairs_read=pairs("the 999", realization_id="b<1>")))
    for words in (
        "Here are 1 of 464 pairs", "UK words against US words (1 of 464 pairs, of which 130 moved)", "b<1>, t01",
        "The system message, the same for both", "read as: choice; uk 1", "read as: choice; uk 0",
    ):  # fmt: skip
        assert words in page.text, words
    (first,) = shown_pairs.shown(TASKS, pairs("the 999")).groups[0].pairs
    assert [side.response for side in first.sides] == ["the <mark>999</mark>", "the <mark>911</mark>"]
    assert "No pairs were kept" in Page(render(analysis())).text


def test_system_messages_that_differ_stand_on_both_sides() -> None:
    (given_,) = pairs()
    given_["sides"][0] = given_["sides"][0] | {"system": "You help a minor."}
    (pair,) = shown_pairs.shown(TASKS, [given_]).groups[0].pairs
    assert pair.system == ""
    assert "minor" in pair.sides[0].system
    assert "<mark>Be brief</mark>." in pair.sides[1].system


def test_pairs_that_moved_come_first() -> None:
    read = [one for k in range(6) for one in pairs(item_id=f"i{k}", moved=k % 2 > 0)]
    (group,) = shown_pairs.shown(TASKS, read).groups
    assert [pair.moved for pair in group.pairs] == [True] * 3 + [False] * 3
    assert [pair.item for pair in group.pairs] == ["i1", "i3", "i5", "i0", "i2", "i4"]


@pytest.mark.parametrize("char", ["x", "\u4e2d", "\x00", "<"])
def test_a_full_page_stays_under_five_megabytes_in_any_script(char: str) -> None:
    read = [one for k in range(800) for one in pairs(char * 2_000, item_id=f"i{k}")]
    found = shown_pairs.shown(TASKS, read)
    assert 100 < found.pairs < 800
    text = render(analysis(), pairs_read=read)
    assert len(text.encode()) < 2_500_000
    assert f"Here are {found.pairs:,} of 464 pairs" in text


def test_contrasts_share_the_room() -> None:
    entry = analysis()["tasks"]["ip_cues_cultural"]
    entry["pairs"].append({"arm": "placebo_typo", "reference": "reference", "pairs": 900, "moved": 1, "chosen": 500})
    read = [one for k in range(500) for one in pairs("w " * 1_000, item_id=f"i{k}")]
    read += [one for k in range(500) for one in pairs("w " * 1_000, arm="placebo_typo", reference="reference")]
    first, second = shown_pairs.shown({"ip_cues_cultural": entry}, read).groups
    assert abs(len(first.pairs) - len(second.pairs)) <= 1
    assert (second.of, second.moved) == (900, 1)


@pytest.mark.parametrize("broken", ['{"task": 1}', "{}", "[]", "{bad", '{"task": "\udcff"}'])
def test_a_file_of_other_things_is_named(tmp_path, broken: str) -> None:
    write_json(tmp_path / "analysis.json", analysis())
    write_jsonl(tmp_path / "pairs.jsonl", pairs())
    with (tmp_path / "pairs.jsonl").open("ab") as out:
        out.write(broken.encode("utf-8", "surrogateescape"))
    with pytest.raises(IpBenchError, match=r"pairs.jsonl does not hold pairs of responses \(.*run `ip-bench analyze`"):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_pairs_of_tasks_that_the_analysis_has_not_are_left_out() -> None:
    assert shown_pairs.shown(TASKS, pairs(task="ip_cues_other")).groups == ()
    assert not re.search("<article", render(analysis(), pairs_read=pairs(task="ip_cues_other")))
