"""Placebos make the asked number of edits, each undoable, and none that means anything."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ip_bench.cues import placebos
from ip_bench.cues.edits import Cued, undo_edits
from ip_bench.cues.families import signoffs, synonyms
from ip_bench.cues.lexicon import LEXICONS, LOCALES, matcher
from ip_bench.cues.protect import protected_spans
from ip_bench.design import Edit
from ip_bench.seeds import rng

TEXT = "My list for today has my usual mug, the neat drawer and the spare cable on it."


def draw() -> random.Random:
    return rng("ip-cues", "sport-1", "b01")


def test_golden() -> None:
    assert placebos.typo(TEXT, draw(), 2) == Cued(
        "My lsit for today has my uusal mug, the neat drawer and the spare cable on it.",
        (
            Edit(3, 7, "list", "lsit", "typo"),
            Edit(25, 30, "usual", "uusal", "typo"),
        ),
    )
    assert placebos.spacing(TEXT, draw(), 2) == Cued(
        "My  list for today has my usual mug, the neat drawer and  the spare cable on it.",
        (
            Edit(2, 3, " ", "  ", "spacing"),
            Edit(55, 56, " ", "  ", "spacing"),
        ),
    )
    assert placebos.synonym(
        "a big gift for the doctor", draw(), 2, {"big": "large", "gift": "present", "doctor": "physician"}
    ) == Cued(
        "a large present for the doctor",
        (
            Edit(2, 5, "big", "large", "synonym"),
            Edit(6, 10, "gift", "present", "synonym"),
        ),
    )
    assert placebos.signoff("Which?", ("Thanks.", "R.")) == Cued(
        "Which?\nThanks.\nR.", (Edit(6, 6, "", "\nThanks.", "signoff"), Edit(6, 6, "", "\nR.", "signoff"))
    )


def test_spans_say_where() -> None:
    spans = [(25, 30), (40, 44), (66, 71)]
    typos = placebos.typo(TEXT, draw(), 3, spans)
    assert [(edit.start, edit.end) for edit in typos.edits] == spans
    gaps = placebos.spacing(TEXT, draw(), 3, spans)
    assert [edit.start for edit in gaps.edits] == [24, 39, 65]
    assert gaps.text == "My list for today has my  usual mug, the  neat drawer and the spare  cable on it."


def test_a_typo_swaps_two_inner_letters_and_keeps_the_ends() -> None:
    for seed in range(50):
        for edit in placebos.typo(TEXT, random.Random(seed), 3).edits:
            assert sorted(edit.before) == sorted(edit.after)
            assert edit.before != edit.after
            assert (edit.before[0], edit.before[-1]) == (edit.after[0], edit.after[-1])
            assert len(edit.before) >= 4


def test_fewer_places_than_asked_give_fewer_edits() -> None:
    assert len(placebos.typo("a word", draw(), 5).edits) == 1
    assert placebos.typo("the cat", draw(), 5) == Cued("the cat", ())
    assert placebos.spacing("word", draw(), 5) == Cued("word", ())
    assert placebos.spacing("word", draw(), 5, [(0, 4)]) == Cued("word", ())
    assert placebos.typo("", draw(), 1, [(0, 0)]) == Cued("", ())
    assert placebos.synonym("nothing", draw(), 2, {"big": "large"}) == Cued("nothing", ())


def test_a_synonym_that_would_need_another_article_is_left_alone() -> None:
    cued = placebos.synonym("an idea, the idea and a gift", draw(), 3, {"idea": "thought", "gift": "present"})
    assert cued.text == "an idea, the thought and a present"


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["usual", "drawer", "big", "gift", "an idea", "A gift", "`some code`", '"a quotation"', "x.com/path"]
        ),
        st.sampled_from(["me@site.org", "{placeholder}", "İstanbul", "éclair", "naïve", "\n", "  ", "日本語"]),
        st.text(max_size=5),
    ),
    max_size=12,
).map(" ".join)


@given(TEXTS, st.integers(0, 2**32), st.integers(1, 6))
def test_placebos_undo_repeat_and_respect_protected_text(text: str, seed: int, edits: int) -> None:
    makers = [
        lambda: placebos.typo(text, random.Random(seed), edits),
        lambda: placebos.spacing(text, random.Random(seed), edits),
        lambda: placebos.synonym(text, random.Random(seed), edits, synonyms()),
        lambda: placebos.signoff(text, ("Thanks.", "R.")),
    ]
    spans = protected_spans(text)
    for make in makers:
        cued = make()
        assert cued == make()
        assert undo_edits(*cued) == text
        assert len(cued.edits) <= max(edits, 2)
        if cued.edits and cued.edits[0].rule != "signoff":
            assert not any(start < edit.end and edit.start < end for start, end in spans for edit in cued.edits)


def test_shipped_synonyms_tell_no_locale() -> None:
    for word, other in synonyms().items():
        assert word != other
        for name in LEXICONS:
            for level in LOCALES:
                assert matcher(name, level).apply(f"the {word} and {other}").edits == (), (word, other, level)


def test_shipped_signoffs_tell_no_locale() -> None:
    assert len(set(signoffs())) == len(signoffs()) >= 12
    for parts in signoffs():
        assert len(parts) == 3
        for name in LEXICONS:
            for level in LOCALES:
                assert matcher(name, level).apply("\n".join(parts)).edits == (), (parts, level)
