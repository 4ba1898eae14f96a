"""The engine as a cue: how much it changes, the same every time, and never what it must keep."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.cues.dialect.cue import DIALECTS, FIRST_LANGUAGES, LEVELS, by_level
from ip_bench.cues.dialect.engine import DENSITY, dialect
from ip_bench.cues.dialect.kept import not_kept
from ip_bench.cues.dialect.noise import slips
from ip_bench.cues.dialect.rules import read_rules
from ip_bench.cues.dialect.tokens import SENTENCE_END
from ip_bench.cues.dialect.trace import features_fired, rules_fired
from ip_bench.cues.dialect.words import tokens_of
from ip_bench.cues.edits import Cued, apply_edits, undo_edits
from ip_bench.cues.families import FAMILIES, cue
from ip_bench.cues.protect import protected_spans
from ip_bench.design import Edit
from ip_bench.errors import UnknownNameError
from ip_bench.schemas import validator
from ip_bench.seeds import rng

TEXT = (
    "She is not here and she will not call anyone. Do you know where the office is? They are waiting for the bus, "
    "and it doesn't come. I have two questions about life, and I want to know if you can help me with the book. "
    "There are several people in the room. He has just finished the report that I sent yesterday."
)
BOTH = [("dialect", level) for level in DIALECTS] + [("transfer", level) for level in FIRST_LANGUAGES]


def test_literal_record() -> None:
    text = "She is not here. Does she know anyone in `is not` town? They are at the bank, and I will not call anyone."
    made = dialect("aae").apply(text, rng("item", 1), 1.0)
    assert made == Cued(
        "She ain't here. She know anyone in `is not` town? They at the bank, and I ain't gonna call nobody.",
        (
            Edit(4, 10, "is not", "ain't", "aae:155:aint-be"),
            Edit(17, 23, "Does s", "S", "aae:229:yesno-no-do"),
            Edit(60, 64, " are", "", "aae:178:zero-be-place"),
            Edit(84, 92, "will not", "ain't gonna", "aae:155:aint-gonna"),
            Edit(98, 104, "anyone", "nobody", "aae:154:negative-concord"),
        ),
    )
    assert rules_fired(made.edits) == Counter(edit.rule for edit in made.edits)
    assert features_fired(made.edits) == {154: 1, 155: 2, 178: 1, 229: 1}


@pytest.mark.parametrize(
    ("family", "level", "expected"),
    [
        ("dialect", "aae", "I got a question: what you doing? I want you to wait."),
        ("dialect", "indian", "I am having a question: what you are doing? I am wanting you to wait."),
        ("dialect", "nigerian", "I have a question: what you doing? I am wanting you to wait."),
        ("dialect", "singapore", "Have question: what you doing? Want you to wait."),
        ("dialect", "irish", "I have a question: what are you doing? I am wanting you to wait."),
        ("dialect", "scottish", "I have a question: what are you doing? I am wanting you to wait."),
        ("transfer", "arabic", "I have question: what you doing? I want you to wait."),
        ("transfer", "hindi", "I have question: what you are doing? I am wanting you to wait."),
        ("transfer", "mandarin", "I have question: what are you doing? I want you to wait."),
    ],
)
def test_varieties_differ(family: str, level: str, expected: str) -> None:
    text = "I have a question: what are you doing? I want you to wait."
    assert by_level(family, f"{level}-100")(text, rng("item", 3)).text == expected


@pytest.mark.parametrize(("family", "level"), BOTH)
def test_density_is_the_share_of_places_and_nested(family: str, level: str) -> None:
    engine = dialect(level, family)
    places = engine.eligible(TEXT)
    assert places
    made = [engine.apply(TEXT, rng("item", 7), density).edits for density in (0.05, 0.25, 0.5, 0.75, 1.0)]
    assert [len(rules_fired(edits)) > 0 for edits in made] == [True] * 5
    for fewer, more in pairwise(made):
        assert set(fewer) <= set(more)
    sizes = [sum(rules_fired(edits).values()) for edits in made]
    assert sizes[0] == 1
    assert sizes[-1] > 1
    # How many places change does not depend on the random numbers, only which.
    seeds = [engine.apply(TEXT, rng("item", seed), 0.5) for seed in range(8)]
    assert {sum(rules_fired(edits).values()) for _, edits in seeds} == {sizes[2]}
    assert engine.apply(TEXT, rng("item", 7), 0.0) == Cued(TEXT, ())


def test_a_match_has_the_words_that_its_sentence_is_looked_at_for() -> None:
    """`eligible` tries a pattern only where the sentence, or the mark in front of it, has one of `other_words`."""
    rules = read_rules().values()
    tokens = tokens_of(" ".join(before for rule in rules for before, _ in rule.examples))
    starts = [at for at in range(len(tokens)) if not at or tokens[at - 1].word in SENTENCE_END]
    for rule in rules:
        for pattern in (site.pattern for site in rule.sites):
            for first, last in pairwise([*starts, len(tokens)]):
                words = {token.word for token in tokens[max(0, first - 1) : last]}
                for at in range(first, last):
                    if tokens[at].word in pattern.anchor_words and pattern.match(tokens, at):
                        assert words & pattern.other_words, (rule.rule, pattern)


def test_seeds_choose_among_places() -> None:
    assert len({by_level("dialect", "aae-25")(TEXT, rng("item", seed)).text for seed in range(12)}) > 3


@pytest.mark.parametrize("level", [*FIRST_LANGUAGES, *(f"{level}-50" for level in FIRST_LANGUAGES)])
def test_noise_makes_as_many_edits_and_tells_no_language(level: str) -> None:
    for seed in range(5):
        cued = by_level("transfer", level)(TEXT, rng("item", seed))
        control = by_level("noise", level)(TEXT, rng("item", seed))
        assert len(control.edits) == len(cued.edits) > 0
        assert undo_edits(*control) == TEXT
        assert not_kept(TEXT, control) == ()
        assert {edit.rule for edit in control.edits} <= {"noise:doubled", "noise:swapped"}


def test_slips_golden() -> None:
    text = "The man in the house went to the garden with a friend."
    made = slips(text, rng("item", 1), 4)
    assert len(made.edits) == 4
    assert Counter(edit.rule for edit in made.edits) == {"noise:doubled": 2, "noise:swapped": 2}
    assert slips("A b.", rng("item", 1), 4) == Cued("A b.", ())


def test_families_list_the_levels() -> None:
    for family, levels in LEVELS.items():
        assert FAMILIES[family] == levels
    assert cue("dialect", "aae")(TEXT, rng("x")) == dialect("aae").apply(TEXT, rng("x"), DENSITY)
    with pytest.raises(UnknownNameError, match="unknown level 'aae-30' in cue family dialect; levels are: aae, indian"):
        by_level("dialect", "aae-30")
    with pytest.raises(UnknownNameError, match="unknown cue family 'accent'; cue fam"):
        by_level("accent", "aae")


def test_command_line() -> None:
    given = '{"id": 1, "text": "They aren\'t here."}\n{"id": 2, "text": "No site."}\n'
    done = subprocess.run(
        [sys.executable, "-m", "ip_bench.cli", "cue", "apply", "--family", "dialect", "--level", "aae"],
        check=False, input=given, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert records == [
        {
            "id": 1,
            "text": "They ain't here.",
            "edits": [{"start": 5, "end": 11, "before": "aren't", "after": "ain't", "rule": "aae:155:aint-be"}],
        },
        {"id": 2, "text": "No site.", "edits": []},
    ]
    for record in records:
        validator("cued").validate(record)


KEPT = {
    "undo": Cued("She is here.", (Edit(0, 3, "He", "She", "x"),)),
    "numbers": Cued("She is not here at 6, says Anna.", ()),
    "names": Cued("She is not here at 5, says Hanna.", ()),
    "sentences": Cued("She is not here at 5, says Anna?", ()),
    "polarity": Cued("She is here at 5, says Anna.", ()),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_is_not_kept_is_named(what: str) -> None:
    assert what in not_kept("She is not here at 5, says Anna.", KEPT[what])


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("She doesn't know anyone.", "She doesn't know nobody.", True),
        ("She knows someone.", "She knows nobody.", False),
        ("She knows nobody.", "She doesn't know nobody.", True),
        ("She knows him.", "She doesn't know him.", False),
        ("He isn't here. She is.", "He is here. She isn't.", False),
        ("Can you go?", "Go, can or not?", True),
        ("You know, don't you?", "You know, is it?", True),
        ("`not` here.", "`no` here.", False),
    ],
)
def test_polarity(before: str, after: str, kept: bool) -> None:
    made = Cued(after, (Edit(0, len(before), before, after, "x"),))
    assert (not_kept(before, made) == ()) == kept


PIECES = st.sampled_from(
    [
        "She is not here.", "they are waiting for the bus", "Anna will not call anyone,", "Do you know", "I have",
        "a question", "it doesn't work", "every day", "who is", "3 books", "`she is not`", '"they are late"', "\n", "?",
        "x.com/a", "Sam and I were", "{name}", "don't", "any", "İstanbul", "éclair", "’", "'", '"', "-", "(a)", "than",
        "really good", "isn't it", "those", "Although it rained,", "since May", "I", "you guys", "not", "the", "2.5%",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=14).map(" ".join)


@given(TEXTS, st.sampled_from(BOTH), st.integers(0, 2**16), st.sampled_from([0.25, 0.8, 1.0]))
def test_any_text_undoes_repeats_and_keeps(text: str, named: tuple[str, str], seed: int, density: float) -> None:
    family, level = named
    engine = dialect(level, family)
    made = engine.apply(text, rng(seed), density)
    assert made == engine.apply(text, rng(seed), density)
    assert undo_edits(*made) == text
    assert apply_edits(text, made.edits) == made.text
    spans = protected_spans(text)
    assert not_kept(text, made) == ()
    for edit in made.edits:
        assert edit.before != edit.after
        assert not any(char.isdigit() for char in edit.before + edit.after)
        assert not any(start < edit.end and edit.start < end for start, end in spans)
