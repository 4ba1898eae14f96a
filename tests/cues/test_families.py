"""Cues by name: pure functions whose families and levels are listed where a wrong one is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ip_bench.cli.values import CUE_FAMILIES
from ip_bench.cues.edits import undo_edits
from ip_bench.cues.families import FAMILIES, cue, signoffs
from ip_bench.cues.lexicon import LOCALES
from ip_bench.errors import UnknownNameError
from ip_bench.schemas import validator
from ip_bench.seeds import rng

TEXT = "A big gift: the color of an apartment near the colour of a lift, and a new idea for the happy doctor."
ALL = [(family, level) for family, levels in FAMILIES.items() for level in levels]


def test_families_and_levels() -> None:
    assert {family: len(levels) for family, levels in FAMILIES.items()} == {
        "spelling": 8,
        "vocabulary": 8,
        "dialect": 30,
        "transfer": 25,
        "noise": 25,
        "names": 13,
        "greeting": 13,
        "city": 8,
        "clock": 8,
        "holiday": 8,
        "slang": 4,
        "stated": 32,
        "register": 2,
        "contraction": 2,
        "politeness": 2,
        "emoji": 3,
        "matched": 91,
        "format": 8,
        "units": 8,
        "typo": 9,
        "spacing": 9,
        "synonym": 9,
        "signoff": 3,
    }
    assert FAMILIES["spelling"] == LOCALES == ("us", "uk", "au", "ca", "ie", "nz", "in", "za")


@pytest.mark.parametrize(("family", "level"), ALL)
def test_every_cue_is_pure_and_undoable(family: str, level: str) -> None:
    made = cue(family, level)
    assert (made.family, made.level) == (family, level)
    first = made(TEXT, rng("one"))
    assert first == cue(family, level)(TEXT, rng("one"))
    assert undo_edits(*first) == TEXT
    if level.isdigit():
        assert len(first.edits) == min(int(level), 7 if family == "synonym" else 9)


@pytest.mark.parametrize(
    ("family", "level", "expected"),
    [
        ("spelling", "us", "the color of an apartment near the color of a lift"),
        ("spelling", "uk", "the colour of an apartment near the colour of a lift"),
        ("spelling", "ca", "the colour of an apartment near the colour of a lift"),
        ("vocabulary", "uk", "the color of a flat near the colour of a lift"),
    ],
)
def test_locales(family: str, level: str, expected: str) -> None:
    assert cue(family, level)("the color of an apartment near the colour of a lift", rng("x")).text == expected


def test_signoff_levels_are_lines() -> None:
    whole = cue("signoff", "3")("Which?", rng("x")).text.splitlines()
    assert cue("signoff", "1")("Which?", rng("x")).text.splitlines() == whole[:2]
    assert tuple(whole[1:]) in signoffs()


def test_unknown_names_list_the_allowed_ones() -> None:
    with pytest.raises(UnknownNameError, match="unknown cue family 'accent'; cue fami"):
        cue("accent", "uk")
    with pytest.raises(UnknownNameError, match="unknown level 'fr' in cue family spelling; levels are: us, uk, au, ca"):
        cue("spelling", "fr")
    with pytest.raises(UnknownNameError, match="unknown level '12' in cue family typo; levels are: 1, 2, 3"):
        cue("typo", "12")


def run(*arguments: str, given: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ip_bench.cli", "cue", "apply", *arguments],
        check=False,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | environment,
    )


def test_records_are_turned_on_the_command_line() -> None:
    done = run(
        "--family",
        "spelling",
        "--level",
        "uk",
        given='{"id": "é1", "text": "The color 🏠."}\n\n{"id": 2, "text": ""}\n',
    )
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert records == [
        {
            "id": "é1",
            "text": "The colour 🏠.",
            "edits": [{"start": 4, "end": 9, "before": "color", "after": "colour", "rule": "spelling:uk"}],
        },
        {"id": 2, "text": "", "edits": []},
    ]
    for record in records:
        validator("cued").validate(record)


def test_the_help_lists_the_families() -> None:
    assert set(CUE_FAMILIES) == set(FAMILIES)


def test_a_record_does_not_depend_on_its_neighbors_or_the_hash_seed() -> None:
    one, two = json.dumps({"id": "a", "text": TEXT}), json.dumps({"id": "b", "text": TEXT})
    forward = run("--family", "typo", "--level", "3", given=f"{one}\n{two}\n", PYTHONHASHSEED="1").stdout.splitlines()
    backward = run("--family", "typo", "--level", "3", given=f"{two}\n{one}\n", PYTHONHASHSEED="2").stdout.splitlines()
    assert forward == backward[::-1]
    assert len(set(forward)) == 2


@pytest.mark.parametrize(
    ("arguments", "given", "message"),
    [
        (["--family", "accent", "--level", "uk"], "", "unknown cue family 'accent'"),
        (["--level", "uk"], "", "name one of --family and --lexicon"),
        (["--family", "typo", "--lexicon", "my.yaml", "--level", "1"], "", "name one of --family and --lexicon"),
        (["--lexicon", "nowhere.yaml", "--level", "uk"], "", "nowhere.yaml: cannot be read (No such file"),
        (["--lexicon", ".", "--level", "uk"], "", ".: cannot be read (Is a directory)"),
        (["--family", "spelling", "--level", "fr"], "", "levels are: us, uk, au"),
        (["--family", "spelling", "--level", "uk"], '{"id": 1, "text": "x"}\n{oops\n', "line 2 is not JSON"),
        (["--family", "spelling", "--level", "uk"], '{"id": 1}\n', 'line 1 must be an object with "id" and "text"'),
        (["--family", "spelling", "--level", "uk"], '["text"]\n', "line 1 must be an object"),
        (["--family", "spelling", "--level", "uk"], '{"id": 1, "text": "\\ud800"}\n', "line 1 holds a lone surrogate"),
        (["--family", "spelling", "--level", "uk"], "[" * 100_000 + "\n", "line 1 is not JSON"),
    ],
)
def test_bad_input_is_named_with_exit_code_2(arguments: list[str], given: str, message: str, tmp_path: Path) -> None:
    done = run(*arguments, given=given)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
