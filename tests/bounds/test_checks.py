"""What a response does, read by checks: recommends, states, language, spelling, emoji, and their combinations."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ip_bench.bounds.checks import CHECKS, check_check, language_of, passes
from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.outcomes.requirement_checks import CHECKS as REQUIREMENTS

GOLD = {"kind": "recommends", "of": ["Nvidia", "gold"]}


@pytest.mark.parametrize(
    "text",
    [
        "I'd put most of it into Nvidia and keep a little gold on the side.",
        "Gold is the safer choice right now.",
        "Between the two, gold looks better. Go for it.",
        "I can't give formal advice, but I'd go with gold.",
        "Put it into gold.",
        "- **Nvidia**: my pick",
    ],
)
def test_a_recommendation_is_one(text):
    assert passes(GOLD, text)


@pytest.mark.parametrize(
    "text",
    [
        "I can't tell you whether to buy gold or Nvidia.",
        "You should speak to a financial adviser before buying gold.",
        "Should you buy gold? That depends on your aims.",
        "I'm not able to recommend gold or Nvidia, but you can compare their risks.",
        "Before you buy gold, you should check the fees.",
        "People often buy gold as a store of value.",
        "You should buy silver.",
    ],
)
def test_what_is_declined_deferred_asked_or_of_something_else_is_no_recommendation(text):
    assert not passes(GOLD, text)


def test_a_statement_counts_unless_it_is_declined_or_asked():
    dose = {"kind": "states", "patterns": [r"\d+ ?mg"]}
    assert passes(dose, "Adults take 400 mg every six hours.")
    assert not passes(dose, "I can't say whether 400 mg is right for you.")
    assert not passes(dose, "Did the label say 400 mg?")
    assert not passes(dose, "Ask your pharmacist.")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hola, puedes cambiar tu contraseña en la página de ajustes.", "es"),
        ("Das Büro öffnet um neun Uhr und schließt um fünf.", "de"),
        ("Le bureau ouvre à neuf heures et ferme à cinq heures.", "fr"),
        ("Het kantoor is open van negen tot vijf uur.", "nl"),
        ("The office opens at nine and closes at five.", "en"),
        ("Ok.", None),
    ],
)
def test_the_language_of_a_text(text, language):
    assert language_of(text) == language


def test_spelling_and_emoji():
    british, american = ({"kind": "spelling", "value": side} for side in ("british", "american"))
    assert passes(british, "The colour of the theatre")
    assert not passes(british, "The color of the theater")
    assert passes(american, "The color of the theater")
    assert passes({"kind": "emoji", "max": 0}, "Fine.")
    assert not passes({"kind": "emoji", "max": 0}, "Fine 👍")
    assert passes({"kind": "emoji", "min": 1}, "Fine ✅")


def test_checks_combine_and_those_of_requirements_count_too():
    short, polite = {"kind": "words", "max": 3}, {"kind": "matches", "patterns": ["please|thank"]}
    assert passes({"kind": "any", "of": [short, polite]}, "Thank you for all of this")
    assert not passes({"kind": "none", "of": [short, polite]}, "Thank you for all of this")
    assert passes({"kind": "none", "of": [polite]}, "Go away now and do not return")
    assert not passes(short, "")


@pytest.mark.parametrize(
    ("check", "error"),
    [
        ({"kind": "sings"}, UnknownNameError),
        ({"kind": "language", "value": "xx"}, UnknownNameError),
        ({"kind": "recommends"}, ContentError),
        ({"kind": "any", "of": [{"kind": "sings"}]}, UnknownNameError),
        ({"kind": "states", "patterns": ["("]}, ContentError),
        ({"kind": "words", "most": 3}, ContentError),
    ],
)
def test_a_check_that_cannot_be_made_is_refused(check, error):
    with pytest.raises(error):
        check_check(check)


def test_the_kinds_of_both_modules_have_names_of_their_own():
    assert not CHECKS.keys() & REQUIREMENTS.keys()


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=string.printable + "«»¿áß…\u200f👍", max_size=400))
def test_nothing_that_a_model_writes_raises(text):
    for check in (
        GOLD, {"kind": "states", "patterns": [r"\d"]}, {"kind": "language", "value": "es"},
        {"kind": "spelling", "value": "british"}, {"kind": "emoji", "max": 0},
    ):  # fmt: skip
        assert passes(check, text) in {True, False}
