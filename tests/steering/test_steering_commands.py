"""The commands, end to end on an untrained model: what they write, print and refuse."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stances
import torch
from typer.testing import CliRunner

from ip_bench.cli.app import app
from ip_bench.cli.steer_data import content_of, topics_in
from ip_bench.cohorts import Answers, Item, Places
from ip_bench.errors import IntegrityError, IpBenchError, UnknownNameError
from ip_bench.files import read_json, write_json
from ip_bench.steering.parts import cells_of, few, parts_of
from ip_bench.steering.textual import TextRidge, most_similar, words
from ip_bench.steering.train import Training, _examples

PEOPLE = 90


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    folder = tmp_path_factory.mktemp("commands") / "small"
    torch.manual_seed(2)
    stances.untrained().save_pretrained(folder)
    stances.tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    answers = stances.answers(stances.world(), PEOPLE)
    file = tmp_path_factory.mktemp("answers") / "answers.csv"
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["user", "item", "answer"])
        for person, item, code in zip(answers.person, answers.item, answers.answer, strict=True):
            rows.writerow([answers.people[person], answers.items[item].text, stances.OPTIONS[code]])
    return file


@pytest.fixture(scope="module")
def folder(model: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("maps") / "map"
    done = ran("train", "--model-args", f"pretrained={model}", "--data", str(data), "--out", str(out), "--epochs", "1",
               "--cells", "3", "--cohorts", "2", "--mode", "prompt", "--device", "cpu")  # fmt: skip
    assert "2 cohorts" in done.stdout
    return out


def ran(*arguments: str, fails: type[Exception] | None = None) -> Any:
    done = CliRunner().invoke(app, ["steer", *arguments])
    if fails is None:
        assert done.exit_code == 0, (done.output, done.exception)
    else:
        assert isinstance(done.exception, fails), done.exception
    return done


def test_eval_puts_every_method_beside_the_others(folder: Path, model: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "eval.json"
    done = ran("eval", str(folder), "--model-args", f"pretrained={model}", "--data", str(data), "--device", "cpu",
               "--cells", "3", "--out", str(out), "--json")  # fmt: skip
    record = json.loads(done.stdout)
    assert record == json.loads(out.read_text())
    seen = [each["method"] for each in record["rows"] if each["items"] == "seen"]
    assert seen == [
        "chance", "item mode", "filtering, 0 answers", "filtering, 1 answer", "filtering, 5 answers",
        "filtering, 10 answers", "filtering, 20 answers", "filtering, all answers", "ridge on text", "raw question",
        "cohort described in the prompt", "5 own answers in the prompt", "5 mistaken answers in the prompt",
        "random soft prompt", "soft prompt of nobody", "soft prompt, 0 answers", "soft prompt, 1 answer",
        "soft prompt, 5 answers", "soft prompt, 10 answers", "soft prompt, 20 answers", "soft prompt, all answers",
        "soft prompt of the cohort",
    ]  # fmt: skip
    assert {each["items"] for each in record["rows"]} == {"seen", "unseen"}
    rivals = {side: [each["against"] for each in record["differences"] if each["items"] == side]
              for side in ("seen", "unseen")}  # fmt: skip
    assert rivals == {
        "seen": ["item mode", "filtering alone", "random soft prompt", "cold start", "best prompt"],
        "unseen": ["item mode", "ridge", "random soft prompt", "cold start", "best prompt"],
    }
    by = {(each["method"], each["items"]): each for each in record["rows"]}
    for each in record["differences"]:
        mine, other = by[each["method"], each["items"]], by[each["other"], each["items"]]
        for what in ("accuracy", "log_loss"):
            apart = mine[what]["estimate"] - other[what]["estimate"]
            assert each[what]["estimate"] == pytest.approx(apart, abs=1e-9)
    assert [(each["cohort"], each["items"]) for each in record["cohorts"]] == [
        (1, "seen"), (1, "unseen"), (2, "seen"), (2, "unseen"),
    ]  # fmt: skip
    shown = ran("eval", str(folder), "--model-args", f"pretrained={model}", "--data", str(data), "--device", "cpu",
                "--cells", "1").stdout  # fmt: skip
    assert "unseen people, unseen items" in shown
    assert "minus others on the same" in shown
    assert "How near the model is brought to each cohort" in shown


@pytest.mark.parametrize("how", [[], ["--verbalized"]])
def test_align_says_whom_the_model_is_like(model: Path, data: Path, tmp_path: Path, how: list[str]) -> None:
    header, *rows = data.read_text().splitlines()
    part = tmp_path / "part.csv"
    part.write_text("\n".join([header, *(row for row in rows if "parks" in row or "banks" in row)]) + "\n")
    done = ran("align", "--model-args", f"pretrained={model}", "--data", str(part), "--device", "cpu", "--cohorts", "2",
               "--json", *how)  # fmt: skip
    record = json.loads(done.stdout)
    assert {each["group"] for each in record["groups"]} == {"cohort 1", "cohort 2", "everyone"}
    assert sum(record["unparsed"].values()) == (16 if how else 0)
    assert record["consistency"] is None


def test_consistency_is_over_the_topics_that_are_given(model: Path, tmp_path: Path) -> None:
    """Of the synthetic population they are known; else a file says them."""
    asked = ["align", "--model-args", f"pretrained={model}", "--device", "cpu", "--cohorts", "2", "--wording", "plain"]
    record = json.loads(ran(*asked, "--data", "400", "--format", "population", "--json").stdout)["consistency"]
    assert len(record["topics"]) == 18
    agree = [record["nearest"] == group for group in record["topics"].values()]
    assert record["share"]["estimate"] == pytest.approx(np.mean(agree))
    file = tmp_path / "topics.csv"
    file.write_text("item,topic\nparks,nature\nbanks,money\nothers,\n")
    assert topics_in(file, "long") == {"parks": "nature", "banks": "money"}
    assert topics_in(None, "long") == {}
    for text, said in (
        ("item;topic\na;b\n", "has the columns item;topic; it must have item and topic"),
        ("", "has the"),
    ):
        file.write_text(text)
        wrong = ran(*asked, "--data", "60", "--format", "population", "--topics", str(file), fails=IpBenchError)
        assert said in str(wrong.exception)
    nowhere = ["--topics", str(tmp_path / "none.csv")]
    wrong = ran(*asked, "--data", "60", "--format", "population", *nowhere, fails=IpBenchError)
    assert "is not readable as a CSV file" in str(wrong.exception)


def test_the_content_of_a_map_is_all_that_results_depend_on() -> None:
    answers = stances.answers(stances.world(), 40)
    item, group = answers.items[0], answers.groups[0]
    changed = [
        replace(answers, items=(replace(item, text="other words"), *answers.items[1:])),
        replace(answers, items=(replace(item, options=("no", "unsure", "yes")), *answers.items[1:])),
        replace(answers, items=(replace(item, scale="categorical"), *answers.items[1:])),
        replace(answers, groups=(replace(group, codes=group.codes[::-1]), *answers.groups[1:])),
        replace(answers, groups=(replace(group, levels=group.levels[::-1]), *answers.groups[1:])),
        replace(answers, groups=answers.groups[1:]),
        replace(answers, people=[*answers.people[1:], "p99"]),
        replace(answers, answer=np.where(np.arange(len(answers)) == 3, (answers.answer + 1) % 3, answers.answer)),
    ]
    assert len({content_of(each) for each in (answers, *changed)}) == 1 + len(changed)
    assert content_of(answers) == content_of(replace(answers, set_aside={"rows": 1}))


def test_bad_input_is_refused_by_name(folder: Path, model: Path, data: Path, tmp_path: Path) -> None:
    args = ["--model-args", f"pretrained={model}", "--data", str(data), "--device", "cpu"]
    changed = tmp_path / "changed.csv"
    changed.write_text("\n".join(data.read_text().splitlines()[:-1]) + "\n")
    other = [*args[:3], str(changed), *args[4:]]
    assert "the map was trained on" in str(ran("eval", str(folder), *other, fails=IntegrityError).exception)
    broken = shutil.copytree(folder, tmp_path / "broken")
    write_json(broken / "steer.json", read_json(folder / "steer.json") | {"division": {"seed": 0}})
    said = str(ran("eval", str(broken), *args, fails=IpBenchError).exception)
    assert "does not say who was learned from: answers, form, items, people" in said
    out = ["--out", str(tmp_path / "map")]
    assert "modes are" in str(ran("train", *args, *out, "--mode", "lora", fails=UnknownNameError).exception)
    assert "backends are: hf" in str(ran("train", *args, *out, "--model", "vllm", fails=UnknownNameError).exception)
    said = str(ran("train", "--model-args", "dtype=auto", *args[2:], *out, fails=IpBenchError).exception)
    assert "names no model" in said
    assert "between 0 and 1" in str(
        ran("train", *args, *out, "--unseen-people", "1.5", fails=IpBenchError).exception
    )  # fmt: skip
    assert not (tmp_path / "map").exists()


def test_parts_follow_from_keys_and_share_nothing() -> None:
    answers = stances.answers(stances.world(), 200)
    parts = parts_of(answers)
    people = np.concatenate([parts.learn, parts.check, parts.unseen])
    assert sorted(people) == list(range(200))
    assert sorted(np.concatenate([parts.seen, parts.unseen_items])) == list(range(128))
    assert 20 < len(parts.unseen) < 60
    again = parts_of(answers.of_people(np.arange(100)))
    assert (again.unseen == parts.unseen[parts.unseen < 100]).all()
    with pytest.raises(IpBenchError, match="leave nothing for"):
        parts_of(answers.of_people(np.arange(1)))


def test_a_ridge_on_text_learns_what_words_say_and_how_sure_to_be() -> None:
    """Items whose answer follows from one word and the sign of the place: a sum over words times places can say it."""
    draw = np.random.default_rng(0)
    items = [Item(str(at), f"{verb} thing{at}", ("no", "yes"), "binary")
             for at, verb in enumerate(["fund", "cut"] * 20)]  # fmt: skip
    place = draw.standard_normal((200, 1))
    person, item = np.nonzero(draw.random((200, 40)) < 0.5)
    turn = np.where(item % 2, -1, 1)
    answer = (turn * place[person, 0] + 0.3 * draw.logistic(size=len(item)) > 0).astype(int)
    answers = Answers.of(person, item, answer, items, 200)
    seen, new = answers.where(answers.item < 30), answers.where(answers.item >= 30)
    ridge = TextRidge().fit(seen, place, words(answers.items, np.arange(30)))
    p = ridge.predict_at(place, new.person, new.item)
    assert p.sum(1) == pytest.approx(np.ones(len(p)))
    assert (p.argmax(1) == new.answer).mean() > 0.8
    tossed = replace(seen, answer=draw.integers(0, 2, len(seen)))
    noise = TextRidge().fit(tossed, place, words(answers.items, np.arange(30)))
    q = noise.predict_at(place, new.person, new.item)
    assert -np.log(q[np.arange(len(q)), new.answer]).mean() == pytest.approx(np.log(2), abs=0.05)
    one = TextRidge().fit(seen.where(seen.item == 0), place, words(answers.items, np.arange(1)))
    assert np.isfinite(one.predict_at(place, new.person, new.item)).all()


def test_the_most_similar_answers_come_last_and_are_the_persons_own() -> None:
    texts = ["ban cars", "fund parks", "fund cars", "ban cars now"]
    items = [Item(str(at), text, ("no", "yes"), "binary") for at, text in enumerate(texts)]
    codes = np.array([0, 1, 2])
    known = Answers.of(np.zeros(3, dtype=np.int64), codes, np.array([1, 0, 1]), items, 2)
    ask = Answers.of(np.array([0, 1]), np.array([3, 3]), np.array([1, 1]), items, 2)
    assert most_similar(ask, known, 2, words(known.items, codes)) == [[(2, 1), (0, 1)], []]


def test_what_is_asked_is_never_known() -> None:
    answers = stances.answers(stances.world(), 120)
    parts = parts_of(answers)
    seen, unseen = cells_of(answers, parts.unseen, parts, most=4)
    known = set(zip(seen.known.person, seen.known.item, strict=True))
    for side, items in ((seen, parts.seen), (unseen, parts.unseen_items)):
        asked = list(zip(side.asked.person, side.asked.item, strict=True))
        assert asked
        assert not known & set(asked)
        assert np.isin(side.asked.item, items).all()
        assert np.bincount(side.asked.person).max() <= 4
    assert np.isin(seen.known.item, parts.seen).all()
    some = few(seen.known, 5, "given")
    assert np.bincount(some.person).max() == 5
    assert (few(seen.known, 5, "given").item == some.item).all()
    assert few(seen.known, None) is seen.known


def test_the_synthetic_population_is_divided_as_its_dataset_is() -> None:
    from ip_bench.builders.personas.message import NONE, message
    from ip_bench.builders.personas.population import population
    from ip_bench.builders.personas.splits import is_unseen, unseen_items
    from ip_bench.builders.personas.statements import statements
    from ip_bench.builders.personas.subjects import Subject

    from ip_bench.cli.steer_data import parts_asked
    from ip_bench.steering.prompts import question

    answers = population(1000)
    parts = parts_asked(answers, "population", 0.2, 0.2, 0)
    assert {answers.people[at] for at in parts.unseen} == {name for name in answers.people if is_unseen(name)}
    assert {answers.items[at].item_id for at in parts.unseen_items} == unseen_items()
    nobody = Subject("person", "p0001", 0, {}, {}, {}, {})
    assert question(statements()[0].item(), "survey") == message(nobody, NONE, 0).prompt
    assert (parts_asked(population(60), "population", 0.2, 0.2, 0).unseen == parts.unseen[parts.unseen < 60]).all()


class Placing:
    """Places everybody in the middle, and remembers what they were known by."""

    def __init__(self) -> None:
        self.known: list[Any] = []

    def fold_in(self, answers: Any) -> Places:
        self.known.append(answers)
        people = len(answers.people)
        return Places(np.zeros((people, 2)), np.broadcast_to(np.eye(2), (people, 2, 2)))


@pytest.mark.parametrize("size", ["drawn", None, 1, 20])
def test_training_never_places_a_person_by_the_answer_it_asks_for(size: Any) -> None:
    answers, found = stances.answers(stances.world(), 60), Placing()
    drawn = _examples(found, answers, Training(cells=5), size, "learn", 0)
    known = found.known[0]
    person = np.repeat(np.arange(60), 5)  # everybody has answered enough to be asked five
    assert len(drawn.item) == len(person)
    assert not set(zip(person, drawn.item, strict=True)) & set(zip(known.person, known.item, strict=True))
    counts, all_of = (np.bincount(each.person, minlength=60) for each in (known, answers))
    if size is None:
        assert (counts == all_of - 5).all()
    elif size == "drawn":
        assert (counts[counts != all_of - 5] <= 20).all()
        assert 10 < (counts == all_of - 5).sum() < 50
    else:
        assert (counts == size).all()
