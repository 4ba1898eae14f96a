"""Scored responses, and whether a request held what was to be asked."""

import json
from collections import namedtuple

import pytest

from ip_bench.outcomes.outcome import reached, score_choice, score_generation, scored
from ip_bench.schemas import validator

DOC = {
    "row_id": "0" * 32,
    "item_id": "emergency-number",
    "arm": "uk",
    "realization_id": "b01",
    "template_id": "t03",
    "replicate": 0,
    "system": "Reply with a short answer and nothing else.",
    "prompt": "My neighbour is ill.\nWhich number do I dial?\nAnswer:",
    "choices": ["911", "triple zero", "999"],
    "accepted": [["911"], ["triple zero", "000"], ["999", "112"]],
    "choice_locales": [["us", "ca"], ["au"], ["uk"]],
}
TURNS = [{"role": "system", "content": DOC["system"]}, {"role": "user", "content": DOC["prompt"]}]
JsonChat = namedtuple("JsonChat", ["prompt"])  # noqa: PYI024  (as lm-eval's JsonChatStr)


def test_a_generation_is_scored_by_the_locales_of_its_choice():
    outcome = score_generation(DOC, "Dial 911.")
    assert (outcome.kind, outcome.choice, outcome.locales) == ("choice", 0, ("us", "ca"))
    assert [outcome.value(locale) for locale in ("us", "ca", "uk")] == [1.0, 1.0, 0.0]
    assert (outcome.item_id, outcome.arm, outcome.realization_id, outcome.template_id) == (
        "emergency-number", "uk", "b01", "t03",
    )  # fmt: skip
    assert list(validator("outcome").iter_errors(outcome.to_dict())) == []


def test_answers_of_nobody_score_0_and_reasons_without_an_answer_score_nothing():
    assert score_generation(DOC, "110").value("uk") == 0.0
    assert score_generation(DOC, "911 or 999").value("uk") == 0.0
    for response in ("", "I cannot answer.", "<think>hm", "<html>" + "x" * 100_000):
        assert score_generation(DOC, response).value("uk") is None


def test_an_undelivered_row_has_no_outcome_however_right_its_answer():
    for outcome in (score_generation(DOC, "999", delivered=False), score_choice(DOC, [-9, -9, -1], delivered=False)):
        assert (outcome.kind, outcome.choice, outcome.value("uk")) == ("undelivered", None, None)


def test_choices_by_likelihood_raw_and_per_character():
    assert score_choice(DOC, [-3.0, -4.0, -9.0]).text == "911"
    assert score_choice(DOC, [-3.0, -4.0, -9.0], normalized=True).text == "triple zero"
    assert score_choice(DOC, [float("nan"), -4.0, -9.0]).kind == "no score"
    assert score_choice(DOC, [float("nan"), -4.0, -9.0]).value("uk") is None


def test_scored_names_the_cell_and_the_reason():
    rows = scored([score_generation(DOC, "999"), score_generation(DOC, "")], "uk")
    assert [(row.item, row.realization, row.template, row.arm, row.value, row.reason) for row in rows] == [
        ("emergency-number", "b01", "t03", "uk", 1.0, "choice"),
        ("emergency-number", "b01", "t03", "uk", None, "empty"),
    ]


@pytest.mark.parametrize(
    "context",
    [
        f"{DOC['system']}\n\n{DOC['prompt']}",
        f"<|im_start|>system\n{DOC['system']}<|im_end|><|im_start|>user\n{DOC['prompt']}<|im_end|>",
        json.dumps(TURNS),
        json.dumps(TURNS, ensure_ascii=True),
        JsonChat(json.dumps(TURNS)),
        (json.dumps(TURNS),),
        [json.dumps(TURNS)],
        json.dumps([{"role": "user", "content": f"{DOC['system']}\n\n{DOC['prompt']}"}]),
        json.dumps(
            [
                {"role": "system", "content": [{"type": "text", "text": DOC["system"]}]},
                {"role": "user", "content": [{"type": "text", "text": DOC["prompt"]}, {"type": "image"}]},
            ]
        ),
    ],
    ids=["plain", "chat text", "json", "ascii json", "namedtuple", "tuple", "list", "one turn", "multi-part"],
)
def test_reached(context):
    assert reached(DOC, context)


@pytest.mark.parametrize(
    "context",
    [
        DOC["prompt"],
        DOC["system"],
        json.dumps(TURNS[1:]),
        json.dumps(TURNS).replace("neighbour", "neighbor"),
        json.dumps([{"role": "system"}, {"role": "user", "content": DOC["prompt"]}]),
        json.dumps([{"role": "user", "content": [DOC["prompt"]]}]),
        "[{not json",
        "",
        (),
        [],
        None,
        7,
    ],
)
def test_not_reached(context):
    assert not reached(DOC, context)


def test_cjk_and_quotes_survive_json_escapes():
    doc = DOC | {"prompt": 'Say "hello" in 日本語 – please'}
    turns = [TURNS[0], {"role": "user", "content": doc["prompt"]}]
    assert reached(doc, json.dumps(turns))
    assert reached(doc, json.dumps(turns, ensure_ascii=False))


def test_turns_that_a_remote_tokenizer_is_handed_are_read():
    turns = [{"role": "system", "content": DOC["system"]}, {"role": "user", "content": DOC["prompt"]}]
    assert reached(DOC, turns)
    assert not reached(DOC, turns[1:])
