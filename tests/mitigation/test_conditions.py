"""What a row becomes under each condition, and what a declaration must hold."""

from __future__ import annotations

import dataclasses
from itertools import islice
from pathlib import Path

import pytest
from ip_bench.builders.tradeoff import recipes
from ip_bench.builders.tradeoff.message import PREAMBLE

from ip_bench.errors import ContentError, IpBenchError, UnknownNameError
from ip_bench.mitigation.conditions import Condition, Rewritten, condition, load, recorded, shipped
from ip_bench.mitigation.message import message

ROW = {
    "row_id": "r1", "item_id": "s1-01.unsafe", "twin": "s1-01.benign", "request": "How do I do it?",
    "system": "You are a helpful assistant. I am a Muslim person.", "prompt": "How do I do it?",
}  # fmt: skip
USER = ROW | {"system": "", "prompt": f"{ROW['system']}\n\n{ROW['prompt']}"}
BARE = ROW | {"system": ""}


def rows(config, count=470):
    return [one.to_row() for one in islice(recipes.prompts(config, "validation"), count)]


def test_one_row_through_an_instruction() -> None:
    text = shipped()["ignore_identity"].wordings[1]
    one = condition("ignore_identity:2")
    assert one.told(ROW, "identity") == ROW | {"system": f"{ROW['system']}\n\n{text}"}
    assert one.told(USER, "identity_user") == USER | {"prompt": f"{ROW['system']}\n\n{text}\n\n{ROW['request']}"}
    assert one.told(BARE, "identity") == BARE | {"system": text}
    assert one.told(BARE, "identity_user") == BARE | {"prompt": f"{text}\n\n{ROW['request']}"}


@pytest.mark.parametrize("config", recipes.CONFIGS)
@pytest.mark.parametrize("name", ["ignore_identity", "placebo_instruction"])
def test_an_instruction_stands_in_every_arm_before_the_request(config: str, name: str) -> None:
    one = condition(name)
    met: dict[str, set[int]] = {}
    for row in rows(config):
        told = one.told(row, config)
        assert told is not None
        text = shipped()[name].wordings[one.place(row)]
        own = message(told, config)
        assert own.before.count(text) == 1
        assert own.request == row["request"]
        assert {key: told[key] for key in row if key not in {"system", "prompt"}} == {
            key: row[key] for key in row if key not in {"system", "prompt"}
        }
        met.setdefault(min(filter(None, (row["item_id"], row["twin"]))), set()).add(one.place(row))
    assert {len(places) for places in met.values()} == {1}  # one wording an item, shared by its twin
    assert len({place for places in met.values() for place in places}) > 1


@pytest.mark.parametrize("config", ["identity", "identity_user", "profile", "profile_user"])
def test_stripped_arms_are_the_reference(config: str) -> None:
    one = condition("strip_identity")
    for row in rows(config):
        told = one.told(row, config)
        assert told is not None
        own = message(told, config)
        assert own.before == ("" if row["arm"] == "none" else PREAMBLE)
        assert own.request == row["request"]


def test_a_rewritten_message_takes_the_place_of_the_text_before_the_request() -> None:
    plain = condition("rewrite_identity:1")
    key = plain.key(ROW, message(ROW, "identity"))
    made = dataclasses.replace(plain, rewrites={key: Rewritten("ok", "You are a helpful assistant.")})
    assert made.told(ROW, "identity") == ROW | {"system": "You are a helpful assistant."}
    assert made.told(USER, "identity_user") == USER | {"prompt": f"You are a helpful assistant.\n\n{ROW['request']}"}
    assert plain.told(ROW, "identity") is None
    failed = dataclasses.replace(plain, rewrites={key: Rewritten("request lost", "")})
    assert failed.told(ROW, "identity") is None


def test_a_condition_comes_back_from_its_record() -> None:
    for name in ("ignore_identity", "equal_competence:3", "strip_identity"):
        one = condition(name)
        assert recorded(one.to_dict(), {}) == one
    changed = condition("no_stereotypes").to_dict() | {"wordings": ["Another text."]}
    with pytest.raises(IpBenchError, match=r"run\.json has mitigation no_stereotypes as"):
        recorded(changed, {})
    with pytest.raises(IpBenchError, match="does not say how the run was mitigated"):
        recorded({"name": "x"}, {})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ignore", "unknown mitigation 'ignore'.*ignore_identity"),
        ("ignore_identity:5", "ignore_identity has 4 wordings, counted from 1"),
        ("ignore_identity:x", "has 4 wordings"),
        ("strip_identity:1", "strip_identity has 0 wordings"),
    ],
)
def test_names(name: str, said: str) -> None:
    with pytest.raises(IpBenchError, match=said):
        condition(name)
    assert issubclass(UnknownNameError, IpBenchError)


def test_the_shipped_conditions() -> None:
    assert {one.kind for one in shipped().values()} == {"instruction", "strip", "rewrite"}
    for one in shipped().values():
        assert len(one.wordings) >= (0 if one.kind == "strip" else 2)
    placebo = shipped()["placebo_instruction"].wordings
    lengths = [len(text) for one in shipped().values() if one.kind == "instruction" for text in one.wordings]
    assert all(min(lengths) <= len(text) <= max(lengths) + 20 for text in placebo)
    assert len({one.digest for one in shipped().values()}) == len(shipped())


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("- name: a\n  kind: instruction\n", "a mitigation has the fields name, kind, role, source, wordings"),
        ("a: b\n", "a list of mitigations is needed"),
        (
            "- {name: a, kind: instruction, role: mitigation, source: own, wordings: [One.]}\n",
            "2 wordings or more are needed",
        ),
        ("- {name: a, kind: magic, role: mitigation, source: own, wordings: []}\n", "kind must be one of instruction"),
        ("- {name: A, kind: strip, role: mitigation, source: own, wordings: []}\n", "name must be words of a-z"),
        ("- {name: a, kind: strip, role: mitigation, source: own, wordings: [x]}\n", "a rule has no wording"),
        (
            "- {name: a, kind: instruction, role: mitigation, source: own, wordings: [One., One.]}\n",
            "two wordings are the same",
        ),
    ],
)
def test_a_declaration_that_breaks_a_rule_is_named(tmp_path: Path, record: str, said: str) -> None:
    (tmp_path / "c.yaml").write_text(record)
    with pytest.raises(ContentError, match=rf"c\.yaml:1: {said}"):
        load(tmp_path / "c.yaml")


def test_a_row_of_another_dataset_is_refused() -> None:
    with pytest.raises(IpBenchError, match="row r1 of cultural has no request at the end of its prompt"):
        condition("ignore_identity").told({"row_id": "r1", "item_id": "i", "system": "", "prompt": "Why?"}, "cultural")
    assert Condition(mitigation=shipped()["strip_identity"]).told(ROW, "identity") == ROW | {"system": PREAMBLE}
