"""Whatever text stands in an analysis or in a response, the page has the same parts and shows the text as text."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from browser import browsing, needs_chromium
from logged_sample import sample
from report.everything import bounds, cues, tradeoff

from ip_bench.analysis import analyze, expected_rows
from ip_bench.errors import IpBenchError
from ip_bench.files import write_json
from ip_bench.report.page import render, write_report

HOSTILE = (
    "</script></style></textarea></title></svg></pre><script>alert(1)</script><img src=x onerror=alert(2)>"
    "\u202egnp.exe\u2066\u200f\x00\x1b[31m\u2028\u2029\ud83d{{ 7*7 }}{% raw %}&amp;\"'`--><!--]]>${1}"
)
#: What a text of a model must never be in a page: control and direction characters, lone halves of pairs.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: Names by which the parts of a report are found, and not texts that it shows; the last step of their place.
NAMES = {
    "config", "measure", "outcome", "arm", "reference", "verdict", "name", "asked", "attribute", "of", "asks",
    "against", "who", "task", "suite", "arms", "controls", "others", "system",
}  # fmt: skip
#: Parts that follow the words of texts: what differs, where one may be broken, which kinds there are to choose.
FREE = {"mark", "wbr", "option"}
Made = Callable[[], tuple[dict[str, Any], list[dict[str, Any]]]]
RUNS = pytest.mark.parametrize("made", [cues, tradeoff, bounds])


class Skeleton(HTMLParser):
    """The tags of a page, each with the names of its attributes; ends of tags have none."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[tuple[str, tuple[str, ...]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in FREE:
            self.parts.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in FREE:
            self.parts.append((f"/{tag}", ()))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every text in a record that is not empty, and of the first two of each list's entries."""
    if isinstance(value, str):
        yield from [path] if value else []
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list):
        for place, one in enumerate(value[:2]):
            yield from leaves(one, (*path, place))


def with_text(record: Any, path: tuple[Any, ...], text: str) -> Any:
    changed = copy.deepcopy(record)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = text
    return changed


