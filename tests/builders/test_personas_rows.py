"""The rows of ip-personas: literal records, what splits share, what arms tell, and broken rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

import pytest
from ip_bench.builders.personas import recipes
from ip_bench.builders.personas.message import ARMS, SOFT
from ip_bench.builders.personas.population import population
from ip_bench.builders.personas.shares import thousandths
from ip_bench.builders.personas.splits import asked, is_unseen, unseen_items
from ip_bench.builders.personas.statements import statements
from ip_bench.builders.personas.subjects import FEWEST, PEOPLE, subjects

from ip_bench.design import Prompt
from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.release.columns import table
from ip_bench.release.features import features
from ip_bench.release.hashing import row_digest
from ip_bench.schemas import validator

FIVE = ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]


@lru_cache(maxsize=12)
def rows(config: str, split: str) -> list[Prompt]:
    return list(recipes.prompts(config, split))


def test_an_answer_as_a_row() -> None:
    assert rows("opinions", "unseen_both")[0].to_row() == {
        "row_id": "61b2f258320dcce2389fb67e12758499",
        "item_id": "science-basic-research",
        "arm": "none",
        "role": "reference",
        "family": "personas",
        "realization_id": "p0001",
        "template_id": "statement",
        "replicate": 0,
        "stratum": "science",
        "dose": 0,
        "system": "",
        "prompt": "The government should spend more on basic research.",
        "choices": FIVE,
        "gold": 3,
        "accepted": [[option] for option in FIVE],
        "outcome": "same_answer",
        "edits": [],
        "topic": "science",
        "source": "ip-bench opinion statements",
        "license": "CC-BY-4.0",
        "scale": "ordinal",
        "cohort": "commons",
        "age": "30 to 44",
        "area": "a suburb",
        "schooling": "a college degree",
        "leaning": "left",
        "home": "rents",
    }


def test_a_cohort_as_a_row() -> None:
    row = rows("cohorts", "unseen_both")[0].to_row()
    assert {name: row[name] for name in ("realization_id", "gold", "shares", "answers", "cohort")} == {
        "realization_id": "commons_unseen",
        "gold": 4,
        "shares": [0, 17, 17, 288, 678],
        "answers": 59,
        "cohort": "commons",
    }


def test_what_is_told_of_a_person_in_each_arm() -> None:
    begin = "In a survey, a person says how far they agree with statements."
    end = (
        'This person was given the statement:\n"The government should spend more on basic research."\n\n'
        "Options: Strongly disagree; Disagree; Neither agree nor disagree; Agree; Strongly agree.\n\n"
        "Which option did this person choose? Say one of the options and nothing else.\n\nAnswer:"
    )
    found = {row.arm: row for row in rows("steering", "unseen_both")
             if (row.realization_id, row.item_id) == ("p1776", "science-basic-research")}  # fmt: skip
    assert list(found) == [arm.name for arm in ARMS]
    told = {arm: row.prompt.removeprefix(f"{begin}\n\n").removesuffix(end).strip() for arm, row in found.items()}
    assert told["none"] == told["soft_1"] == told["soft_20"] == ""
    assert told["own_answers"] == (
        "Other answers of this person:\n"
        '- "The government should pay for everyone\'s basic health care." Neither agree nor disagree\n'
        '- "The government should build fast trains between the big cities." Agree\n'
        '- "Parents should be able to spend public school money on a private school." Neither agree nor disagree\n'
        '- "More land should be left wild." Disagree\n'
        '- "Obedience is the first thing that a child should learn." Agree'
    )
    assert told["description"].startswith("This person belongs to a group of people. People in this group rely on")
    assert told["demographics"].startswith("What is known of this person:\n- Age: ")
    assert told["mistaken"].count("(most people: ") == 5
    soft = [found[f"soft_{count}"] for count in SOFT]
    assert [row.dose for row in soft] == [len(row.extra["given"]) for row in soft] == [*SOFT]


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_rows_are_what_schema_and_columns_say(config: str) -> None:
    some = rows(config, "unseen_both")[:300]
    for row in some[:40]:
        validator("prompt").validate(row.to_row())
    made = table(some, features(recipes.columns(config)).arrow_schema)
    assert [row_digest(row) for row in made.to_pylist()] == [row_digest(row.to_row()) for row in some]


# --- splits


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_two_splits_share_people_or_items_and_never_both(config: str) -> None:
    people = {split: {row.realization_id for row in rows(config, split)} for split in recipes.SPLITS}
    items = {split: {row.item_id for row in rows(config, split)} for split in recipes.SPLITS}
    for one, other in (("train", "unseen_people"), ("unseen_items", "unseen_both")):
        assert not people[one] & people[other]
        assert items[one] == items[other] == {item.item_id for item in asked(one)}
    for one, other in (("train", "unseen_items"), ("unseen_people", "unseen_both")):
        assert not items[one] & items[other]
        assert len(people[one] & people[other]) > 0.9 * len(people[other])


def test_every_answer_is_a_row_of_one_split() -> None:
    answers = population()
    cells = Counter((row.realization_id, row.item_id) for split in recipes.SPLITS for row in rows("opinions", split))
    assert len(cells) == len(answers) == sum(cells.values())
    unseen = [is_unseen(person) for person in answers.people]
    assert 0.18 < sum(unseen) / len(unseen) < 0.22
    topics = Counter(name.partition("-")[0] for name in unseen_items())
    assert topics == dict.fromkeys({one.topic for one in statements()}, 2)


def test_a_prefix_is_balanced_over_topics() -> None:
    assert len({item.topic for item in asked("train")[:18]}) == 18


def test_people_who_are_asked_for_have_answers_left_to_be_given() -> None:
    for unseen in (False, True):
        held = subjects(unseen)
        assert Counter(one.kind for one in held) == {"cohort": 6, "person": PEOPLE}
        for one in held:
            own = set(one.targets[False]) | set(one.targets[True])
            assert not own & set(one.given)
            assert not {statements()[item].item_id for item in one.given} & unseen_items()
            assert len(one.given) >= max(SOFT)
            assert len(one.targets[True]) >= FEWEST


def test_nothing_that_a_prompt_tells_is_asked_for() -> None:
    told: dict[str, set[str]] = defaultdict(set)
    wanted: dict[str, set[str]] = defaultdict(set)
    for split in recipes.SPLITS:
        for row in rows("steering", split):
            wanted[row.realization_id].add(row.item_id)
            told[row.realization_id] |= {one["item"] for one in row.extra["given"]}
    assert not [who for who in wanted if wanted[who] & told[who]]


def test_what_is_given_is_the_answer_that_is_in_opinions() -> None:
    options = {one.item_id: one.options for one in statements()}
    true = {(row.realization_id, row.item_id): row.gold for row in rows("opinions", "unseen_people")}
    for row in rows("steering", "unseen_people"):
        if row.stratum == "person":
            assert true[row.realization_id, row.item_id] == row.gold
            assert all(
                options[one["item"]][true[row.realization_id, one["item"]]] == one["answer"]
                for one in row.extra["given"]
            )


def test_cohorts_are_predicted_best_by_their_seen_people_and_people_by_more_than_the_mode() -> None:
    best = {(row.extra["cohort"], row.item_id): row.gold for row in rows("cohorts", "train")}
    right: dict[str, list[bool]] = defaultdict(list)
    for row in rows("steering", "unseen_people"):
        if row.arm == "none":
            right[f"mode {row.stratum}"].append(row.extra["mode"] == row.gold)
            right[f"cohort {row.stratum}"].append(best[row.extra["cohort"], row.item_id] == row.gold)
    share = {name: sum(found) / len(found) for name, found in right.items()}
    assert share["cohort cohort"] > 0.8 > share["mode cohort"] + 0.2
    assert share["cohort person"] > share["mode person"] + 0.1


@pytest.mark.parametrize(
    ("given", "shares"),
    [
        ([1, 1, 1], [334, 333, 333]),
        ([0, 7, 3], [0, 700, 300]),
        ([5], [1_000]),
        ([2, 2, 2, 0, 1], [286, 286, 285, 0, 143]),
        ([1, 5], [167, 833]),
    ],
)
def test_thousandths_sum_up(given: list[int], shares: list[int]) -> None:
    assert thousandths(given) == shares


@pytest.mark.parametrize("config", ["x", ""])
def test_another_config_or_split_is_named(config: str) -> None:
    with pytest.raises(UnknownNameError, match="configs are: opinions, cohorts, steering"):
        recipes.columns(config)
    with pytest.raises(UnknownNameError, match="configs are: opinions, cohorts, steering"):
        recipes.prompts(config, "train")
    with pytest.raises(UnknownNameError, match="splits are: train, unseen_people, unseen_items, unseen_both"):
        next(recipes.prompts("opinions", "test"))


# --- gates


def gated(config: str, some: Iterable[Prompt]) -> list[Prompt]:
    return list(recipes.gates(config).checked(some))


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_true_rows_pass_and_are_counted(config: str) -> None:
    gates = recipes.gates(config)
    for split in ("unseen_items", "unseen_both"):
        assert list(gates.checked(rows(config, split))) == rows(config, split)
    report = gates.report()
    assert report["checked"]["rows"] == sum(len(rows(config, split)) for split in ("unseen_items", "unseen_both"))
    assert report["balance"].keys() == {arm.name for arm in recipes.arms(config)}
    assert report["pairs_of_splits_that_share"] == {"items": 1, "people": 0}


def changed(row: Prompt, **fields: Any) -> Prompt:
    own = {name: fields.pop(name) for name in [*fields] if name in row.extra}
    return replace(row, **fields, extra={**row.extra, **own})


@pytest.mark.parametrize(
    ("config", "fields", "said"),
    [
        ("opinions", {"prompt": "Something else."}, "is not its statement"),
        ("opinions", {"choices": tuple(FIVE[::-1])}, "has the options"),
        ("opinions", {"scale": "categorical"}, "has the options"),
        ("opinions", {"gold": 5}, "has the answer 5"),
        ("opinions", {"gold": None}, "has the answer None"),
        ("opinions", {"system": "Hello."}, "has edits or a system message"),
        ("cohorts", {"shares": [1, 2, 3, 4, 5]}, "has the shares"),
        ("cohorts", {"gold": 0}, "has the shares"),
        ("cohorts", {"description": "They agree with it."}, "has an answer in its description"),
    ],
)
def test_a_broken_row_stops_the_build(config: str, fields: dict[str, Any], said: str) -> None:
    row = rows(config, "unseen_both")[0]
    with pytest.raises(ContentError, match=f"item science-basic-research, arm none.* {said}"):
        gated(config, [changed(row, **fields)])


def one_subject() -> list[Prompt]:
    return list(islice((row for row in rows("steering", "unseen_people") if row.stratum == "person"), len(ARMS)))


def spoiled(arm: str, **fields: Any) -> Iterator[Prompt]:
    for row in one_subject():
        yield changed(row, **fields) if row.arm == arm else row


def test_a_broken_arm_stops_the_build() -> None:
    own = {row.arm: row for row in one_subject()}
    item = own["none"].item_id
    given = own["own_answers"].extra["given"]
    turned = [{**given[0], "answer": "Maybe"}, *given[1:]]
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("soft_5", {"prompt": own["demographics"].prompt}, "must ask what the arm that tells nothing asks"),
        ("demographics", {"prompt": own["none"].prompt}, "tells nothing"),
        ("demographics", {"prompt": f"{own['demographics'].prompt} Well?"}, "asks in other words"),
        ("description", {"gold": (own["none"].gold or 0) ^ 1}, "asks something else"),
        ("own_answers", {"given": turned}, "does not tell the given answer"),
        ("own_answers", {"given": given[:4], "dose": 4}, "tells 4 own answers"),
        ("soft_1", {"given": [{"item": item, "answer": "Agree"}]}, "answers that are asked for"),
        ("soft_5", {"given": own["soft_5"].extra["given"][::-1]}, "soft prompts that do not go on"),
        ("soft_10", {"dose": 3}, "is given answers twice"),
    ]
    assert gated("steering", one_subject()) == one_subject()
    for arm, fields, said in cases:
        with pytest.raises(ContentError, match=said):
            gated("steering", spoiled(arm, **fields))
    with pytest.raises(ContentError, match="has other arms beside it than declared"):
        gated("steering", one_subject()[:-1])


def test_a_target_that_was_given_in_another_split_stops_the_build() -> None:
    gates = recipes.gates("steering")
    list(gates.checked(one_subject()))
    given = one_subject()[-1].extra["given"][0]["item"]
    text = {one.item_id: one.text for one in statements()}
    old = text[one_subject()[0].item_id]
    moved = [replace(row, item_id=given, prompt=row.prompt.replace(old, text[given])) for row in one_subject()]
    with pytest.raises(ContentError, match="asked for"):
        list(gates.checked(moved))


@pytest.mark.parametrize("config", ["opinions", "cohorts"])
def test_splits_that_share_answers_stop_the_build(config: str) -> None:
    gates = recipes.gates(config)
    list(gates.checked(rows(config, "unseen_both")[:50]))
    with pytest.raises(ContentError, match="shares people and items with others"):
        list(gates.checked(rows(config, "unseen_both")[40:60]))
