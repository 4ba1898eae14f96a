"""A lexicon cue is a table and a few lines of YAML: the documented one runs, and broken ones are named by line."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ip_bench.cues.declared import declared, shipped
from ip_bench.cues.edits import undo_edits
from ip_bench.cues.families import FAMILIES, lexicon_cue
from ip_bench.cues.lexicon import LOCALES
from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.seeds import rng

DOCS = (Path(__file__).parents[2] / "docs" / "lexicons.md").read_text(encoding="utf-8")
GOOD = "family: mine\ntable: mine.csv\nlevels: [a, b]\n"


def block(kind: str) -> str:
    found = re.search(rf"```{kind}[^\n]*\n(.*?)```", DOCS, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def scots(tmp_path: Path) -> Path:
    (tmp_path / "scots.csv").write_text(block("csv"), encoding="utf-8")
    path = tmp_path / "scots.yaml"
    path.write_text(block("yaml"), encoding="utf-8")
    return path


def test_the_documented_example_does_what_it_shows(scots: Path) -> None:
    assert len(scots.read_text(encoding="utf-8").splitlines()) <= 10
    shown = re.findall(r"^\$ echo '(.*)' \| ip-bench (.*--lexicon .*)\n(\{.*\})$", DOCS, re.MULTILINE)
    assert len(shown) == 2
    for given, arguments, expected in shown:
        command = [sys.executable, "-m", "ip_bench.cli", *shlex.split(arguments)]
        done = subprocess.run(command, cwd=scots.parent, input=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{expected}\n"
        made = json.loads(done.stdout)
        assert made["text"] != json.loads(given)["text"]


def turned(path: Path, level: str, text: str, source: str | None = None) -> str:
    made = lexicon_cue(declared(path), level, source=source)
    assert (made.family, made.level) == ("scots", level)
    cued = made(text, rng("x"))
    assert undo_edits(*cued) == text
    assert {edit.rule for edit in cued.edits} <= {f"scots:{level}", "article"}
    return cued.text


def test_levels_are_turned_both_ways_and_the_placebo_one_way(scots: Path) -> None:
    assert declared(scots).targets == ("standard", "scotland", "plain")
    assert turned(scots, "scotland", "a small child outside; churches") == "a wee bairn outwith; kirks"
    assert turned(scots, "standard", "a wee bairn outwith; kirks") == "a small child outside; churches"
    assert turned(scots, "plain", "a small child outside; churches") == "a little youngster beyond; chapels"
    assert turned(scots, "plain", "a wee bairn") == turned(scots, "scotland", "a wee bairn") == "a wee bairn"
    assert turned(scots, "scotland", "a little youngster beyond") == "a little youngster beyond"
    assert turned(scots, "standard", "a wee bairn", "standard") == "a wee bairn"


def test_the_placebo_makes_as_many_edits(scots: Path) -> None:
    text = "The small children of small churches went outside, pretty small, in small print."
    cue, placebo = (lexicon_cue(declared(scots), level)(text, rng("x")) for level in ("scotland", "plain"))
    assert [edit[:3] for edit in cue.edits] == [edit[:3] for edit in placebo.edits]
    assert len(cue.edits) == 6


def test_what_the_declaration_protects_is_left_alone(scots: Path) -> None:
    for text in ("Church called.", "small talk", "`small`", '"small"', "a small.txt", "pretty small talk", "smaller"):
        assert turned(scots, "scotland", text) == text
    assert turned(scots, "scotland", "Small churches. SMALL!") == "Wee kirks. WEE!"


def test_unknown_levels_list_the_allowed_ones(scots: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown level 'uk' in cue family scots; levels are: standard, scotl"):
        lexicon_cue(declared(scots), "uk")
    with pytest.raises(UnknownNameError, match="unknown level 'plain' in cue family scots; levels are: standard, sc"):
        lexicon_cue(declared(scots), "scotland", source="plain")


def test_spelling_and_vocabulary_are_declared_this_way() -> None:
    assert list(shipped()) == ["spelling", "vocabulary"]
    for name, own in shipped().items():
        assert own.table.name == f"{name}.csv"
        assert own.levels == own.targets == FAMILIES[name] == LOCALES
        assert (own.source, own.fallback, own.contexts) == ("us", "uk", True)


def test_a_table_of_columns_alone_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes(b"\xef\xbb\xbfb,a\r\nlift,elevator\r\n")
    (tmp_path / "mine.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    own = declared(tmp_path / "mine.yaml")
    assert lexicon_cue(own, "b")("the elevator, the elevators", rng("x")).text == "the lift, the elevators"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "mine.yaml:1: the file is empty"),
        ("- a\n", "mine.yaml:1: must hold keys and values: family, about"),
        ("family: mine\n", "mine.yaml:1: table, levels must be given"),
        (GOOD + "family: two\n", "mine.yaml:4: 'family' is there twice; keep one"),
        (GOOD + "sauce: a\n", "mine.yaml:4: unknown key 'sauce'; keys are: family, about"),
        (GOOD + "rule:\n", "mine.yaml:4: rule is None; it must be a text of one line"),
        (GOOD + "rule: {}\n", r"mine.yaml:4: rule is \{\}; it must be a text"),
        (GOOD + "source: c\n", "mine.yaml:4: source 'c' is no level; levels are a, b"),
        (GOOD + "fallback: c\n", "mine.yaml:4: fallback 'c' is no level; levels are a, b"),
        (GOOD + "neutral: b\n", "mine.yaml:4: 'b' is a level; the placebo needs its own column"),
        (GOOD + "neutral: note\n", "mine.yaml:3: note names a column of notes"),
        (GOOD + "contexts: maybe\n", "mine.yaml:4: contexts is 'maybe'; it must be true or false"),
        (GOOD + "phrases: Small print\n", "mine.yaml:4: phrases must be a list of texts"),
        (GOOD + "phrases: [Small print]\n", "mine.yaml:4: 'Small print' in phrases must be lower-case"),
        (GOOD + "exceptions: ../mine.csv\n", "mine.yaml:4: '../mine.csv' must be the name of a file in the folder"),
        (GOOD + "exceptions: other.csv\n", "mine.yaml:4: there is no file 'other.csv' in the folder of mine.yaml"),
        (GOOD.replace("[a, b]", "[a]"), "mine.yaml:3: two levels, or one and a neutral column, are needed"),
        (GOOD.replace("[a, b]", "[a, a]"), "mine.yaml:3: a is twice in levels"),
        (GOOD.replace("[a, b]", "\n- a\n- no\n"), "mine.yaml:5: False in levels must be a text"),
        (GOOD.replace("[a, b]", "[a, b"), "mine.yaml:4: "),
        (GOOD.replace("[a, b]", "&x [a, *x]"), r"mine.yaml:3: an alias \(\*\) is not read here"),
        (GOOD + "? [a]\n: b\n", "mine.yaml:4: a key must be a text"),
        (GOOD + 'rule: "\x00"\n', "mine.yaml: special characters are not allowed"),
        (GOOD + "rule: " + "[" * 5000 + "\n", "mine.yaml"),
        (GOOD + "rule: 2025-13-45\n", "mine.yaml: is not readable YAML"),
        (GOOD + "rule: !!python/object:os.system x\n", "mine.yaml:4: could not determine a constructor"),
    ],
)
def test_a_broken_declaration_is_named_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=message):
        declared(tmp_path / "mine.yaml")