def one_of_each(paths: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield the first path of each field, whichever entry of a list, task or axis it is in."""
    seen = set()
    for path in paths:
        steps = [step for step in path if isinstance(step, str)]
        field = tuple(
            step for before, step in zip(["", *steps], steps, strict=False) if before not in {"tasks", "axes"}
        )
        if field not in seen:
            seen.add(field)
            yield path


def without_the_slow_picture(given: dict[str, Any], read: list[dict[str, Any]]) -> tuple[Any, Any]:
    for entry in given["tasks"].values():
        entry.get("tradeoff", {}).pop("front", None)
    return given, read


def last_name(path: tuple[Any, ...]) -> str:
    return next(step for step in reversed(path) if isinstance(step, str))


@RUNS
def test_a_hostile_text_in_any_field_changes_no_part_of_the_page(made: Made) -> None:
    given, read = without_the_slow_picture(*made())
    plain = Skeleton(render(given, pairs_read=read))
    tried = 0
    for path in one_of_each(leaves({"analysis": given, "pairs": read})):
        changed = with_text({"analysis": given, "pairs": read}, path, HOSTILE)
        named = last_name(path) in NAMES
        try:
            text = render(changed["analysis"], pairs_read=changed["pairs"])
        except (IpBenchError, KeyError):
            assert named, path
            continue
        tried += 1
        assert not UNSEEN.search(text), path
        found = Skeleton(text)
        if named:
            assert {*found.parts} <= {*plain.parts}, path
        else:
            assert found.parts == plain.parts, path
    assert tried > 30


@RUNS
def test_a_hostile_name_of_a_field_changes_no_part_of_the_page(made: Made) -> None:
    given, read = without_the_slow_picture(*made())
    plain = Skeleton(render(given, pairs_read=read))
    (entry, *_) = given["tasks"].values()
    for record in (given["run"], given["balance"], *given["balance"].values(), entry["arms"][0]["kinds"]):
        before = dict(record)
        record.clear()
        record.update({HOSTILE if place == 0 else name: one for place, (name, one) in enumerate(before.items())})
        text = render(given, pairs_read=read)
        assert not UNSEEN.search(text)
        assert Skeleton(text).parts == plain.parts
        record.clear()
        record.update(before)
    task, *rest = given["tasks"]
    given["tasks"] = {HOSTILE: given["tasks"][task]} | {one: given["tasks"][one] for one in rest}
    text = render(given, pairs_read=[one | {"task": HOSTILE} if one["task"] == task else one for one in read])
    assert not UNSEEN.search(text)
    assert Skeleton(text).parts == plain.parts


@pytest.mark.parametrize("text", ["x" * 1_000_000, "{{ 7*7 }}" * 120_000, "\x00" * 1_000_000, "\u4e2d" * 1_000_000])
def test_a_megabyte_anywhere_is_cut_with_its_length(text: str) -> None:
    given, read = cues()
    for path in (("model",), ("run", "versions", "python"), ("tasks", "ip_cues_cultural", "effects", 0, "note")):
        given = with_text(given, path, text)
    read = with_text(read, (0, "item_id"), text)
    page = render(given, pairs_read=read)
    assert len(page.encode()) < 400_000
    assert f"the first 2,000 of {len(text):,} characters" in page
    assert "49" * 20 not in page


STRUCTURE = """(() => {
  const parts = [...document.querySelectorAll("*")].filter(one => !["OPTION", "MARK", "WBR"].includes(one.tagName));
  return parts.map(one => one.tagName + " " + [...one.attributes].map(own => own.name).sort().join(" "));
})()"""


@needs_chromium
@RUNS
def test_a_browser_finds_the_same_parts_with_hostile_text_in_every_field_at_once(made: Made, tmp_path: Path) -> None:
    given, read = without_the_slow_picture(*made())
    both = {"analysis": given, "pairs": read}
    changed = both
    for place, path in enumerate(leaves(both)):
        if last_name(path) not in NAMES:
            changed = with_text(changed, path, f"{HOSTILE}{place}")
    files = [tmp_path / "plain.html", tmp_path / "hostile.html"]
    for file, one in zip(files, (both, changed), strict=True):
        file.write_text(render(one["analysis"], pairs_read=one["pairs"]), encoding="utf-8")
    with browsing(tmp_path / "profile") as browser:
        plain, hostile = (browser.page(file) for file in files)
        assert hostile.value(STRUCTURE) == plain.value(STRUCTURE)
        assert "gnp.exe" in hostile.value("document.querySelector('h1').textContent")
        assert hostile.problems == []
        assert hostile.requests == [files[1].as_uri()]
    assert browser.asked_of_the_network() == []


def test_hostile_responses_go_from_samples_to_the_page_as_text(dataset: Path, tmp_path: Path) -> None:
    rows = expected_rows(dataset, "cultural", mini=True)
    said = [HOSTILE, "a" * 1_000_000, "</script>" * 50, "", "\x00", "{{ config }}", "911\u2028999"]
    lines = [sample(row, row["choices"][0] if k > 60 else said[k % len(said)]) for k, row in enumerate(rows.values())]
    raw = "\n".join(json.dumps(line) for line in lines).encode()
    bad = json.dumps(lines[0]).encode()
    samples = tmp_path / "samples_ip_cues_cultural_mini.jsonl"
    samples.write_bytes(raw.replace(bad, bad.replace(b"gnp.exe", b"gnp.exe\xff\xfe")))
    write_json(tmp_path / "run.json", {"model": HOSTILE, "generation": {"stop": [HOSTILE]}})
    with pytest.raises(IpBenchError, match=r"samples_ip_cues_cultural_mini.jsonl:1: not JSON .*utf-8"):
        analyze(tmp_path)
    samples.write_bytes(raw)
    analyze(tmp_path)
    text = write_report(tmp_path).read_text(encoding="utf-8")
    assert not UNSEEN.search(text)
    given, read = cues()
    assert {tag for tag, _ in Skeleton(text).parts} <= {
        tag for tag, _ in Skeleton(render(given, pairs_read=read)).parts
    }
    assert "gnp.exe" in text
    assert "the first 2,000 of 1,000,000 characters" in text
